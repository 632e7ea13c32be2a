"""Builders of the contacts app."""

from __future__ import annotations

import datetime as dt
from typing import Any

from contacts import recurring
from contacts.models import Business, Contact, Note, RecurringTask, Task
from core import clock


def contact(first_name: str = "Ann", *, tags: tuple[str, ...] = (), **fields: Any) -> Contact:
    row = Contact.record_new(first_name=first_name, **fields)
    if tags:
        row.tag(*tags)
    return row


def business(name: str = "Bright Harbor Dental", **fields: Any) -> Business:
    return Business.record_new(name=name, **fields)


def note(of: Contact, body: str = "Called back.", **fields: Any) -> Note:
    return Note.write_on(of, body=body, **fields)


def task(of: Contact, title: str = "Call back", **fields: Any) -> Task:
    fields.setdefault("due_at", clock.now() + dt.timedelta(days=1))
    return Task.record_new(contact=of, title=title, **fields)


def recurring_task(of: Contact, title: str = "Call every week", **fields: Any) -> RecurringTask:
    given = {"kind": "weekly", "interval": 1, "starts_at": clock.now() + dt.timedelta(days=1), **fields}
    return recurring.start([of], title=title, **given)
