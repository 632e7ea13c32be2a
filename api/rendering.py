"""JSON out: orjson, with our moments (UTC, milliseconds, Z) and the trace id."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import uuid
from typing import Any

import orjson
from django.http import HttpResponse

from core import clock, scope

OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


def plain(value: Any) -> Any:
    """What orjson does not know: moments, dates, decimals, sets, lazy things."""
    if isinstance(value, dt.datetime):
        return clock.iso(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if hasattr(value, "__iter__"):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be answered as JSON")


def trace_id() -> str:
    """The request's id, the same as in the log."""
    return scope.current().request_id or str(uuid.uuid4())


def answer(data: Any, status: int = 200, *, trace: bool = True) -> HttpResponse:
    """`data` as a JSON response; objects carry `traceId` at the top unless `trace` is off or they have one."""
    if status == 204:
        return HttpResponse(status=204)
    if trace and isinstance(data, dict) and "traceId" not in data:
        data = {**data, "traceId": trace_id()}
    return HttpResponse(as_bytes(data), content_type="application/json", status=status)


def as_bytes(data: Any) -> bytes:
    """`data` as JSON. Integers beyond 64 bits and broken Unicode, which the quick encoder refuses, take the slow one."""
    try:
        return orjson.dumps(data, plain, OPTIONS)
    except orjson.JSONEncodeError:
        return json.dumps(data, default=plain, separators=(",", ":")).encode()
