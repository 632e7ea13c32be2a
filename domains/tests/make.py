"""Builders of this app's rows for tests: each calls the real verbs."""

from __future__ import annotations

import datetime as dt

from core import clock
from domains.models import Domain


def waiting(host: str = "www.example.com") -> Domain:
    return Domain.add(host)


def issuing(host: str = "www.example.com") -> Domain:
    """One whose DNS was found to be right."""
    row = waiting(host)
    row.judge([], {}, by_clock=True)
    return row


def active(host: str = "www.example.com") -> Domain:
    """One that has a certificate as well."""
    row = issuing(host)
    row.certify(clock.now() + dt.timedelta(days=90))
    return row
