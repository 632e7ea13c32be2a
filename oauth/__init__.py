"""Outside programs: OAuth apps, their installs and tokens, private integrations, and the scopes of all of them.

Owns the consent page, /oauth/token and Settings -> Private integrations. Tokens and secrets are kept as digests only.
Calls accounts and below. Verbs: app.*, private_integration.*.
"""
