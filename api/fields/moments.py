"""Members that are moments or days."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from api.fields.field import ABSENT, BAD, Field

DATE = re.compile(r"(?:(\d{4})[-/._](\d{1,2})[-/._](\d{1,2})|(\d{1,2})[-/._](\d{1,2})[-/._](\d{4}))(?:[T ].*)?")


class Moment(Field):
    """ISO 8601, with or without milliseconds and offset, as an aware datetime; without an offset it is UTC."""

    kind = "a valid ISO 8601 date string"

    def take(self, value: Any, name: str, errors: list[str]) -> Any:
        try:
            if type(value) is not str or not 10 <= len(value) <= 35:
                raise ValueError
            found = dt.datetime.fromisoformat(value)
            found = found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
            if not 1000 <= found.year <= 9998:
                raise ValueError
        except (ValueError, OverflowError):
            errors.append(f"{name} must be {self.kind}")
            return BAD
        return found

    def limits(self) -> dict[str, Any]:
        return {"format": "date-time"}

    def sample(self) -> Any:
        return "2030-01-31T10:00:00.000Z" if self.example is ABSENT else self.example


class Date(Field):
    """A day: year or month first, parted by - / . or _; the time of an ISO timestamp is dropped."""

    kind = "a valid ISO 8601 date string"

    def take(self, value: Any, name: str, errors: list[str]) -> Any:
        found = DATE.fullmatch(value) if type(value) is str and len(value) <= 35 else None
        try:
            if found is None:
                raise ValueError
            year, month, day = (found[1], found[2], found[3]) if found[1] else (found[6], found[4], found[5])
            return dt.date(int(year), int(month), int(day))
        except ValueError:
            errors.append(f"{name} must be {self.kind}")
            return BAD

    def limits(self) -> dict[str, Any]:
        return {"format": "date"}

    def sample(self) -> Any:
        return "1990-09-25" if self.example is ABSENT else self.example
