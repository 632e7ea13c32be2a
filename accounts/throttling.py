"""How often one address may try: counted in the cache, at the edge, before anything costly happens."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest
from django_ratelimit.core import get_usage

from accounts.addresses import network_of
from core.crypto import digest
from core.errors import Problem

log = logging.getLogger(__name__)
ATTEMPTS = "100/10m"  # tries of any kind from one network
FAILURES = "20/10m"  # wrong passwords from one network
MAILS = "3/h"  # reset mails to one person
MAILS_FROM = "20/h"  # reset mails asked for by one network


class TooMany(Problem):
    """The address has to wait."""

    status = 429


def count(request: HttpRequest, group: str, rate: str, value: str = "") -> bool:
    """Count one event and say whether it is over `rate`. Events are counted by network, or by `value`."""
    return _ask(request, group, rate, value, increment=True)


def is_over(request: HttpRequest, group: str, rate: str, value: str = "") -> bool:
    """Whether the events counted so far have used `rate` up; counts nothing."""
    return _ask(request, group, rate, value, increment=False)


def _ask(request: HttpRequest, group: str, rate: str, value: str, *, increment: bool) -> bool:
    key: Callable[[str, HttpRequest], str] = lambda _, asked: digest(value) if value else network_of(asked)  # noqa: E731
    try:
        usage = get_usage(request, group=group, key=key, rate=rate, increment=increment)
    except Exception:  # the cache is away: the lockout of each sign-in still stands in the database
        log.warning("throttling is off: the cache did not answer", exc_info=True)
        return False
    if usage is None:
        return False
    return bool(usage["count"] > usage["limit"] if increment else usage["count"] >= usage["limit"])


def remembered(key: str) -> dict[str, str]:
    """A small note in the cache, {} when there is none or the cache is away."""
    try:
        return cache.get(key) or {}
    except Exception:
        return {}


def remember(key: str, note: dict[str, str], seconds: int) -> None:
    try:
        cache.set(key, note, seconds)
    except Exception:
        log.warning("not remembered: the cache did not answer", exc_info=True)
