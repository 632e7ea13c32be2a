"""Repeating tasks of a location, in the contract's shape."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from api.bodies import Body
from api.fields import Flag, Id, List, Moment, Nested, Number, OneOf, Text
from api.resources import Resource, operation
from contacts import recurring
from contacts.models import Contact, RecurringTask
from contacts.models.recurring_task import LONGEST_OFFSET, MOST_CONTACTS, MOST_COUNT, MOST_INTERVAL, MOST_OWNERS
from core import clock, scope
from core.errors import Invalid, NotFound

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
EXAMPLE = {
    "recurringTask": {
        "id": "0Wk3Zr8QeTn5yLbPcA1d",
        "title": "Call back",
        "description": "",
        "locationId": "0Wk3Zr7Xo2Vf9GqHbS4t",
        "createdAt": "2030-01-31T10:00:00.000Z",
        "updatedAt": "2030-01-31T10:00:00.000Z",
        "rruleOptions": {
            "intervalType": "weekly",
            "interval": 1,
            "startDate": "2030-02-04T09:00:00.000Z",
            "dayOfWeek": "MO",
            "count": 4,
            "createTaskIfOverDue": True,
            "dueAfterSeconds": 3600,
        },
        "totalOccurrence": 0,
        "deleted": False,
        "assignedTo": "0Wk3Zr7Xo2Vf9GqHbS4u",
        "contactId": "0Wk3Zr7Xo2Vf9GqHbS4v",
    }
}


class Rules(Body):
    intervalType = OneOf("yearly", "monthly", "weekly", "daily", "hourly", required=True, to="kind", example="weekly")
    interval = Number(least=1, most=MOST_INTERVAL, whole=True, required=True, example=1)
    startDate = Moment(required=True, to="starts_at", example="2030-02-04T09:00:00.000Z")
    endDate = Moment(to="ends_at", null=True)
    dayOfMonth = Number(least=1, most=31, whole=True, to="day_of_month", null=True)
    dayOfWeek = OneOf(*DAYS, to="weekday", null=True)
    monthOfYear = Number(least=1, most=12, whole=True, to="month", null=True)
    count = Number(least=1, most=MOST_COUNT, whole=True, null=True)
    createTaskIfOverDue = Flag(to="creates_when_overdue")
    dueAfterSeconds = Number(least=0, most=LONGEST_OFFSET, whole=True, required=True, to="due_after", example=3600)


class RecurringChange(Body):
    title = Text(most=300, trim=True, least=1, example="Call back")
    description = Text(most=5000, to="body")
    contactIds = List(Id(), most=MOST_CONTACTS, to="contacts")
    owners = List(Id(), most=MOST_OWNERS)
    rruleOptions = Nested(Rules, to="rules")
    ignoreTaskCreation = Flag(to="skips_first")


class RecurringBody(RecurringChange):
    title = Text(most=300, trim=True, least=1, required=True, example="Call back")
    contactIds = List(Id(), most=MOST_CONTACTS, least=1, required=True, to="contacts", example=["0Wk3Zr7Xo2Vf9GqHbS4v"])
    rruleOptions = Nested(Rules, required=True, to="rules")


def shown(rule: RecurringTask) -> dict[str, Any]:
    contacts = [contact.pk for contact in rule.contacts.only("pk").order_by("pk")[:1]]
    options = {
        "intervalType": rule.kind,
        "interval": rule.interval,
        "startDate": clock.iso(rule.starts_at),
        "endDate": clock.iso(rule.ends_at),
        "dayOfMonth": rule.day_of_month,
        "dayOfWeek": None if rule.weekday is None else DAYS[rule.weekday],
        "monthOfYear": rule.month,
        "count": rule.count,
        "createTaskIfOverDue": rule.creates_when_overdue,
        "dueAfterSeconds": rule.due_after,
    }
    shape = {
        "id": rule.pk,
        "title": rule.title,
        "description": rule.body,
        "locationId": rule.location_id,
        "createdAt": clock.iso(rule.date_added),
        "updatedAt": clock.iso(rule.date_updated),
        "rruleOptions": {name: value for name, value in options.items() if value is not None},
        "totalOccurrence": rule.made,
        "deleted": False,
        "assignedTo": rule.owners[0] if rule.owners else None,
        "contactId": contacts[0] if contacts else None,
    }
    return {name: value for name, value in shape.items() if value is not None}


def values(body: dict[str, Any]) -> dict[str, Any]:
    """The columns to write, with `contacts` as rows; whoever sends rruleOptions says the whole rhythm.

    Raises:
        Invalid: somebody or a contact is not there.
    """
    given = dict(body)
    rules = given.pop("rules", None)
    if rules is not None:
        empty: dict[str, Any] = dict.fromkeys(("ends_at", "day_of_month", "weekday", "month", "count"))
        given |= {**empty, "creates_when_overdue": False, **rules}
        day = given["weekday"]
        given["weekday"] = DAYS.index(day) if day is not None else None
        if given["ends_at"] and given["ends_at"] < given["starts_at"]:
            raise Invalid({"endDate": "should not be before startDate"})
    if "contacts" in given:
        wanted = list(dict.fromkeys(given["contacts"]))
        found = Contact.objects.live().visible_to(scope.current().actor).filter(pk__in=wanted)
        given["contacts"] = list(found)
        if not wanted:
            raise Invalid({"contactIds": "contactIds should not be empty"})
        missing = set(wanted) - {one.pk for one in found}
        if missing:
            raise NotFound(f"Contact with id {min(missing)} not found")
    if "owners" in given:
        given["owners"] = recurring.checked_owners(given["owners"])
    return given


class RecurringTasks(Resource):
    reads, writes = "locations/tasks.readonly", "contacts.write"

    @operation(body=RecurringBody, status=201, title="Create recurring task", example=EXAMPLE)
    def post(self, request: HttpRequest, location: str) -> dict[str, Any]:
        given = values(self.body)
        return {"recurringTask": shown(recurring.start(given.pop("contacts"), **given))}


class OneRecurringTask(Resource):
    reads, writes = "locations/tasks.readonly", "contacts.write"

    def rule(self, pk: str) -> RecurringTask:
        actor = scope.current().actor
        rows = RecurringTask.objects.all()
        if not actor.sees_everything:
            rows = rows.filter(contacts__in=Contact.objects.visible_to(actor)).distinct()
        found: RecurringTask = self.find(rows, pk, "Recurring task")
        return found

    @operation(title="Get recurring task", example=EXAMPLE)
    def get(self, request: HttpRequest, location: str, recurring_task: str) -> dict[str, Any]:
        return {"recurringTask": shown(self.rule(recurring_task))}

    @operation(body=RecurringChange, title="Update recurring task", example=EXAMPLE)
    def put(self, request: HttpRequest, location: str, recurring_task: str) -> dict[str, Any]:
        rule, given = self.rule(recurring_task), values(self.body)
        recurring.change(rule, given.pop("contacts", None), **given)
        return {"recurringTask": shown(rule)}

    @operation(title="Delete recurring task", example={"id": "0Wk3Zr8QeTn5yLbPcA1d", "success": True})
    def delete(self, request: HttpRequest, location: str, recurring_task: str) -> dict[str, Any]:
        rule = self.rule(recurring_task)
        rule.remove(facts={"title": rule.title})
        return {"id": recurring_task, "success": True}
