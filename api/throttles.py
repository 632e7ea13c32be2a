"""Rate limits: sliding windows in the cache, every bucket of a request checked and counted in one round trip.

A refused request counts nowhere. A cache that is away lets requests through, with a line in the log.
"""

from __future__ import annotations

import hashlib
import logging
import math
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from api import limits
from api.credentials import Credential
from api.errors import ApiError
from api.limits import DAY, Limit
from core import clock

log = logging.getLogger("hoopai.api")
PAUSE = 5.0  # seconds without asking a cache that did not answer

# KEYS: one per bucket. ARGV: milliseconds now, a unique member, then per bucket: most, window in milliseconds (0 for a
# day's counter) and milliseconds until the day ends. Answers the bucket that refuses (0: none), then per bucket the
# number left and the milliseconds until the window has room or ends.
SCRIPT = """
local now, member, refused, found = tonumber(ARGV[1]), ARGV[2], 0, {}
for i, key in ipairs(KEYS) do
  local most, window, rest = tonumber(ARGV[i*3]), tonumber(ARGV[i*3+1]), tonumber(ARGV[i*3+2])
  local used
  if window == 0 then
    used = tonumber(redis.call('GET', key) or '0')
  else
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
    used = redis.call('ZCARD', key)
  end
  if used >= most and refused == 0 then refused = i end
  found[i] = {used, rest}
end
local answer = {refused}
for i, key in ipairs(KEYS) do
  local most, window, rest = tonumber(ARGV[i*3]), tonumber(ARGV[i*3+1]), tonumber(ARGV[i*3+2])
  local used = found[i][1]
  if refused == 0 then
    used = used + 1
    if window == 0 then
      redis.call('INCR', key)
      redis.call('PEXPIRE', key, rest + 3600000)
    else
      redis.call('ZADD', key, now, member)
      redis.call('PEXPIRE', key, window + 1000)
    end
  end
  if window > 0 then
    local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
    rest = oldest[2] and (tonumber(oldest[2]) + window - now) or window
  end
  answer[#answer+1] = math.max(0, most - used)
  answer[#answer+1] = math.floor(rest)
end
return table.concat(answer, ' ')
"""
SHA = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Bucket:
    limit: Limit
    key: str
    left: int = 0
    reset_ms: int = 0


@dataclass(frozen=True)
class Rates:
    """What is left after this request: the tightest bucket, and the day's."""

    tightest: Bucket
    day: Bucket
    refused: Bucket | None = None


class _Cache:
    """The cache, asked with as little ceremony as the driver allows, and when it last failed."""

    def __init__(self) -> None:
        self.down_until = 0.0

    def run(self, buckets: Sequence[Bucket]) -> list[int] | None:
        """The script's answer, or None while the cache is away."""
        if time.monotonic() < self.down_until:
            return None
        now = clock.now()
        now_ms = int(now.timestamp() * 1000)
        midnight_ms = DAY * 1000 - now_ms % (DAY * 1000)
        arguments: list[Any] = [now_ms, f"{now_ms}-{secrets.token_hex(5)}"]
        for bucket in buckets:
            limit = bucket.limit
            arguments += [limit.most, 0 if limit.seconds == DAY else limit.seconds * 1000, midnight_ms]
        day = now.strftime("%Y%m%d")
        keys = [f"rate:{b.limit.name}:{b.key}" + (f":{day}" if b.limit.seconds == DAY else "") for b in buckets]
        try:
            answered = evaluate([len(keys), *keys, *arguments])
        except redis.RedisError:
            self.down_until = time.monotonic() + PAUSE
            log.warning("the cache did not answer: API limits are not counted", exc_info=True)
            return None
        return [int(number) for number in answered.split()]


@cache
def _pool(url: str) -> redis.ConnectionPool:
    return redis.ConnectionPool.from_url(
        url, socket_timeout=settings.LIMITS_PATIENCE, socket_connect_timeout=settings.LIMITS_PATIENCE
    )


def evaluate(arguments: list[Any]) -> bytes:
    """Run the script; a connection that a restart of the cache broke is replaced once.

    Raises:
        redis.RedisError: no answer in half a second.
    """
    pool = _pool(settings.CACHE_URL)
    for attempt in (1, 2):
        connection = pool.get_connection()
        try:
            try:
                connection.send_command("EVALSHA", SHA, *arguments)  # type: ignore[no-untyped-call]
                found: bytes = connection.read_response()
            except redis.exceptions.NoScriptError:
                connection.send_command("EVAL", SCRIPT, *arguments)  # type: ignore[no-untyped-call]
                found = connection.read_response()
            return found
        except redis.ConnectionError:
            connection.disconnect()  # type: ignore[no-untyped-call]
            if attempt == 2:
                raise
        except redis.RedisError:
            connection.disconnect()  # type: ignore[no-untyped-call]
            raise
        finally:
            pool.release(connection)
    raise redis.ConnectionError


