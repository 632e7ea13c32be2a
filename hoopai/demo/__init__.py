"""The demo company: Brightwater Group, who design and renovate homes in Portland and in Lisbon.

Everybody in it is invented. Phone numbers come from the ranges that regulators keep free for fiction; e-mail and web
addresses end in .example. The same seed draws the same people; only the dates follow the day of loading.
"""
