"""Notes of a contact."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from accounts.models import User
from api.bodies import Body
from api.fields import Flag, Id, Text
from api.resources import Resource, operation
from contacts.api.contacts import get_contact
from contacts.models import Note
from contacts.models.note import LONGEST
from core import clock, scope

NOTE = {"id": "0Wk3Zr8QeTn5yLbPcA1d", "body": "Called back.", "contactId": "0Wk3Zr7Xo2Vf9GqHbS4t", "pinned": False}
MOST = 1000


class NoteChange(Body):
    body = Text(most=LONGEST, example="Called back.")
    userId = Id(null=True, to="user", about="Somebody unknown is passed over.")
    title = Text(most=200, null=True)
    color = Text(most=20, null=True)
    pinned = Flag()


class NoteBody(NoteChange):
    body = Text(most=LONGEST, required=True, example="Called back.")


def shown(note: Note) -> dict[str, Any]:
    return {
        "id": note.pk,
        "body": note.body,
        "userId": note.user_id or "",
        "dateAdded": clock.iso(note.date_added),
        "contactId": note.contact_id,
        "title": note.title,
        "color": note.color,
        "pinned": note.pinned,
    }


def values(body: dict[str, Any]) -> dict[str, Any]:
    given = {name: (value if value is not None else "") for name, value in body.items() if name != "user"}
    if body.get("user"):
        known = User.objects.working_at(scope.location_id()).filter(pk=body["user"])
        given["user_id"] = known.values_list("pk", flat=True).first()
    return given


class ContactNotes(Resource):
    reads, writes = "contacts.readonly", "contacts.write"

    @operation(title="List notes", example={"notes": [NOTE]})
    def get(self, request: HttpRequest, contact: str) -> dict[str, Any]:
        return {"notes": [shown(note) for note in get_contact(contact).notes.all()[:MOST]]}

    @operation(body=NoteBody, status=201, title="Create note", example={"note": NOTE})
    def post(self, request: HttpRequest, contact: str) -> dict[str, Any]:
        return {"note": shown(Note.write_on(get_contact(contact), **values(self.body)))}


class ContactNote(Resource):
    reads, writes = "contacts.readonly", "contacts.write"

    def note(self, contact: str, note: str) -> Note:
        found: Note = self.find(get_contact(contact).notes.all(), note, "Note")
        return found

    @operation(title="Get note", example={"note": NOTE})
    def get(self, request: HttpRequest, contact: str, note: str) -> dict[str, Any]:
        return {"note": shown(self.note(contact, note))}

    @operation(body=NoteChange, title="Update note", example={"note": NOTE})
    def put(self, request: HttpRequest, contact: str, note: str) -> dict[str, Any]:
        found = self.note(contact, note)
        changed = values(self.body)
        if "user_id" in changed:
            changed["user"] = changed.pop("user_id")
        found.change(**changed)
        return {"note": shown(found)}

    @operation(title="Delete note", example={"succeded": True})
    def delete(self, request: HttpRequest, contact: str, note: str) -> dict[str, Any]:
        self.note(contact, note).remove()
        return {"succeded": True}