CACHE = _Cache()


def take(buckets: Sequence[Bucket]) -> Rates | None:
    """Count one request in all buckets, or in none when one of them is full; None while the cache is away."""
    answered = CACHE.run(buckets)
    if answered is None:
        return None
    counted = [
        Bucket(bucket.limit, bucket.key, answered[1 + i * 2], answered[2 + i * 2]) for i, bucket in enumerate(buckets)
    ]
    refused = counted[answered[0] - 1] if answered[0] else None
    tightest = refused or min(counted, key=lambda bucket: bucket.left / bucket.limit.most)
    days = [bucket for bucket in counted if bucket.limit.seconds == DAY]
    return Rates(tightest, days[0] if days else tightest, refused)


def buckets_of(credential: Credential, location: str | None) -> list[Bucket]:
    """The buckets a request of this token falls into."""
    place = location or credential.company_id
    burst = Bucket(limits.BURST, place)
    if credential.is_private:
        return [
            Bucket(limits.KEY_SECOND, credential.id),
            Bucket(limits.KEY_MINUTE, credential.id),
            Bucket(limits.KEYS_DAY, credential.company_id),
            burst,
        ]
    return [burst, Bucket(limits.APP_DAY, f"{credential.app_id}:{place}")]


def count(credential: Credential, location: str | None) -> Rates | None:
    """Count the request, or refuse it.

    Raises:
        ApiError: 429 with Retry-After; nothing was counted.
    """
    if not settings.API_RATE_LIMITS:
        return None
    rates = take(buckets_of(credential, location))
    if rates is not None and rates.refused is not None:
        raise refusal(rates)
    return rates


def count_failure(request: HttpRequest) -> None:
    """Count a refused token against the address it came from.

    Raises:
        ApiError: 429 instead of the 401 or 403 when the address has had its share.
    """
    if not settings.API_RATE_LIMITS:
        return
    rates = take([Bucket(limits.FAILURES, address_of(request))])
    if rates is not None and rates.refused is not None:
        raise refusal(rates)


def count_token_request(client: str, resource: str) -> None:
    """Count a refresh of this client for this location or company.

    Raises:
        ApiError: 429; 503 while the cache is away, for this limit guards the secrets themselves.
    """
    if not settings.API_RATE_LIMITS:
        return
    rates = take([Bucket(limits.TOKEN, f"{client}:{resource}")])
    if rates is None:
        raise ApiError(503, "The token endpoint is not available just now. Try again in a minute.")
    if rates.refused is not None:
        raise refusal(rates)


def refusal(rates: Rates) -> ApiError:
    bucket = rates.tightest
    headers = headers_of(rates) | {
        "Retry-After": str(max(1, math.ceil(bucket.reset_ms / 1000))),
        "X-RateLimit-Interval-Milliseconds": str(max(limits.BURST.seconds, min(bucket.limit.seconds, 3600)) * 1000),
    }
    return ApiError(429, "Too Many Requests", error="rate_limited", headers=headers, limit=bucket.limit.name)


def headers_of(rates: Rates | None) -> dict[str, str]:
    """The headers every answer carries; untouched limits where nothing was counted."""
    now = clock.now()
    now_ms = int(now.timestamp() * 1000)
    tightest = rates.tightest if rates else Bucket(limits.BURST, "", limits.BURST.most, limits.BURST.seconds * 1000)
    day = rates.day if rates and rates.day.limit.seconds == DAY else None
    return {
        "X-RateLimit-Max": str(limits.BURST.most),
        "X-RateLimit-Interval-Milliseconds": str(limits.BURST.seconds * 1000),
        "X-RateLimit-Remaining": str(tightest.left),
        "X-RateLimit-Reset": str(math.ceil((now_ms + tightest.reset_ms) / 1000)),
        "X-RateLimit-Limit-Daily": str(day.limit.most if day else limits.APP_DAY.most),
        "X-RateLimit-Daily-Remaining": str(day.left if day else limits.APP_DAY.most),
        "X-RateLimit-Daily-Reset": str(day.reset_ms if day else DAY * 1000 - now_ms % (DAY * 1000)),
    }


def put_headers(response: HttpResponse, rates: Rates | None) -> None:
    """Put the limits on an answer, unless an error already did."""
    if "X-RateLimit-Max" not in response:
        for name, value in headers_of(rates).items():
            response[name] = value


def address_of(request: HttpRequest) -> str:
    """The caller's address, taken from X-Forwarded-For as far as trusted proxies vouch for it."""
    remote: str = request.META.get("REMOTE_ADDR", "")
    hops = settings.TRUSTED_PROXIES
    if not hops:
        return remote
    chain = [one.strip() for one in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if one.strip()]
    return chain[-hops] if len(chain) >= hops else remote
