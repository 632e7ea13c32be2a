"""Associations and relations, in the shape of the associations document.

That document gives one association as the answer of every operation, of the lists too. Lists here carry the members of
their first item on top beside the list itself, so both who follows the document and who wants the list are served.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from api.bodies import Body
from api.fields import Id, List, Text
from api.pagination import skip_limit
from api.resources import Resource, operation
from core import scope
from core.errors import NotFound
from objects import associations, relations, types
from objects.models import Association
from objects.payloads_associations import cardinalities, origin
from objects.relations import Link

ASSOCIATION = {
    "id": "0Wk3Zr8QeTn5yLbPcA1d",
    "locationId": "0Wk3Zr7Xo2Vf9GqHbS4t",
    "key": "employee_of_employs",
    "firstObjectLabel": "Employee of",
    "firstObjectKey": "contact",
    "secondObjectLabel": "Employs",
    "secondObjectKey": "business",
    "associationType": "USER_DEFINED",
}
RELATION = {
    **ASSOCIATION,
    "id": "0Wk3Zr9AbCdEfGhIjK2m",
    "associationId": ASSOCIATION["id"],
    "firstRecordId": "0Wk3Zr8Aa1Bb2Cc3Dd4E",
    "secondRecordId": "0Wk3Zr8Zz9Yy8Xx7Ww6V",
}
NAMES = {
    "first_kind": "firstObjectKey",
    "second_kind": "secondObjectKey",
    "first_label": "firstObjectLabel",
    "second_label": "secondObjectLabel",
    "first_record": "firstRecordId",
    "second_record": "secondRecordId",
}
MOST_LINKS = 10_000  # of one record that a list can reach


class AssociationBody(Body):
    locationId = Id(required=True, to="location")
    key = Text(most=100, required=True, trim=True, example="employee_of_employs")
    firstObjectLabel = Text(most=100, required=True, trim=True, to="first_label", example="Employee of")
    firstObjectKey = Text(most=100, required=True, trim=True, to="first_kind", example="contact")
    secondObjectLabel = Text(most=100, required=True, trim=True, to="second_label", example="Employs")
    secondObjectKey = Text(most=100, required=True, trim=True, to="second_kind", example="business")


class AssociationChange(Body):
    firstObjectLabel = Text(most=100, required=True, trim=True, to="first_label", example="Employee of")
    secondObjectLabel = Text(most=100, required=True, trim=True, to="second_label", example="Employs")


class RelationBody(Body):
    locationId = Id(required=True, to="location")
    associationId = Id(required=True, to="association")
    firstRecordId = Id(required=True, to="first")
    secondRecordId = Id(required=True, to="second")


class ListQuery(skip_limit(20, 100)):
    locationId = Id(required=True)


class KeyQuery(Body):
    locationId = Id(required=True)


class ObjectQuery(Body):
    locationId = Id()


class RecordQuery(ListQuery):
    associationIds = List(Id(), most=100, to="associations")


def shown(association: Association) -> dict[str, Any]:
    return {
        "id": association.pk,
        "locationId": association.location_id,
        "key": association.key,
        "firstObjectLabel": association.first_label,
        "firstObjectKey": association.first_kind,
        "secondObjectLabel": association.second_label,
        "secondObjectKey": association.second_kind,
        "associationType": origin(association.is_system),
        **cardinalities(association.most_firsts, association.most_seconds),
    }


def shown_link(link: Link) -> dict[str, Any]:
    return {
        **shown(link.association),
        "id": link.id,
        "associationId": link.association.pk,
        "firstRecordId": link.first,
        "secondRecordId": link.second,
    }


def listed(name: str, rows: list[dict[str, Any]], total: int) -> dict[str, Any]:
    """A list with the members of its first item on top."""
    return {**(rows[0] if rows else {}), name: rows, "total": total}


def known() -> list[Association]:
    """The types whose kinds of records there are."""
    kinds = {kind.key for kind in types.every()}
    return [one for one in associations.every() if one.first_kind in kinds and one.second_kind in kinds]


def need(found: Association | None, pk: str) -> Association:
    if found is None:
        raise NotFound(f"Association with id {pk} not found")
    return found


def kind_key(text: str) -> str:
    """The key of a kind of records; custom_object.x is read as custom_objects.x, and company as business."""
    if text.startswith("custom_object."):
        return text.replace("custom_object.", "custom_objects.", 1)
    return {"contacts": "contact", "opportunities": "opportunity", "company": "business"}.get(text, text)


class Associations(Resource):
    reads, writes = "associations.readonly", "associations.write"
    names = NAMES

    @operation(
        query=ListQuery,
        title="List associations",
        about="Those of the system come first.",
        example={**ASSOCIATION, "associations": [ASSOCIATION], "total": 1},
    )
    def get(self, request: HttpRequest) -> dict[str, Any]:
        rows = known()
        skip, limit = self.query["skip"], self.query["limit"]
        return listed("associations", [shown(one) for one in rows[skip : skip + limit]], len(rows))

    @operation(
        body=AssociationBody,
        status=201,
        title="Create association",
        about="Two labels that are the same make an association between records of one kind read alike on both sides.",
        example=ASSOCIATION,
    )
    def post(self, request: HttpRequest) -> dict[str, Any]:
        given = {name: value for name, value in self.body.items() if name != "location"}
        given |= {name: kind_key(given[name]) for name in ("first_kind", "second_kind")}
        return shown(associations.create_association(**given))


class OneAssociation(Resource):
    reads, writes = "associations.readonly", "associations.write"
    names = NAMES

    @operation(title="Get association", example=ASSOCIATION)
    def get(self, request: HttpRequest, association: str) -> dict[str, Any]:
        return shown(need(associations.find(association), association))

    @operation(body=AssociationChange, title="Update association", about="Its labels only.", example=ASSOCIATION)
    def put(self, request: HttpRequest, association: str) -> dict[str, Any]:
        found = need(associations.find(association), association)
        return shown(associations.change_association(found, **self.body))

    @operation(
        title="Delete association",
        about="All its relations go with it; the records stay. One of the system is refused.",
        example={"deleted": True, "id": ASSOCIATION["id"], "message": "Association deleted successfully"},
    )
    def delete(self, request: HttpRequest, association: str) -> dict[str, Any]:
        associations.delete_association(need(associations.find(association), association))
        return {"deleted": True, "id": association, "message": "Association deleted successfully"}


class AssociationByKey(Resource):
    reads, writes = "associations.readonly", "associations.write"

    @operation(query=KeyQuery, title="Get association by its key", example=ASSOCIATION)
    def get(self, request: HttpRequest, key: str) -> dict[str, Any]:
        found = associations.find_by_key(key)
        if found is None:
            raise NotFound(f"Association with key {key[:100]} not found")
        return shown(found)


class AssociationsOfObject(Resource):
    reads, writes = "associations.readonly", "associations.write"

    @operation(
        query=ObjectQuery,
        title="List associations of an object",
        example={**ASSOCIATION, "associations": [ASSOCIATION], "total": 1},
    )
    def get(self, request: HttpRequest, kind: str) -> dict[str, Any]:
        wanted = kind_key(kind)
        if types.of(wanted) is None:
            raise NotFound(f"Object with key {kind[:100]} not found")
        rows = [shown(one) for one in known() if wanted in (one.first_kind, one.second_kind)]
        return listed("associations", rows, len(rows))


class Relations(Resource):
    reads, writes = "associations/relation.readonly", "associations/relation.write"
    names = NAMES

    @operation(body=RelationBody, status=201, title="Create relation", example=RELATION)
    def post(self, request: HttpRequest) -> dict[str, Any]:
        given = self.body
        association = need(associations.find(given["association"]), given["association"])
        return shown_link(relations.link(association, given["first"], given["second"], scope.current().actor))


class RelationsOfRecord(Resource):
    """One path for two ids: of a record to read its relations, of a relation to delete it."""

    reads, writes = "associations/relation.readonly", "associations/relation.write"

    @operation(
        query=RecordQuery,
        title="List relations of a record",
        example={**RELATION, "relations": [RELATION], "total": 1},
    )
    def get(self, request: HttpRequest, record: str) -> dict[str, Any]:
        skip, limit = self.query["skip"], self.query["limit"]
        chosen = set(self.query.get("associations") or ())
        usable = [one for one in known() if not chosen or one.pk in chosen]
        links = visible(relations.of_record(record, MOST_LINKS, usable), record)
        return listed("relations", [shown_link(one) for one in links[skip : skip + limit]], len(links))

    @operation(query=KeyQuery, title="Delete relation", about="The records stay.", example=RELATION)
    def delete(self, request: HttpRequest, record: str) -> dict[str, Any]:
        found = relations.find(record)
        if found is None:
            raise NotFound(f"Relation with id {record[:40]} not found")
        relations.unlink(found, scope.current().actor)
        return shown_link(found)


def visible(links: list[Link], record: str) -> list[Link]:
    """Those links of a record whose records are not in the trash, and that the actor may see. A query a kind at most."""
    actor = scope.current().actor
    wanted: dict[str, set[str]] = {}
    for one in links:
        wanted.setdefault(one.association.first_kind, set()).add(one.first)
        wanted.setdefault(one.association.second_kind, set()).add(one.second)
    seen: set[str] = set()
    for key, pks in wanted.items():
        kind = types.need(key)
        rows = kind.alive() if actor.sees_everything else kind.alive().visible_to(actor)
        seen.update(rows.filter(pk__in=pks).values_list("pk", flat=True))
    return [one for one in links if one.first in seen and one.second in seen]
