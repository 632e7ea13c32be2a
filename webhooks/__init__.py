"""Telling outside programs what happened: addresses by event, signed deliveries, retries, and their log.

Reads the journal; payloads come with the verbs of each app. Calls oauth and below. Verbs: webhook.*.
"""
