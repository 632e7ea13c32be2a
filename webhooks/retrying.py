"""When a delivery that did not arrive is tried again, and when never."""

from __future__ import annotations

import datetime as dt
import random

MOST_FAILURES = 6  # attempts in all where the receiver fails or does not answer
MOST_REFUSALS = 7  # attempts in all where it says 429: six more after the first, about seventy minutes
FIRST = dt.timedelta(seconds=30)
GROWTH = 4  # 30 s, 2, 8, 32 and 128 minutes
TOO_MANY = dt.timedelta(minutes=10)
LONGEST_WAIT = dt.timedelta(hours=1)  # that a receiver can ask for


def is_success(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def delay(attempts: int, status: int | None, retry_after: str = "", is_refused: bool = False) -> dt.timedelta | None:
    """How long to wait after the attempt of this number (from 1); None when there is no further one.

    Args:
        status: of the answer, None where there was none.
        retry_after: what the receiver asked for, seconds as text.
        is_refused: the address may not be called at all.
    """
    if is_refused:
        return None
    if status == 429:
        if attempts >= MOST_REFUSALS:
            return None
        asked = dt.timedelta(seconds=int(retry_after)) if retry_after.isdigit() and len(retry_after) < 8 else TOO_MANY
        return max(TOO_MANY, min(asked, LONGEST_WAIT)) + random.uniform(0, 0.25) * TOO_MANY  # noqa: S311
    if status is not None and status < 500:
        return None
    if attempts >= MOST_FAILURES:
        return None
    grown: dt.timedelta = FIRST * GROWTH ** (attempts - 1) * random.uniform(1, 1.2)  # noqa: S311
    return grown
