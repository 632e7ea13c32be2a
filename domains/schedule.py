"""When a domain is looked at next."""

from __future__ import annotations

import datetime as dt

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
PACES = ((10 * MINUTE, MINUTE), (DAY, 10 * MINUTE), (3 * DAY, HOUR))  # until, every
GIVES_UP = PACES[-1][0]
TRIES = (dt.timedelta(0), 5 * MINUTE, HOUR, 6 * HOUR, DAY)  # for a certificate, since DNS was right
DAILY = DAY  # of an active domain
MENDING = HOUR  # of a broken one
NO_ANSWER = HOUR  # after DNS servers that did not answer, which says nothing about a record
DAYS_GONE = 3  # in a row, until an active domain is broken


def next_look(since: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """When to ask DNS again for a domain that waits since `since`; None once its 72 hours are over."""
    waited = now - since
    for until, every in PACES:
        if waited < until:
            return min(now + every, since + GIVES_UP)
    return None


def next_try(since: dt.datetime, tries: int) -> dt.datetime | None:
    """When to try for a certificate after `tries` that were refused; None after the last."""
    return since + TRIES[tries] if tries < len(TRIES) else None
