"""Log lines as JSON, each with the request id, location and actor in scope."""

from __future__ import annotations

import json
import logging
from typing import Any

from core import clock, scope

STANDARD = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        now = scope.current()
        line: dict[str, Any] = {
            "at": clock.iso(clock.now()),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if now.request_id:
            line["request"] = now.request_id
        if now.location_id:
            line["location"] = now.location_id
        if now.actor.id:
            line["actor"] = now.actor.id
        line |= {
            key: value
            for key, value in record.__dict__.items()
            if key not in STANDARD and isinstance(value, (str, int, float, bool))
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
