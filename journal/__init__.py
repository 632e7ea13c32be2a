"""The one event stream: who did what to what, when, and what it was before.

Owns Entry. Calls core only. Verbs write here; audit, timeline, webhooks, workflows and notifications read here.
"""
