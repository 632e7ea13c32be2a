"""The second step of signing in: an authenticator app, a passkey, or a backup code."""
