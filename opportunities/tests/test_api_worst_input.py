"""The worst input for the operations of opportunities: never a 500, never half a change."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

import opportunities.api
from api.routes import Route
from contacts.tests import one_of_everything
from contacts.tests.one_of_everything import World
from contacts.tests.test_api_worst_input import HOSTILE, VALUES
from core.pages import link
from objects.models import CustomField
from objects.models.custom_field import TYPES, WITH_OPTIONS
from opportunities.tests import make

OPERATIONS: list[tuple[Route, str, str]] = [
    (route, method, name) for route in opportunities.api.routes for method, name in route.operations.items()
]
TEXTS = ("", "\x00", "-1", "1e400", "NaN", "\u0663", "x" * 3000, "%", "true", "0001-01-01", "12-31-9999")
FILTERS: list[Any] = [
    {}, {"field": "status"}, {"field": "monetary_value", "operator": "eq", "value": 1e308},
    {"field": "monetary_value", "operator": "range", "value": {"gte": "NaN"}},
    {"field": "date_added", "operator": "range", "value": {"gte": "9999-12-31", "lt": -(10**30)}},
    {"field": "name", "operator": "contains", "value": "\x00%_\\"}, {"field": "followers", "operator": "eq", "value": [[]]},
    {"field": "pipeline_id", "operator": "eq", "value": {"a": 1}}, {"group": "XOR", "filters": []},
    {"group": "OR", "filters": []}, {"field": "custom_fields.\x00", "operator": "exists"},
    {"field": "custom_fields." + "0" * 20, "operator": "exists"}, {"field": "id", "operator": "eq", "value": "\ud7ff"},
    {"field": "contact_name", "operator": "eq", "value": True}, {"field": "status", "operator": "exists", "value": 1},
    {"field": "assigned_to", "operator": "not_eq", "value": ["x"] * 100},
]  # fmt: skip


@pytest.fixture
def world(cast, as_) -> World:  # type: ignore[no-untyped-def]
    """One of everything in Acme, opportunities included; the stranger has one as well."""
    found = one_of_everything.build(cast, as_)
    with as_(cast.charlie, cast.globex_location):
        found.stranger = make.opportunity(contact=found.stranger)  # type: ignore[assignment]
    row = make.opportunity()
    found.ids |= {
        "opportunity": row.pk,
        "pipeline": row.pipeline_id,
        "stage": row.stage_id,
        "reason": make.lost_reason().pk,
    }
    return found


def good_body(world: World, route: Route, method: str) -> dict[str, Any]:
    told = route.resource.methods[method].body
    body: dict[str, Any] = told.sample() if told else {}
    known = {
        "locationId": world.place,
        "assignedTo": world.colleague,
        "followers": [world.colleague],
        "contactId": world.ids["contact"],
        "pipelineId": world.ids["pipeline"],
        "pipelineStageId": world.ids["stage"],
        "lostReasonId": world.ids["reason"],
        "id": world.ids["opportunity"],
    }
    return {name: known.get(name, value) for name, value in body.items() if name not in ("customFields", "filters")}


@pytest.mark.parametrize(("route", "method"), [each[:2] for each in OPERATIONS], ids=[each[2] for each in OPERATIONS])
def test_hostile_members_of_body_and_query_and_path_are_refused_whole(world, route, method):
    told = route.resource.methods[method]
    path, good = world.path(route), good_body(world, route, method)
    if told.body:
        for name in told.body.fields:
            for value in HOSTILE:
                world.ask(method, path, json.dumps({**good, name: value}))
        for value in HOSTILE[:12]:
            world.ask(method, path, json.dumps(value))
        assert world.ask(method, path, {**good, "nonsense": 1}).status_code == 422
    for name in told.query.fields if told.query else ():
        before = "" if name in ("locationId", "location_id") else f"locationId={world.place}&location_id={world.place}&"
        for text in TEXTS:
            world.ask(method, f"{path}?{before}{name}={quote(text)}")
            world.ask(method, f"{path}?{before}{name}[]={quote(text)}&{name}[]=%ff")
    for name in route.names:
        for text in (world.stranger.pk, "x" * 300, "%00", "%ff", "%ED%A0%80", "..", "'", "\u0661", "%20"):
            answer = world.ask(method, world.path(route, **{name: text}), good if told.body else None)
            assert answer.status_code >= 400, (name, text)


@pytest.mark.parametrize("given", FILTERS, ids=[str(one)[:50] for one in FILTERS])
def test_hostile_filters_are_answered(world, given):
    body = {"locationId": world.place, "limit": 5, "filters": [given]}
    assert world.ask("POST", "/opportunities/search", json.dumps(body)).status_code in (200, 400, 422)
    deep: Any = given
    for _ in range(30):
        deep = {"group": "AND", "filters": [deep]}
    assert world.ask("POST", "/opportunities/search", json.dumps({**body, "filters": [deep]})).status_code in (400, 422)


@pytest.mark.parametrize("cursor", [["x"], [1], [[]], ["", ""], [1e300, "0" * 20], ["\x00", "0" * 20], [1, 2, 3, 4]])
def test_cursors_that_were_made_up_are_answered(world, cursor):
    body = {"locationId": world.place, "limit": 5, "searchAfter": cursor}
    for field in ("date_added", "name", "monetary_value"):
        sort = [{"field": field, "direction": "asc"}]
        answer = world.ask("POST", "/opportunities/search", json.dumps({**body, "sort": sort}))
        assert answer.status_code in (200, 400, 422)


@pytest.mark.parametrize("kind", [code for code, _ in TYPES])
def test_whatever_a_custom_field_takes_can_be_read_again(world, kind):
    options = [{"key": "a", "label": "A"}, {"key": "b", "label": "B"}] if kind in WITH_OPTIONS else []
    field = CustomField.record_new(model="opportunity", name=kind, key=kind.lower(), type=kind, options=options)
    path = f"/opportunities/{world.ids['opportunity']}"
    for value in VALUES:
        body = {"customFields": [{"id": field.pk, "field_value": value}]}
        if world.ask("PUT", path, json.dumps(body)).status_code == 200:
            assert world.ask("GET", path).status_code == 200


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("settings:lost_reasons", {"page": "0", "q": "\x00%"}),
        ("settings:lost_reasons", {"page": "99"}),
        ("settings:opportunities_trash", {"at": "x" * 100}),
        ("settings:pipeline_stage", {"place": "\x00"}),
    ],
)
def test_pages_at_made_up_addresses_open(cast, browse, name, query):
    make.opportunity()
    assert browse(cast.alice).get(link(name), query).status_code == 200


def test_forms_that_no_page_sent_are_refused_in_a_sentence(cast, browse):
    client = browse(cast.alice)
    row = make.opportunity()
    assert client.post(link("settings:pipelines_order"), {"ids": ["\x00"]}).status_code == 204
    many = {
        "name": "A\x00",
        "colour_mode": "dot",
        "stage": ["\x00"] * 60,
        "name-\x00": "B",
        "probability-\x00": "\u0663",
    }
    assert client.post(link("settings:pipeline_create"), many).status_code == 422
    slipped = {
        "name": "A",
        "colour_mode": "dot",
        "stage": ["a"],
        "name-a": "B",
        "id-a": "\x00",
        "gone": ["\x00"],
        "to": [],
    }
    assert client.post(link("settings:pipeline_edit", row.pipeline_id), slipped).status_code == 422
    assert row.pipeline.stages.count() == 5
