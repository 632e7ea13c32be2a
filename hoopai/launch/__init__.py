"""Starts, tests, checks and stops HoopAI on one machine: the embedded PostgreSQL and Valkey, the web server, the
task worker and the scheduler.

Everything up to a ready virtual environment (`bootstrap`) needs only the standard library. Nothing in here is used in
a deployment with services of its own; see docs/deploy.md for that.
"""
