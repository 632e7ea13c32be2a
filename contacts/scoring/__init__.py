"""Engagement scores: what counts (`events`), counting it (`counting`, `ledger`), conditions (`attributes`), and time (`ageing`).

Later apps say `counting.happened(contact, "email_opened", item=message.pk)`; everything else follows.
"""
