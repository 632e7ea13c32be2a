"""When the batches of a drip run: on chosen weekdays, between two times of day of the location, never in a rush.

All reckoning of days and times of day is in the location's zone, minutes and hours are real time. So a drip "every hour,
9:00 to 17:00" keeps both promises when the clocks change.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any, Self

from core.errors import Invalid

LARGEST_BATCH = 10_000
UNITS = [("minutes", "minutes"), ("hours", "hours"), ("days", "days")]
LONGEST = {"minutes": 43_200, "hours": 720, "days": 365}
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
AHEAD = 400  # days searched for an open moment; a window that opens at all opens every week
LATE = dt.timedelta(seconds=90)  # a batch this late has not lost its place: the scheduler looks every quarter minute


@dataclass(frozen=True)
class Pace:
    """`quantity` contacts every so often; on `weekdays` (0 is Monday); from `opens` until `closes`, "HH:MM" or "" for all
    day, the end excluded; at most `most_per_day` in a day of the location, 0 for any number."""

    quantity: int
    every: int = 1
    unit: str = "hours"
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    opens: str = ""
    closes: str = ""
    most_per_day: int = 0

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        return cls(**{**stored, "weekdays": tuple(stored["weekdays"])})

    def stored(self) -> dict[str, Any]:
        return {**asdict(self), "weekdays": list(self.weekdays)}

    def check(self) -> Self:
        """Itself.

        Raises:
            Invalid: {field: sentence}.
        """
        errors: dict[str, str] = {}
        if not 1 <= self.quantity <= LARGEST_BATCH:
            errors["quantity"] = f"a batch has 1 to {LARGEST_BATCH:,} contacts"
        if self.unit not in LONGEST:
            errors["unit"] = "choose minutes, hours or days"
        elif not 1 <= self.every <= LONGEST[self.unit]:
            errors["every"] = f"between 1 and {LONGEST[self.unit]:,} {self.unit}"
        if not self.weekdays or not set(self.weekdays) <= set(range(7)):
            errors["weekdays"] = "choose at least one day"
        opens, closes = _time(self.opens), _time(self.closes)
        if bool(self.opens) != bool(self.closes):
            errors["closes" if self.opens else "opens"] = "give both times, or none for the whole day"
        elif self.opens and (opens is None or closes is None):
            errors["opens" if opens is None else "closes"] = "not a time of day; use HH:MM"
        elif opens is not None and closes is not None and opens >= closes:
            errors["closes"] = "must be later than the start"
        if not 0 <= self.most_per_day <= 10_000_000:
            errors["most_per_day"] = "must be a positive number"
        if errors:
            raise Invalid(errors)
        return self

    def is_open(self, moment: dt.datetime, zone: dt.tzinfo) -> bool:
        """Whether a batch may start at `moment`."""
        local = moment.astimezone(zone)
        if local.weekday() not in self.weekdays:
            return False
        opens, closes = _time(self.opens), _time(self.closes)
        return opens is None or closes is None or opens <= local.time() < closes

    def first(self, since: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
        """The earliest moment from `since` on at which a batch may start, in UTC."""
        since = since.astimezone(dt.UTC)
        if self.is_open(since, zone):
            return since
        today = since.astimezone(zone).date()
        for ahead in range(AHEAD):
            day = today + dt.timedelta(days=ahead)
            found = [
                moment
                for moment in _beginnings(day, _time(self.opens), zone)
                if moment >= since and self.is_open(moment, zone) and moment.astimezone(zone).date() <= day
            ]
            if found:
                return min(found)
        raise Invalid({"weekdays": "this never comes"})

    def after(self, slot: dt.datetime, ran: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
        """When the batch after the one planned for `slot` may start, given that that one started at `ran`.

        Batches keep to their grid; one that came late moves all that follow, so that nothing is made up for in a rush.
        """
        anchor = slot if slot <= ran <= slot + min(LATE, self._gap() / 2) else ran
        if self.unit == "days":
            local = anchor.astimezone(zone)
            later = local.date() + dt.timedelta(days=self.every)
            return self.first(_real(dt.datetime.combine(later, local.time()), zone), zone)
        return self.first(anchor.astimezone(dt.UTC) + self._gap(), zone)

    def tomorrow(self, moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
        """The earliest moment at which a batch may start on a later day of the location than that of `moment`."""
        day = moment.astimezone(zone).date() + dt.timedelta(days=1)
        return self.first(_real(dt.datetime.combine(day, dt.time()), zone), zone)

    def words(self) -> str:
        """1,000 every hour, Monday to Friday, 09:00 to 17:00"""
        unit = self.unit.removesuffix("s") if self.every == 1 else f"{self.every:,} {self.unit}"
        parts = [f"{self.quantity:,} every {unit}"]
        if len(self.weekdays) < 7:
            parts.append(_days(sorted(self.weekdays)))
        if self.opens:
            parts.append(f"{self.opens} to {self.closes}")
        if self.most_per_day:
            parts.append(f"at most {self.most_per_day:,} a day")
        return ", ".join(parts)

    def _gap(self) -> dt.timedelta:
        return dt.timedelta(**{self.unit: self.every})


def _time(text: str) -> dt.time | None:
    try:
        return dt.time.fromisoformat(text) if len(text) == 5 else None
    except ValueError:
        return None


def _days(days: list[int]) -> str:
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return f"{DAYS[days[0]]} to {DAYS[days[-1]]}"
    return ", ".join(DAYS[day] for day in days)


def _real(wall: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """A time on the wall as a moment. One that the clocks skip is the moment they jump; of two equal ones the first."""
    moment = wall.replace(tzinfo=zone).astimezone(dt.UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    return _jump(wall.replace(tzinfo=zone, fold=1).astimezone(dt.UTC), moment, zone) or moment


def _beginnings(day: dt.date, opens: dt.time | None, zone: dt.tzinfo) -> list[dt.datetime]:
    """The moments of a day at which a closed window can open: its start, its opening times and a change of the clocks."""
    start = _real(dt.datetime.combine(day, dt.time()), zone)
    found = [start]
    wall = dt.datetime.combine(day, opens or dt.time())
    found += [wall.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1)]
    jump = _jump(start, start + dt.timedelta(hours=26), zone)
    return [*found, jump] if jump else found


def _jump(since: dt.datetime, until: dt.datetime, zone: dt.tzinfo) -> dt.datetime | None:
    """The first moment after `since` with the offset of `until`, to the second; None where the offset is the same."""
    old = since.astimezone(zone).utcoffset()
    if old == until.astimezone(zone).utcoffset():
        return None
    low, high = since, until
    while high - low > dt.timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle <= low:
            break
        if middle.astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high
