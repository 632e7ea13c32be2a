"""Associations and relations over the API."""

from __future__ import annotations

import pytest

from contacts.tests import make
from journal.models import Entry
from journal.verbs import VERBS
from oauth.tests.make import api
from objects import associations, relations
from objects.models import Association, Relation

SHAPE = {
    "locationId", "id", "key", "firstObjectLabel", "firstObjectKey", "secondObjectLabel", "secondObjectKey",
    "associationType",
}  # fmt: skip


@pytest.fixture
def client(cast):
    return api(cast.location)


def body(cast, **more):
    return {
        "locationId": cast.location.pk, "key": "employee", "firstObjectLabel": "Employee of",
        "firstObjectKey": "contact", "secondObjectLabel": "Employs", "secondObjectKey": "business", **more,
    }  # fmt: skip


def test_a_type_is_created_read_changed_and_deleted(cast, client):
    made = client.post("/associations/", body(cast))
    assert made.status_code == 201 and set(made.json()) >= SHAPE
    held = made.json()
    assert (held["associationType"], held["key"]) == ("USER_DEFINED", "employee")
    here = {"locationId": cast.location.pk}
    assert client.get(f"/associations/{held['id']}").json()["id"] == held["id"]
    assert client.get("/associations/key/employee", here).json()["id"] == held["id"]
    changed = client.put(f"/associations/{held['id']}", {"firstObjectLabel": "At", "secondObjectLabel": "Has"})
    assert changed.status_code == 200 and changed.json()["firstObjectLabel"] == "At"
    gone = client.delete(f"/associations/{held['id']}")
    assert gone.json() | {"traceId": ""} == {
        "deleted": True, "id": held["id"], "message": "Association deleted successfully", "traceId": ""
    }  # fmt: skip
    assert client.get(f"/associations/{held['id']}").status_code == 404
    assert client.get("/associations/key/employee", here).status_code == 404


def test_types_are_listed_by_location_and_by_object(cast, client):
    client.post("/associations/", body(cast))
    client.post("/associations/", body(cast, key="spouse", secondObjectKey="contact", secondObjectLabel="Employee of"))
    page = {"locationId": cast.location.pk, "skip": 0, "limit": 100}
    answer = client.get("/associations/", page).json()
    assert [one["key"] for one in answer["associations"] if one["associationType"] == "USER_DEFINED"] == [
        "employee", "spouse",
    ]  # fmt: skip
    assert answer["total"] == len(answer["associations"]) and set(answer) >= SHAPE
    cut = client.get("/associations/", {**page, "skip": answer["total"] - 1, "limit": 1}).json()
    assert [one["key"] for one in cut["associations"]] == ["spouse"]
    of_business = client.get("/associations/objectKey/business", {"locationId": cast.location.pk}).json()
    assert {one["key"] for one in of_business["associations"]} >= {"employee", "contact_business"}
    assert "spouse" not in {one["key"] for one in of_business["associations"]}
    assert client.get("/associations/objectKey/custom_objects.none").status_code == 404


def test_a_type_is_refused_by_field_and_nothing_is_written(cast, client):
    client.post("/associations/", body(cast))
    for wrong, name in (
        ({"key": "employee", "firstObjectLabel": "Else"}, "key"),
        ({"key": "a b"}, "key"),
        ({"firstObjectKey": "robot", "key": "x"}, "firstObjectKey"),
        ({"key": "y"}, "firstObjectLabel"),
    ):
        answer = client.post("/associations/", body(cast, **wrong))
        assert answer.status_code == 422 and name in str(answer.json()["message"]), answer.content
    assert client.post("/associations/", {"locationId": cast.location.pk}).status_code == 422
    assert Association.objects.filter(is_system=False).count() == 1


def test_the_eleventh_type_and_a_system_type_are_refused(cast, client):
    for number in range(10):
        labels = {"firstObjectLabel": f"A{number}", "secondObjectLabel": f"B{number}"}
        assert client.post("/associations/", body(cast, key=f"k{number}", **labels)).status_code == 201
    assert client.post("/associations/", body(cast, key="k10")).status_code == 422
    system = associations.find_by_key("contact_business")
    assert client.get(f"/associations/{system.pk}").json()["associationType"] == "SYSTEM_DEFINED"
    assert client.delete(f"/associations/{system.pk}").status_code == 400
    assert Association.objects.filter(is_system=False).count() == 10
    assert Association.objects.filter(pk=system.pk).exists()


def test_relations_are_created_listed_and_deleted(cast, client):
    ann, harbor, tiles = make.contact("Ann"), make.business("Harbor"), make.business("Tiles")
    held = client.post("/associations/", body(cast)).json()
    here = {"locationId": cast.location.pk}
    given = {**here, "associationId": held["id"], "firstRecordId": ann.pk, "secondRecordId": harbor.pk}
    made = client.post("/associations/relations", given)
    assert made.status_code == 201 and set(made.json()) >= SHAPE | {"associationId", "firstRecordId", "secondRecordId"}
    assert client.post("/associations/relations", given).status_code == 400, "the same pair and label"
    client.post("/associations/relations", {**given, "secondRecordId": tiles.pk})
    listed = client.get(f"/associations/relations/{ann.pk}", {**here, "skip": 0, "limit": 1}).json()
    assert (listed["total"], len(listed["relations"])) == (2, 1) and set(listed) >= SHAPE
    of_other = client.get(f"/associations/relations/{harbor.pk}", {**here, "skip": 0, "limit": 10}).json()
    assert [one["id"] for one in of_other["relations"]] == [made.json()["id"]]
    other = {**here, "skip": 0, "limit": 10, "associationIds": "0" * 20}
    assert client.get(f"/associations/relations/{ann.pk}", other).json()["relations"] == []
    gone = client.delete(f"/associations/relations/{made.json()['id']}?locationId={cast.location.pk}")
    assert gone.status_code == 200 and gone.json()["id"] == made.json()["id"]
    assert Relation.objects.count() == 1
    again = client.delete(f"/associations/relations/{made.json()['id']}?locationId={cast.location.pk}")
    assert again.status_code == 404


