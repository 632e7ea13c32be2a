"""Contacts: list, create, read, change, delete, upsert, and those of a business."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from api.bodies import Body
from api.fields import Id, Text
from api.pagination import cut, skip_limit, start_after, start_after_meta
from api.resources import Resource, operation
from contacts import identity
from contacts.api import shapes
from contacts.api.contact_bodies import NAMES, ContactCreate, ContactUpdate, ContactUpsert, given
from contacts.merging import former
from contacts.models import Business, Contact
from contacts.models.querysets import LONGEST_QUERY, ContactQuerySet
from core import clock, scope
from core.errors import NotFound, Refused
from core.prepared import Prepared

CONTACT = {
    "id": "0Wk3Zr8QeTn5yLbPcA1d",
    "locationId": "0Wk3Zr7Xo2Vf9GqHbS4t",
    "firstName": "Rosan",
    "lastName": "Deo",
    "email": "rosan@example.com",
    "phone": "+18888888888",
    "tags": ["vip"],
    "customFields": [],
}


def live() -> ContactQuerySet:
    """The contacts that the caller sees."""
    found: ContactQuerySet = Contact.objects.live().visible_to(scope.current().actor)
    return found


def get_contact(pk: str) -> Contact:
    """The contact as an object, to change it.

    Raises:
        NotFound: `Contact with id … not found`.
    """
    found: Contact | None = live().filter(pk=pk).first()
    if found is None:
        raise NotFound(f"Contact with id {pk} not found")
    return found


ROW = Prepared(lambda pk: shapes.rows(Contact.objects.live()).filter(pk=pk))


def row_of(pk: str) -> dict[str, Any]:
    """The contact as a row for the shapes: one statement.

    Raises:
        NotFound: as above.
    """
    found = ROW.rows(pk) if scope.current().actor.sees_everything else list(shapes.rows(live()).filter(pk=pk))
    if not found:
        raise NotFound(f"Contact with id {pk} not found")
    return found[0]


class ListQuery(start_after(20, 100)):
    locationId = Id(required=True)
    query = Text(most=LONGEST_QUERY, about="Words of a name, e-mail, phone or company.")


class Contacts(Resource):
    reads, writes = "contacts.readonly", "contacts.write"
    names = NAMES

    @operation(query=ListQuery, title="List contacts", example={"contacts": [CONTACT], "count": 1})
    def get(self, request: HttpRequest) -> dict[str, Any]:
        asked = self.query
        found = live()
        if asked.get("query"):
            found = found.search(asked["query"])
        total = found.count()
        page = found
        if asked.get("startAfterId"):
            last = Contact.objects.filter(pk=asked["startAfterId"]).values_list("date_added", flat=True).first()
            moment = last or _moment(asked.get("startAfter"))
            if moment is None:
                raise Refused("startAfterId is the id of no contact")
            page = page.filter(date_added__lte=moment).filter(
                Q(date_added__lt=moment) | Q(date_added=moment, pk__lt=asked["startAfterId"])
            )
        elif asked.get("startAfter") is not None:
            page = page.filter(date_added__lt=_moment(asked["startAfter"]))
        limit = asked["limit"]
        rows = list(shapes.rows(page).order_by("-date_added", "-pk")[: limit + 1])
        shown = rows[:limit]
        meta = start_after_meta(
            request, shown, len(rows) > limit, total, lambda row: (clock.epoch_ms(row["date_added"]), row["id"])
        )
        return {"contacts": [shapes.listed(row) for row in shown], "count": total, "meta": meta}

    @operation(body=ContactCreate, status=201, title="Create contact", example={"contact": CONTACT})
    def post(self, request: HttpRequest) -> dict[str, Any]:
        contact = identity.add(**given(self.body))
        return {"contact": shapes.created(row_of(contact.pk))}


class OneContact(Resource):
    reads, writes = "contacts.readonly", "contacts.write"
    names = NAMES

    @operation(title="Get contact", example={"contact": CONTACT})
    def get(self, request: HttpRequest, contact: str) -> dict[str, Any]:
        try:
            return {"contact": shapes.whole(row_of(contact))}
        except NotFound:
            master = former.master_of(contact)
            if not master:
                raise
        return {"contact": shapes.whole(row_of(master)) | {"mergedInto": master}}

    @operation(body=ContactUpdate, title="Update contact", example={"succeded": True, "contact": CONTACT})
    def put(self, request: HttpRequest, contact: str) -> dict[str, Any]:
        found = identity.edit(get_contact(contact), **given(self.body))
        return {"succeded": True, "contact": shapes.whole(row_of(found.pk))}

    @operation(title="Delete contact", about="Moves it to the trash for 30 days.", example={"succeded": True})
    def delete(self, request: HttpRequest, contact: str) -> dict[str, Any]:
        get_contact(contact).trash()
        return {"succeded": True}


class Upsert(Resource):
    reads, writes = "contacts.readonly", "contacts.write"
    names = NAMES

    @operation(body=ContactUpsert, title="Upsert contact", example={"new": True, "contact": CONTACT})
    def post(self, request: HttpRequest) -> dict[str, Any]:
        found, is_new = identity.upsert(create_new=self.body["create_new"], **given(self.body))
        return {"new": is_new, "succeded": True, "contact": shapes.whole(row_of(found.pk))}


class DuplicateQuery(Body):
    locationId = Id(required=True)
    number = Text(most=40, about="A phone number; + must be sent as %2B.")
    email = Text(most=254)


class DuplicateSearch(Resource):
    reads, writes = "contacts.readonly", "contacts.write"
    names = NAMES

    @operation(query=DuplicateQuery, title="Find a duplicate", example={"contact": CONTACT})
    def get(self, request: HttpRequest) -> dict[str, Any]:
        place = identity.current.location()
        values, _ = identity.normalise(
            {"email": self.query.get("email", ""), "phone": self.query.get("number", "")}, place
        )
        found, _ = identity.match(values["email"], values["phone"], place)
        return {"contact": shapes.whole(row_of(found.pk)) if found else None}


class BusinessQuery(skip_limit(25, 100)):
    locationId = Id(required=True)
    query = Text(most=LONGEST_QUERY)


class BusinessContacts(Resource):
    reads, writes = "contacts.readonly", "contacts.write"

    @operation(query=BusinessQuery, title="Contacts of a business", example={"contacts": [CONTACT], "count": 1})
    def get(self, request: HttpRequest, business: str) -> dict[str, Any]:
        self.find(Business.objects.visible_to(scope.current().actor), business, "Business")
        found = live().filter(business_id=business)
        if self.query.get("query"):
            found = found.search(self.query["query"])
        rows = cut(shapes.rows(found).order_by("-date_added", "-pk"), self.query)
        return {"contacts": [shapes.listed(row) for row in rows], "count": found.count()}


def _moment(milliseconds: float | None) -> dt.datetime | None:
    if milliseconds is None:
        return None
    return dt.datetime.fromtimestamp(min(milliseconds, 253_402_300_799_000) / 1000, dt.UTC)
