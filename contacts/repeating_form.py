"""The form of a repeating task."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import User
from contacts import recurring
from contacts.models import Contact, RecurringTask
from contacts.models.recurring_task import KINDS, MOST_CONTACTS, MOST_COUNT, MOST_INTERVAL
from contacts.record_forms import RichTextarea, for_editing
from core import clock, scope
from core.errors import Invalid

UNITS = [("60", "minutes"), ("3600", "hours"), ("86400", "days")]
MOMENT = {"type": "datetime-local"}
DAYS = [("", "As the start"), *((str(number), name) for number, name in enumerate(calendar.day_name))]
MONTHS = [("", "As the start"), *((str(number), calendar.month_name[number]) for number in range(1, 13))]


class RepeatingForm(forms.Form):
    title = forms.CharField(label="Task", max_length=300, error_messages={"required": "Say what has to be done."})
    contacts = forms.MultipleChoiceField(
        error_messages={"required": "Choose a contact."},
        help_text=f"At most {MOST_CONTACTS}; each gets a task of its own.",
    )
    owners = forms.MultipleChoiceField(
        label="Assignees", error_messages={"required": "Choose who does it."}, help_text="Each gets a task."
    )
    body = forms.CharField(label="Description", max_length=5000, required=False, widget=RichTextarea(attrs={"rows": 2}))
    interval = forms.IntegerField(label="Every", min_value=1, max_value=MOST_INTERVAL, initial=1)
    kind = forms.ChoiceField(label="Unit", choices=KINDS, initial="weekly")
    starts_at = forms.DateTimeField(label="Starts", widget=forms.DateTimeInput(attrs=MOMENT, format="%Y-%m-%dT%H:%M"))
    weekday = forms.ChoiceField(label="Day of the week", choices=DAYS, required=False)
    day_of_month = forms.IntegerField(
        label="Day of the month", min_value=1, max_value=31, required=False,
        help_text="Empty: as the start. In a shorter month it is the last day.",
    )  # fmt: skip
    month = forms.ChoiceField(label="Month", choices=MONTHS, required=False)
    ends_at = forms.DateTimeField(
        label="Ends", required=False, widget=forms.DateTimeInput(attrs=MOMENT, format="%Y-%m-%dT%H:%M"),
        help_text="Empty: it goes on.",
    )  # fmt: skip
    count = forms.IntegerField(
        label="Times", min_value=1, max_value=MOST_COUNT, required=False, help_text="Empty: no limit."
    )
    due_number = forms.IntegerField(label="Due after", min_value=0, max_value=5000, initial=0)
    due_unit = forms.ChoiceField(label="Unit of the due time", choices=UNITS, initial="86400")
    creates_when_overdue = forms.BooleanField(
        label="Create the next one even if the previous one is overdue", required=False, initial=True
    )
    skips_first = forms.BooleanField(label="Leave out the first one", required=False)

    def __init__(self, *args: Any, people: Iterable[User], offered: Sequence[Contact], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {contact.pk: contact for contact in offered}
        self.fields["owners"].choices = [(person.pk, person.name or person.email) for person in people]
        self.fields["contacts"].choices = [(contact.pk, str(contact)) for contact in offered]

    @classmethod
    def blank(cls, people: Iterable[User], offered: Sequence[Contact]) -> RepeatingForm:
        """Every week from tomorrow at nine, for the person who asks."""
        tomorrow = timezone.localtime(clock.now()) + dt.timedelta(days=1)
        first = {
            "starts_at": tomorrow.replace(hour=9, minute=0, second=0, microsecond=0),
            "owners": [scope.current().actor.id],
            "contacts": [contact.pk for contact in offered],
        }
        return cls(people=people, offered=offered, initial=first)

    @classmethod
    def of(cls, rule: RecurringTask, people: Iterable[User], offered: Sequence[Contact]) -> RepeatingForm:
        unit = next((size for size, _ in reversed(UNITS) if rule.due_after % int(size) == 0), "60")
        held = {name: getattr(rule, name) for name in (
            "title", "kind", "interval", "starts_at", "ends_at", "count", "day_of_month", "owners",
            "creates_when_overdue", "skips_first",
        )}  # fmt: skip
        held |= {
            "body": for_editing(rule.body),
            "weekday": "" if rule.weekday is None else str(rule.weekday),
            "month": str(rule.month or ""),
            "contacts": [contact.pk for contact in offered],
            "due_unit": unit,
            "due_number": rule.due_after // int(unit),
        }
        return cls(people=people, offered=offered, initial=held)

    def values(self) -> dict[str, Any]:
        """What the form says, by the names of RecurringTask's columns; `contacts` are rows.

        Raises:
            Invalid: somebody does not work here.
        """
        given = dict(self.cleaned_data)
        given["contacts"] = [self.offered[pk] for pk in given["contacts"]]
        given["owners"] = recurring.checked_owners(given["owners"])
        given["due_after"] = given.pop("due_number") * int(given.pop("due_unit"))
        kind = given["kind"]
        given["weekday"] = int(given["weekday"]) if kind == "weekly" and given["weekday"] else None
        given["month"] = int(given["month"]) if kind == "yearly" and given["month"] else None
        if kind not in ("monthly", "yearly"):
            given["day_of_month"] = None
        if given["ends_at"] and given["ends_at"] < given["starts_at"]:
            raise Invalid({"ends_at": "The end is before the start."})
        return given
