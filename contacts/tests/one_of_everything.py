"""One row of every kind, and requests that must not fail halfway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.http import HttpResponse

from api.routes import Route
from contacts.models import Contact, Tag
from contacts.tests import make
from journal.models import Entry
from oauth.tests.make import ApiClient, api
from objects.models import CustomField, CustomValue
from objects.models.custom_field import TYPES, WITH_OPTIONS

UNKNOWN = "zzzzzzzzzzzzzzzzzzzz"


@dataclass
class World:
    """One of everything, by the names that the paths give them, and a contact of another tenant."""

    client: ApiClient
    ids: dict[str, str]
    fields: dict[str, CustomField]
    stranger: Contact
    colleague: str

    @property
    def place(self) -> str:
        return self.ids["location"]

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> HttpResponse:
        """A request that may fail, but not with a 5xx, and that leaves nothing behind when it does."""
        before = Entry.objects.count(), Tag.objects.count(), Contact.objects.count()
        answer = self.client.send(method, path, body, **options)
        said = f"{method} {path[:120]} {str(body)[:200]} -> {answer.status_code} {answer.content[:200]!r}"
        assert answer.status_code < 500, said
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what a commit would refuse is refused here
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        if answer.status_code >= 400:
            assert answer.json()["statusCode"] == answer.status_code and answer.json()["message"], said
            assert (Entry.objects.count(), Tag.objects.count(), Contact.objects.count()) == before, said
        return answer

    def path(self, route: Route, **other: str) -> str:
        path = route.template
        for name, value in {**self.ids, **other}.items():
            path = path.replace(f"{{{name}}}", value)
        return path


def build(cast: Any, as_: Any) -> World:
    """In the cast's first location, all of it by alice; the stranger belongs to Globex."""
    with as_(cast.charlie, cast.globex_location):
        stranger = make.contact("Xavier", email="x@globex.test")
    two = [{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]
    fields = {
        code: CustomField.record_new(
            name=code, key=code.lower(), type=code, options=two if code in WITH_OPTIONS else []
        )
        for code, _ in TYPES
    }
    ann = make.contact("Ann", email="ann@example.com", tags=("vip",), custom={fields["TEXT"].pk: "x"})
    ids = {
        "location": cast.location.pk,
        "contact": ann.pk,
        "note": make.note(ann).pk,
        "task": make.task(ann).pk,
        "recurring_task": make.recurring_task(ann).pk,
        "business": make.business().pk,
        "tag": Tag.objects.get().pk,
        "field": fields["TEXT"].pk,
        "value": CustomValue.record_new(name="Brand", key="brand", value="teal").pk,
        "type": "add",
    }
    return World(api(cast.location), ids, fields, stranger, cast.bob.pk)
