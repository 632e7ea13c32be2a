"""When a bulk action runs, as a form: at once, all at a set time, or in batches."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from accounts import current
from contacts.bulk_pace import DAYS, UNITS, Pace
from contacts.models import BulkAction
from contacts.models.bulk_action import MODES
from core import clock
from core.errors import Invalid

WORKING_DAYS = ["0", "1", "2", "3", "4"]


class When(forms.Form):
    """The fields of a schedule. Times are the location's. What a mode does not need is not looked at."""

    mode = forms.ChoiceField(choices=MODES, required=False, widget=forms.RadioSelect, label="When", initial="now")
    start_at = forms.CharField(
        required=False, max_length=20, label="Start on", widget=forms.TextInput(attrs={"type": "datetime-local"})
    )
    quantity = forms.IntegerField(required=False, label="Contacts in a batch", initial=500)
    every = forms.IntegerField(required=False, label="A batch every", initial=1)
    unit = forms.ChoiceField(choices=UNITS, required=False, label="Unit", initial="hours")
    weekdays = forms.MultipleChoiceField(
        choices=[(str(number), name) for number, name in enumerate(DAYS)],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="On these days",
        initial=WORKING_DAYS,
    )
    opens = forms.CharField(
        required=False, max_length=5, label="From", initial="09:00", widget=forms.TimeInput(attrs={"type": "time"})
    )
    closes = forms.CharField(
        required=False, max_length=5, label="Until", initial="17:00", widget=forms.TimeInput(attrs={"type": "time"})
    )
    most_per_day = forms.IntegerField(required=False, label="Daily cut-off")

    def schedule(self) -> dict[str, Any]:
        """{"mode", "start_at", "pace"} for `bulk.start` and `bulk.reschedule`.

        Raises:
            Invalid: {field: sentence}.
        """
        if not self.is_valid():
            raise Invalid({name: " ".join(map(str, errors)) for name, errors in self.errors.items()})
        given = self.cleaned_data
        mode = given["mode"] or "now"
        if mode == "now":
            return {"mode": mode, "start_at": None, "pace": None}
        start_at = self._start_at(given["start_at"])
        if mode == "scheduled":
            return {"mode": mode, "start_at": start_at, "pace": None}
        for name in ("quantity", "every"):
            if given[name] is None:
                raise Invalid({name: "enter a number"})
        pace = Pace(
            quantity=given["quantity"],
            every=given["every"],
            unit=given["unit"] or "hours",
            weekdays=tuple(int(day) for day in given["weekdays"]),
            opens=given["opens"],
            closes=given["closes"],
            most_per_day=given["most_per_day"] or 0,
        )
        return {"mode": mode, "start_at": start_at, "pace": pace.check()}

    @staticmethod
    def _start_at(text: str) -> dt.datetime | None:
        if not text:
            return None
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            raise Invalid({"start_at": "not a day and a time"}) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=current.location().zone)


def blank() -> When:
    """The form before anything is chosen; the start suggested is the next full hour."""
    hour = clock.now().astimezone(current.location().zone).replace(minute=0, second=0, microsecond=0)
    start = hour + dt.timedelta(hours=1)
    return When(initial={"start_at": start.strftime("%Y-%m-%dT%H:%M")})


def of(action: BulkAction) -> When:
    """The form filled with what an action has."""
    zone = current.location().zone
    initial: dict[str, Any] = {"mode": action.mode}
    if action.start_at:
        initial["start_at"] = action.start_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    if action.pace:
        pace = Pace.of(action.pace)
        initial |= {**pace.stored(), "weekdays": [str(day) for day in pace.weekdays]}
        initial["most_per_day"] = pace.most_per_day or None
    return When(initial=initial)


def words(action: BulkAction) -> str:
    """When it runs, for people: "1,000 every hour, Monday to Friday, 09:00 to 17:00"."""
    return Pace.of(action.pace).words() if action.mode == "drip" else dict(MODES).get(action.mode, "")