def test_the_business_of_a_contact_is_a_relation(cast, client):
    ann, harbor = make.contact("Ann"), make.business("Harbor")
    system = associations.find_by_key("contact_business")
    here = {"locationId": cast.location.pk}
    made = client.post(
        "/associations/relations",
        {**here, "associationId": system.pk, "firstRecordId": ann.pk, "secondRecordId": harbor.pk},
    )
    assert made.status_code == 201
    ann.refresh_from_db()
    assert ann.business == harbor
    listed = client.get(f"/associations/relations/{harbor.pk}", {**here, "skip": 0, "limit": 10}).json()
    assert [(one["id"], one["firstRecordId"]) for one in listed["relations"]] == [(made.json()["id"], ann.pk)]
    assert (
        client.delete(f"/associations/relations/{made.json()['id']}?locationId={cast.location.pk}").status_code == 200
    )
    ann.refresh_from_db()
    assert ann.business is None


def test_relations_with_nobody_are_refused(cast, as_, client):
    ann, gone = make.contact("Ann"), make.contact("Gone")
    gone.trash()
    with as_(cast.charlie, cast.globex_location):
        theirs = make.contact("Zoe")
        their_type = associations.create_association(first_kind="contact", second_kind="contact", first_label="Knows")
    held = associations.create_association(first_kind="contact", second_kind="contact", first_label="Knows")
    here = {"locationId": cast.location.pk, "associationId": held.pk, "firstRecordId": ann.pk}
    for other in (theirs.pk, gone.pk, "0" * 20):
        answer = client.post("/associations/relations", {**here, "secondRecordId": other})
        assert answer.status_code == 422 and "secondRecordId" in str(answer.json()["message"])
    stranger = {**here, "associationId": their_type.pk, "secondRecordId": gone.pk}
    assert client.post("/associations/relations", stranger).status_code == 404
    assert client.post("/associations/relations", {**here, "secondRecordId": ann.pk}).status_code == 400
    assert client.get(f"/associations/{their_type.pk}").status_code == 404
    wrong_place = {"locationId": cast.globex_location.pk, "skip": 0, "limit": 1}
    assert client.get(f"/associations/relations/{theirs.pk}", wrong_place).status_code == 403
    assert not Relation.objects.exists()


def test_links_with_who_is_in_the_trash_are_not_listed(cast, client):
    ann, ben = make.contact("Ann"), make.contact("Ben")
    held = associations.create_association(first_kind="contact", second_kind="contact", first_label="Knows")
    relations.link(held, ann.pk, ben.pk)
    ben.trash()
    query = {"locationId": cast.location.pk, "skip": 0, "limit": 10}
    assert client.get(f"/associations/relations/{ann.pk}", query).json()["total"] == 0
    ben.restore()
    assert client.get(f"/associations/relations/{ann.pk}", query).json()["total"] == 1


def test_scopes_part_types_from_relations(cast):
    reader = api(cast.location, scopes=["associations.readonly", "associations/relation.readonly"])
    assert reader.get("/associations/", {"locationId": cast.location.pk, "skip": 0, "limit": 10}).status_code == 200
    assert reader.post("/associations/", body(cast)).status_code in (401, 403)
    assert not Association.objects.filter(is_system=False).exists()


def payloads():
    return [
        (VERBS[entry.verb].webhook, VERBS[entry.verb].payload(entry))
        for entry in Entry.objects.order_by("pk")
        if VERBS[entry.verb].webhook.startswith(("Association", "Relation"))
    ]


def test_webhooks_tell_the_whole_type_and_the_whole_link(cast, client):
    ann, harbor = make.contact("Ann"), make.business("Harbor")
    held = associations.create_association(
        first_kind="contact", second_kind="business", first_label="Employee of", second_label="Employs",
        key="employee", most_seconds=1,
    )  # fmt: skip
    associations.change_association(held, first_label="At")
    pk = held.pk
    relation = relations.link(held, ann.pk, harbor.pk)
    relations.unlink(relation)
    associations.delete_association(held)
    kind = {
        "id": pk, "associationType": "USER_DEFINED", "firstObjectKey": "contact",
        "firstObjectLabel": "Employee of", "secondObjectKey": "business", "secondObjectLabel": "Employs",
        "key": "employee", "locationId": cast.location.pk,
    }  # fmt: skip
    limits = {
        "firstObjectToSecondObjectCardinality": "MANY_TO_ONE", "secondObjectToFirstObjectCardinality": "ONE_TO_MANY"
    }  # fmt: skip
    linked = {
        "id": relation.id, "firstObjectKey": "contact", "firstRecordId": ann.pk, "secondObjectKey": "business",
        "secondRecordId": harbor.pk, "associationId": pk, "locationId": cast.location.pk,
    }  # fmt: skip
    changed = {**kind, "firstObjectLabel": "At", **limits}
    assert payloads() == [
        ("AssociationCreate", kind), ("AssociationUpdate", changed), ("RelationCreate", linked),
        ("RelationDelete", linked), ("AssociationDelete", changed),
    ]  # fmt: skip
