"""Tasks of a contact, and the search over those of a location."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from accounts.models import User
from api.bodies import Body
from api.fields import Flag, Id, List, Moment, Text
from api.pagination import cut, skip_limit
from api.resources import Resource, operation
from contacts.api.contacts import get_contact
from contacts.models import Task
from core import clock, scope
from core.errors import Invalid

TASK = {
    "id": "0Wk3Zr8QeTn5yLbPcA1d",
    "title": "Call back",
    "dueDate": "2030-01-31T10:00:00.000Z",
    "completed": False,
    "contactId": "0Wk3Zr7Xo2Vf9GqHbS4t",
}
MOST = 1000


class TaskChange(Body):
    title = Text(most=300, trim=True, example="Call back")
    body = Text(most=5000, null=True)
    dueDate = Moment(to="due_at")
    completed = Flag()
    assignedTo = Id(null=True, to="assigned_to")


class TaskBody(TaskChange):
    title = Text(most=300, required=True, trim=True, example="Call back")
    dueDate = Moment(required=True, to="due_at")
    completed = Flag(default=False)


class CompletedBody(Body):
    completed = Flag(required=True)


def shown(task: Task) -> dict[str, Any]:
    return {
        "id": task.pk,
        "title": task.title,
        "body": task.body,
        "assignedTo": task.assigned_to_id or "",
        "dueDate": clock.iso(task.due_at),
        "completed": task.completed,
        "contactId": task.contact_id,
    }


def values(body: dict[str, Any]) -> dict[str, Any]:
    """The columns to write; `completed` goes through its verbs.

    Raises:
        Invalid: nobody here has the id in assignedTo.
    """
    given = {name: value for name, value in body.items() if name != "completed"}
    if given.get("body", "") is None:
        given["body"] = ""
    if given.get("title") == "":
        raise Invalid({"title": "should not be empty"})
    if given.get("assigned_to") == "":
        given["assigned_to"] = None
    person = given.get("assigned_to")
    if person and not User.objects.working_at(scope.location_id()).filter(pk=person).exists():
        raise Invalid({"assignedTo": "nobody with this id works at this location"})
    return given


def settle(task: Task, body: dict[str, Any]) -> None:
    if "completed" in body:
        if body["completed"]:
            task.complete()
        else:
            task.reopen()


class ContactTasks(Resource):
    reads, writes = "contacts.readonly", "contacts.write"

    @operation(title="List tasks", example={"tasks": [TASK]})
    def get(self, request: HttpRequest, contact: str) -> dict[str, Any]:
        return {"tasks": [shown(task) for task in get_contact(contact).tasks.all()[:MOST]]}

    @operation(body=TaskBody, status=201, title="Create task", example={"task": TASK})
    def post(self, request: HttpRequest, contact: str) -> dict[str, Any]:
        given = values(self.body)
        given["assigned_to_id"] = given.pop("assigned_to", None)
        task = Task.record_new(contact=get_contact(contact), facts={"title": given["title"]}, **given)
        settle(task, self.body)
        return {"task": shown(task)}


class ContactTask(Resource):
    reads, writes = "contacts.readonly", "contacts.write"

    def task(self, contact: str, task: str) -> Task:
        found: Task = self.find(get_contact(contact).tasks.all(), task, "Task")
        return found

    @operation(title="Get task", example={"task": TASK})
    def get(self, request: HttpRequest, contact: str, task: str) -> dict[str, Any]:
        return {"task": shown(self.task(contact, task))}

    @operation(body=TaskChange, title="Update task", example={"task": TASK})
    def put(self, request: HttpRequest, contact: str, task: str) -> dict[str, Any]:
        found = self.task(contact, task)
        found.change(**values(self.body))
        settle(found, self.body)
        return {"task": shown(found)}

    @operation(title="Delete task", example={"succeded": True})
    def delete(self, request: HttpRequest, contact: str, task: str) -> dict[str, Any]:
        found = self.task(contact, task)
        found.remove(facts={"title": found.title})
        return {"succeded": True}


class TaskCompleted(Resource):
    reads, writes = "contacts.readonly", "contacts.write"

    @operation(body=CompletedBody, title="Complete or reopen task", example={"task": TASK})
    def put(self, request: HttpRequest, contact: str, task: str) -> dict[str, Any]:
        found: Task = self.find(get_contact(contact).tasks.all(), task, "Task")
        settle(found, self.body)
        return {"task": shown(found)}


class TaskSearchBody(skip_limit(25, 100)):
    contactId = List(Id(), most=100)
    completed = Flag()
    assignedTo = List(Id(), most=100)
    query = Text(most=75, null=True)
    businessId = Id(null=True)


class TaskSearch(Resource):
    reads, writes = "locations/tasks.readonly", "locations/tasks.readonly"

    @operation(body=TaskSearchBody, title="Search tasks", example={"tasks": [TASK]}, atomic=False)
    def post(self, request: HttpRequest, location: str) -> dict[str, Any]:
        asked = self.body
        found = Task.objects.live().visible_to(scope.current().actor)
        if asked.get("contactId"):
            found = found.filter(contact_id__in=asked["contactId"])
        if "completed" in asked:
            found = found.filter(completed=asked["completed"])
        if asked.get("assignedTo"):
            found = found.filter(assigned_to_id__in=asked["assignedTo"])
        if asked.get("businessId"):
            found = found.filter(contact__business_id=asked["businessId"])
        if asked.get("query"):
            found = found.filter(title__icontains=asked["query"])
        return {"tasks": [shown(task) for task in cut(found.order_by("due_at", "pk"), asked)]}
