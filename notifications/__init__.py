"""Telling people what happened to the records they own or follow: in the app at once, by mail in digests.

Reads the journal and is called by nobody. Verbs: none; a notification is no news of its own.
"""
