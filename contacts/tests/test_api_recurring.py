"""Repeating tasks through the API, in the contract's shape."""

from __future__ import annotations

import datetime as dt

import pytest

from contacts.models import RecurringTask, Task
from contacts.tasks import recurring as by_the_clock
from contacts.tests import make
from core import clock
from oauth.tests.make import api


def body(contact, **changes):
    rules = {
        "intervalType": "monthly",
        "interval": 1,
        "startDate": "2030-01-31T10:00:00Z",
        "dayOfMonth": 31,
        "count": 3,
        "dueAfterSeconds": 600,
        "createTaskIfOverDue": True,
    }
    return {"title": "Call", "contactIds": [contact.pk], "rruleOptions": rules, **changes}


def path(cast, rest=""):
    return f"/locations/{cast.location.pk}/recurring-tasks{rest}"


def test_a_recurring_task_is_created_read_changed_and_deleted(cast):
    contact, client = make.contact("Ann"), api(cast.location)
    made = client.post(path(cast), body(contact, owners=[cast.dora.pk], description="Ask."))
    assert made.status_code == 201, made.content
    shape = made.json()["recurringTask"]
    assert shape["title"] == "Call" and shape["description"] == "Ask." and shape["totalOccurrence"] == 0
    assert shape["contactId"] == contact.pk and shape["assignedTo"] == cast.dora.pk and shape["deleted"] is False
    assert shape["rruleOptions"] == {
        "intervalType": "monthly",
        "interval": 1,
        "startDate": "2030-01-31T10:00:00.000Z",
        "dayOfMonth": 31,
        "count": 3,
        "dueAfterSeconds": 600,
        "createTaskIfOverDue": True,
    }
    one = path(cast, f"/{shape['id']}")
    assert client.get(one).json()["recurringTask"] == shape
    put = client.put(one, {"title": "Write"})
    assert put.status_code == 200 and put.json()["recurringTask"]["title"] == "Write"
    assert put.json()["recurringTask"]["rruleOptions"] == shape["rruleOptions"]
    gone = client.delete(one)
    assert gone.json()["id"] == shape["id"] and gone.json()["success"] is True
    assert client.get(one).status_code == 404 and not RecurringTask.objects.exists()


def test_the_first_task_is_created_at_once_unless_it_is_to_be_ignored(cast):
    contact, client = make.contact("Ann"), api(cast.location)
    given = body(contact)
    given["rruleOptions"] = {
        "intervalType": "daily",
        "interval": 1,
        "startDate": clock.iso(clock.now() - dt.timedelta(minutes=5)),
        "dueAfterSeconds": 60,
    }
    assert client.post(path(cast), given).json()["recurringTask"]["totalOccurrence"] == 1
    assert (
        client.post(path(cast), {**given, "ignoreTaskCreation": True}).json()["recurringTask"]["totalOccurrence"] == 0
    )
    assert Task.objects.count() == 1


def test_another_rhythm_through_the_api_goes_on_after_what_was_made(cast):
    contact, client = make.contact("Ann"), api(cast.location)
    given = body(contact)
    daily = {
        "intervalType": "daily",
        "interval": 1,
        "startDate": clock.iso(clock.now() - dt.timedelta(days=3, minutes=5)),
        "dueAfterSeconds": 60,
        "count": 3,
        "createTaskIfOverDue": True,
    }
    pk = client.post(path(cast), {**given, "rruleOptions": daily}).json()["recurringTask"]["id"]
    weekly = {**daily, "intervalType": "weekly"}
    assert client.put(path(cast, f"/{pk}"), {"rruleOptions": weekly}).status_code == 200
    for week in range(1, 5):
        with clock.moved(dt.timedelta(weeks=week)):
            by_the_clock.generate()
    due = list(Task.objects.order_by("occurrence").values_list("due_at", flat=True))
    assert len(due) == 3 and due[2] - due[1] == dt.timedelta(weeks=1)


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"title": ""}, {}),
        ({"contactIds": []}, {}),
        ({"owners": ["0" * 20]}, {}),
        ({}, {"interval": 0}),
        ({}, {"intervalType": "secondly"}),
        ({}, {"dayOfMonth": 32}),
        ({}, {"dayOfWeek": "XX"}),
        ({}, {"endDate": "2029-01-01T00:00:00Z"}),
        ({}, {"dueAfterSeconds": -1}),
        ({}, {"startDate": "soon"}),
    ],
)
def test_a_bad_value_is_refused_and_nothing_is_written(cast, changes, rules):
    given = body(make.contact("Ann"), **changes)
    given["rruleOptions"] = {**given["rruleOptions"], **rules}
    answer = api(cast.location).post(path(cast), given)
    assert answer.status_code == 422, answer.content
    assert not RecurringTask.objects.exists() and not Task.objects.exists()


def test_another_location_finds_nothing_and_a_token_needs_the_scope(cast):
    rule = make.recurring_task(make.contact("Ann"))
    stranger = api(cast.globex_location)
    assert stranger.get(path(cast, f"/{rule.pk}")).status_code == 403
    other = f"/locations/{cast.globex_location.pk}/recurring-tasks/{rule.pk}"
    assert stranger.get(other).status_code == 404 and stranger.delete(other).status_code == 404
    weak = api(cast.location, scopes=["contacts.readonly"])
    assert weak.get(path(cast, f"/{rule.pk}")).status_code in (401, 403)
    assert RecurringTask.objects.filter(pk=rule.pk).exists()


def test_an_unknown_contact_is_named_and_nothing_is_written(cast):
    given = body(make.contact("Ann"), contactIds=["0" * 20])
    answer = api(cast.location).post(path(cast), given)
    assert answer.status_code == 404 and "0" * 20 in answer.json()["message"]
    assert not RecurringTask.objects.exists() and not Task.objects.exists()
