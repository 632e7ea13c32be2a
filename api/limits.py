"""The limits of the API as data. Each figure may be set in the environment: API_LIMIT_KEY_SECOND=20."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """At most `most` requests in any `seconds`; of a day when seconds is 86,400, which means the UTC day."""

    name: str
    most: int
    seconds: int


def _limit(name: str, most: int, seconds: int) -> Limit:
    return Limit(name, int(os.environ.get(f"API_LIMIT_{name.upper()}", most)), seconds)


DAY = 86_400
KEY_SECOND = _limit("key_second", 10, 1)  # per private integration
KEY_MINUTE = _limit("key_minute", 100, 60)  # per private integration
KEYS_DAY = _limit("keys_day", 10_000, DAY)  # per company, all its private integrations together
BURST = _limit("burst", 100, 10)  # per location, all credentials together
APP_DAY = _limit("app_day", 200_000, DAY)  # per app and location
TOKEN = _limit("token", 5, 60)  # refreshes per client and location
FAILURES = _limit("failures", 30, 60)  # refused tokens per address
