"""Smart lists ask about the opportunities of a contact."""

from __future__ import annotations

import datetime as dt

import pytest

from contacts.filters import compile_tree, parse
from contacts.models import Contact
from contacts.tests.make import contact
from core.errors import Refused
from oauth.tests.make import api
from opportunities import pipelines
from opportunities.tests import make


def found(*filters, wire=False):
    rows = Contact.objects.live().filter(compile_tree(parse(list(filters), wire=wire)))
    return sorted(rows.values_list("first_name", flat=True))


def asks(field, operator, value=None):
    return {"field": f"opportunity.{field}", "operator": operator} | ({} if value is None else {"value": value})


def test_contacts_069_two_conditions_hold_for_the_same_opportunity(cast):
    one, two = make.pipeline("A"), make.pipeline("B")
    ann, ben = contact("Ann"), contact("Ben")
    make.opportunity(contact=ann, stage=make.stages(one)[0])
    make.opportunity(contact=ann, stage=make.stages(two)[0], status="won")
    make.opportunity(contact=ben, stage=make.stages(one)[0], status="won")
    in_a, won = asks("pipeline", "eq", [one.pk]), asks("status", "eq", ["won"])
    assert found(in_a, won) == ["Ben"]
    assert found(in_a) == ["Ann", "Ben"] and found(won) == ["Ann", "Ben"]
    assert found({"group": "OR", "filters": [asks("pipeline", "eq", [two.pk]), asks("status", "eq", ["won"])]}) == [
        "Ann", "Ben",
    ]  # fmt: skip


def test_contacts_069_the_api_asks_the_same_by_nested_conditions(cast):
    one, two = make.pipeline("A"), make.pipeline("B")
    ann, ben = contact("Ann"), contact("Ben")
    make.opportunity(contact=ann, stage=make.stages(one)[0])
    make.opportunity(contact=ann, stage=make.stages(two)[0], status="won")
    make.opportunity(contact=ben, stage=make.stages(one)[0], status="won")
    body = {
        "locationId": cast.location.pk,
        "pageLimit": 10,
        "filters": [
            {
                "field": "opportunities",
                "operator": "nested",
                "value": [
                    {"field": "pipelineId", "operator": "eq", "value": one.pk},
                    {"field": "status", "operator": "eq", "value": "won"},
                ],
            }
        ],
    }
    answer = api(cast.location).post("/contacts/search", body)
    assert answer.status_code == 200 and [one["id"] for one in answer.json()["contacts"]] == [ben.pk]


def test_stage_value_owner_reason_and_close_date(cast):
    reason = make.lost_reason()
    row = make.opportunity(contact=contact("Ann"), value=500, assigned_to=cast.dora,
        expected_close_on=dt.date(2027, 5, 1))  # fmt: skip
    lost = make.opportunity(contact=contact("Ben"), value=50)
    lost.set_status("lost", reason)
    contact("Cy")
    assert found(asks("stage", "eq", [row.stage_id])) == ["Ann", "Ben"]
    assert found(asks("value", "gte", 500)) == ["Ann"]
    assert found(asks("value", "range", {"gte": 40, "lt": 60})) == ["Ben"]
    assert found(asks("owner", "eq", [cast.dora.pk])) == ["Ann"]
    assert found(asks("owner", "eq", ["unassigned"])) == ["Ben"]
    assert found(asks("lostReason", "eq", [reason.pk])) == ["Ben"]
    assert found(asks("expectedClose", "after", "2027-04-30")) == ["Ann"]
    assert found(asks("status", "not_eq", ["lost"])) == ["Ann", "Cy"]


def test_a_deleted_stage_or_pipeline_breaks_the_condition(cast):
    row = make.opportunity(contact=contact("Ann"))
    asked = asks("pipeline", "eq", [row.pipeline_id])
    assert found(asked) == ["Ann"]
    pipelines.delete(row.pipeline)
    assert found(asked) == [] and found(asks("stage", "not_eq", [row.stage_id])) == []


def test_only_what_the_actor_sees_counts_and_values_only_with_the_permission(cast, as_):
    contact("Ann", assigned_to=cast.bob)
    make.opportunity(contact=contact("Ben", assigned_to=cast.bob), value=500)
    with as_(cast.bob):
        assert found(asks("status", "eq", ["open"])) == []
    cast.dora.memberships.get().change(withheld=["opportunities.values"])
    with as_(cast.dora):
        assert found(asks("status", "eq", ["open"])) == ["Ben"]
        assert found(asks("value", "gte", 0)) == []


def test_the_trash_does_not_count(cast):
    row = make.opportunity(contact=contact("Ann"))
    row.change(deleted_at="2026-01-01T00:00:00Z")
    assert found(asks("status", "eq", ["open"])) == []


def test_an_unknown_sub_field_of_the_api_is_refused(cast):
    with pytest.raises(Refused, match="Invalid field opportunities.value"):
        found({"field": "opportunities", "operator": "nested",
            "value": [{"field": "value", "operator": "eq", "value": 1}]}, wire=True)  # fmt: skip
