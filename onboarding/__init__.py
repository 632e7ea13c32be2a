"""Signing up: the pricing page, the form, the trial that follows, and the list of first steps."""
