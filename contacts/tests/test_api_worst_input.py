"""The worst input for the operations of contacts and custom fields: never a 500, never half a change."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

import contacts.api
import objects.api
from api.routes import Route
from contacts.models import Contact, Note, Tag, Task
from contacts.tests import make
from contacts.tests.one_of_everything import UNKNOWN, World
from objects.models import CustomField
from objects.models.custom_field import TYPES

OPERATIONS: list[tuple[Route, str, str]] = [
    (route, method, name)
    for route in (*contacts.api.routes, *objects.api.routes)
    for method, name in route.operations.items()
]


def deep(levels: int) -> Any:
    found: Any = 1
    for level in range(levels):
        found = {"a": found} if level % 2 else [found]
    return found


HOSTILE: list[Any] = [
    None, True, -1, 1e308, 10**30, "", " \u3000", "a\x00b", "x" * 70_000, "\u0663", "\u00b2", "<script>alert(1)</script>", "%_\\'\"",
    "\U0001f600" * 90, "9999-12-31T23:59:59-14:00", "0000-00-00", "NaN", "../../etc/passwd", "http://[", "a__b", [], [[]], [None],
    [{}], [""], ["x"] * 600, {}, {"": {"": ""}}, deep(60), {"SMS": {"status": 5}}, [{"id": 5}], [{"label": "b" * 600}],
]  # fmt: skip


def good_body(world: World, route: Route, method: str) -> dict[str, Any]:
    """A body that the operation takes."""
    told = route.resource.methods[method].body
    body: dict[str, Any] = told.sample() if told else {}
    known = {
        "locationId": world.place,
        "assignedTo": world.colleague,
        "userId": world.colleague,
        "followers": [world.colleague],
        "contacts": [world.ids["contact"]],
        "ids": [world.ids["contact"]],
        "id": world.ids["contact"],
    }
    return {name: known.get(name, value) for name, value in body.items() if name != "customFields"}


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
        assert world.ask(method, path, {**good, "nonsense": 1}).status_code == 422 or told.body.open
    for name in told.query.fields if told.query else ():
        before = "" if name == "locationId" else f"locationId={world.place}&"
        for text in ("", "\x00", "-1", "1e400", "NaN", "\u0663", "x" * 3000, "%", "true"):
            world.ask(method, f"{path}?{before}{name}={quote(text)}")
            world.ask(method, f"{path}?{before}{name}[]={quote(text)}&{name}[]=%ff")
    for name in route.names:
        for text in (
            world.stranger.pk,
            "x" * 199,
            "x" * 300,
            "%00",
            "%ff",
            "%ED%A0%80",
            "..",
            "a%2fb",
            "'",
            "\u0661",
            "%20",
        ):
            answer = world.ask(method, world.path(route, **{name: text}), good if told.body else None)
            assert answer.status_code >= 400, (name, text)


BODIES = [
    b"", b" ", b"{", b"}", b"nul\x00l", b'{"firstName":"\\ud800"}', b'{"\\udfff":1}', b'{"firstName":"\xed\xa0\x80"}', b"\xff\xfe",
    b"\x00", b"-0", b"\xef\xbb\xbf{}", b'{"a":1}rest', b'{"firstName":NaN}', b'{"tags":[1e999]}', b"[" * 100_000, b'{"a":' * 5000,
    b'"' + b"x" * 5_000_000 + b'"', b'{"firstName":"' + b"x" * 5_300_000 + b'"}',
]  # fmt: skip


@pytest.mark.parametrize("raw", BODIES, ids=[str(body[:24]) for body in BODIES])
@pytest.mark.parametrize(("method", "path"), [("POST", "/contacts/"), ("DELETE", "/contacts/{contact}/tags")])
def test_bytes_that_are_no_json_are_refused(world, method, path, raw):
    answer = world.ask(method, path.format(**world.ids), raw)
    assert answer.status_code in ((413,) if len(raw) > 5 * 1024 * 1024 else (400, 422))


def test_the_last_of_two_members_with_one_name_counts(world):
    twice = f'{{"locationId":"{world.place}","firstName":"One","firstName":"Two"}}'
    assert world.ask("POST", "/contacts/", twice).json()["contact"]["firstName"] == "Two"


def test_a_member_under_two_of_its_names_does_not_make_two_fields(world):
    field = {"id": world.fields["TEXT"].pk, "value": "one", "field_value": "two"}
    contact = world.ask("PUT", f"/contacts/{world.ids['contact']}", {"customFields": [field]}).json()["contact"]
    assert [held["value"] for held in contact["customFields"]] == ["two"]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data", "multipart/form-data; boundary=x", ""]
)
def test_bodies_of_another_kind_are_refused(world, kind):
    for raw in (b"a=b&c[]=d&%ff=%00&locationId=zz", b'--x\r\nContent-Disposition: form-data; name="id"\r\n\r\nabc'):
        for path in ("/contacts/", f"/locations/{world.place}/customFields/upload"):
            assert world.ask("POST", path, raw, content_type=kind).status_code in (400, 422)


VALUES: list[Any] = [
    True, -1, 1e14, 1e308, 10**30, 5e-324, "x" * 65_536, "1e400", "NaN", "sNaN", "1_0", "\u0663", "\u00b2", "2030-13-45", "9999-12-31",
    "25:00", "+1555", "a@b", ["A", "zz"], [None], [True], [{}], ["A"] * 300, {"a": "x"}, {"a": {"b": 1e300}}, {"x" * 300: 1},
    {"gte": 1e300}, {UNKNOWN: {"name": 5, "size": 10**30}}, [[[[[[1]]]]]],
]  # fmt: skip


@pytest.mark.parametrize("kind", [code for code, _ in TYPES])
def test_whatever_a_custom_field_takes_can_be_read_again(world, kind):
    path = f"/contacts/{world.ids['contact']}"
    for value in VALUES:
        answer = world.ask(
            "PUT", path, json.dumps({"customFields": [{"id": world.fields[kind].pk, "field_value": value}]})
        )
        if answer.status_code == 200:
            assert world.ask("GET", path).status_code == 200
            assert world.ask("GET", f"/contacts/?locationId={world.place}").status_code == 200
        else:
            assert world.fields[kind].pk in str(answer.json()["message"]) or "customFields" in str(
                answer.json()["message"]
            )


FILTERS: list[tuple[str, str, Any]] = [
    ("dateAdded", "range", {"lte": "9999-12-31"}),
    ("dateAdded", "range", {"gte": 1e300, "lt": -1e300}),
    ("dateUpdated", "range", {"gt": "0001-01-01T00:00:00+14:00"}),
    ("dateOfBirth", "range", {"lte": -62135596800000}),
    ("dateOfBirth", "range", {"gte": "\u0669\u0669\u0669\u0669-\u0660\u0661-\u0660\u0661"}),
    ("DATE", "range", {"lte": -62135596800000}),
    ("DATE", "range", {"gte": True}),
    ("NUMERICAL", "eq", "sNaN"),
    ("NUMERICAL", "not_eq", ["1", "NaN"]),
    ("MONETORY", "range", {"gt": "1e400"}),
    ("FLOAT", "range", {"gt": 10**30}),
    ("TEXT", "contains", "%_\\"),
    ("SINGLE_OPTIONS", "eq", {"a": 1}),
    ("CHECKBOX", "eq", [1, True, "A"]),
    ("TEXTBOX_LIST.a", "contains", "x"),
    ("TEXTBOX_LIST.contains", "contains", "x"),
    ("TEXTBOX_LIST.a__iexact", "eq", 5),
    ("TEXTBOX_LIST.isnull", "exists", None),
    ("TEXT.a", "eq", "x"),
    ("tags", "contains", ["%", "_", ""]),
    ("phone", "eq", ["5.55E+09", "\u0663", ""]),
    ("email", "eq", [1, 2.5, False]),
    ("assignedTo", "eq", ["me", "unassigned", "\U0001f600"]),
    ("id", "eq", ["", "x", 5]),
    ("opportunities", "nested", [[[{}]]]),
    ("customFields.", "eq", "x"),
    ("location", "eq", "x"),
    ("pk__in", "eq", "x"),
    ("x" * 5000, "eq", "x"),
    ("city", "__", "x"),
    ("city", "eq", "x" * 76),
    ("city", "eq", []),
    ("city", "eq", ["x"] * 101),
]


@pytest.mark.parametrize(
    ("field", "operator", "value"), FILTERS, ids=[f"{name[:20]} {operator}" for name, operator, _ in FILTERS]
)
def test_a_hostile_filter_finds_something_or_is_refused_in_a_sentence(world, field, operator, value):
    kind, _, box = field.partition(".")
    if kind in world.fields:
        field = f"customFields.{world.fields[kind].pk}" + (f".{box}" if box else "")
    condition = {"field": field, "operator": operator, "value": value}
    body = {"locationId": world.place, "pageLimit": 1, "filters": [condition]}
    answer = world.ask("POST", "/contacts/search", json.dumps(body))
    assert answer.status_code in (200, 400)


def test_a_box_called_like_a_look_up_is_a_box(world):
    field = CustomField.record_new(
        name="Odd",
        key="odd",
        type="TEXTBOX_LIST",
        options=[{"key": "a__contains", "label": "One"}, {"key": "isnull", "label": "Two"}],
    )
    made = make.contact("Boxed", custom={field.pk: {"a__contains": "Hello", "isnull": "World"}})
    for key, value in (("a__contains", "hell"), ("isnull", "world")):
        condition = {"field": f"customFields.{field.pk}.{key}", "operator": "contains", "value": value}
        found = world.ask(
            "POST", "/contacts/search", {"locationId": world.place, "pageLimit": 5, "filters": [condition]}
        ).json()
        assert [contact["id"] for contact in found["contacts"]] == [made.pk]


def test_filters_too_deep_or_too_many_are_refused(world):
    leaf: dict[str, Any] = {"field": "city", "operator": "eq", "value": "x"}
    nested = leaf
    for _ in range(30):
        nested = {"group": "OR", "filters": [nested]}
    for filters in (
        [nested],
        [leaf] * 26,
        [leaf] * 101,
        [{"group": "AND", "filters": []}] * 11,
        [{"group": ["AND"], "filters": [leaf]}],
    ):
        answer = world.ask("POST", "/contacts/search", {"locationId": world.place, "pageLimit": 1, "filters": filters})
        assert answer.status_code in (400, 422)


@pytest.mark.parametrize("field", ["firstNameLowerCase", "dateAdded", "dnd", "businessName"])
def test_a_made_up_cursor_is_refused_or_begins_somewhere(world, field):
    sort = [{"field": field, "direction": "asc"}]
    for first in (
        None,
        True,
        1e300,
        -1e20,
        253402300800000,
        "x\x00",
        "9999-12-31T23:59:59-14:00",
        {"a": 1},
        [1],
        "\U0001f600" * 2000,
    ):
        for cursor in ([first, UNKNOWN], [first, first], first, [first]):
            body = {"locationId": world.place, "pageLimit": 1, "sort": sort, "searchAfter": cursor}
            assert world.ask("POST", "/contacts/search", json.dumps(body)).status_code in (200, 400, 422)


def test_a_list_cursor_that_names_nobody_is_refused_rather_than_starting_over(world):
    for pk in (UNKNOWN, world.stranger.pk):
        answer = world.ask("GET", f"/contacts/?locationId={world.place}&startAfterId={pk}")
        assert answer.status_code == 400 and "startAfterId" in answer.json()["message"]


def test_other_tenants_ids_are_refused_in_every_place(world, cast, as_):
    with as_(cast.charlie, cast.globex_location):
        theirs = make.business("Theirs").pk
        tag = world.stranger.tag("secret") and Tag.objects.get().pk
        field = CustomField.record_new(name="Secret", key="secret", type="TEXT").pk
        note, task = make.note(world.stranger).pk, make.task(world.stranger).pk
    contact, place, here = f"/contacts/{world.ids['contact']}", world.place, f"/locations/{world.place}"
    asked: list[tuple[str, str, Any, int]] = [
        ("POST", "/contacts/", {"locationId": cast.globex_location.pk, "firstName": "X"}, 403),
        ("POST", "/contacts/", {"locationId": cast.elsewhere.pk, "firstName": "X"}, 403),
        ("POST", "/contacts/", {"locationId": place, "firstName": "X", "assignedTo": cast.charlie.pk}, 422),
        ("PUT", contact, {"assignedTo": cast.charlie.pk}, 422),
        ("PUT", contact, {"customFields": [{"id": field, "field_value": "x"}]}, 422),
        ("POST", "/contacts/upsert", {"locationId": place, "email": "a@b.test", "customFields": [{"id": field}]}, 422),
        ("GET", f"{contact}/notes/{note}", None, 404),
        ("PUT", f"{contact}/tasks/{task}", {"title": "Mine"}, 404),
        ("PUT", f"{contact}/tasks/{world.ids['task']}", {"assignedTo": cast.charlie.pk}, 422),
        ("DELETE", f"/contacts/{world.stranger.pk}/notes/{note}", None, 404),
        ("POST", f"{contact}/followers", {"followers": [cast.charlie.pk]}, 422),
        ("POST", "/contacts/bulk/business", {"locationId": place, "ids": [world.stranger.pk], "businessId": None}, 404),
        (
            "POST",
            "/contacts/bulk/business",
            {"locationId": place, "ids": [world.ids["contact"]], "businessId": theirs},
            404,
        ),
        ("GET", f"/contacts/business/{theirs}?locationId={place}", None, 404),
        ("GET", f"/contacts/?locationId={cast.globex_location.pk}", None, 403),
        ("POST", "/contacts/search", {"locationId": cast.globex_location.pk, "pageLimit": 1}, 403),
        ("GET", f"/contacts/{world.ids['contact']}?locationId={cast.globex_location.pk}", None, 403),
        ("PUT", f"/businesses/{theirs}", {"name": "Mine"}, 404),
        ("DELETE", f"/businesses/{theirs}", None, 404),
        ("PUT", f"{here}/tags/{tag}", {"name": "mine"}, 404),
        ("DELETE", f"{here}/tags/{tag}", None, 404),
        ("GET", f"{here}/customFields/{field}", None, 404),
        ("DELETE", f"{here}/customFields/{field}", None, 404),
        ("GET", f"/locations/{cast.globex_location.pk}/tags", None, 403),
        ("GET", f"/locations/{cast.elsewhere.pk}/customValues", None, 403),
    ]
    for method, path, body, status in asked:
        assert world.ask(method, path, body).status_code == status, (method, path, body)
    noted = world.ask("POST", f"{contact}/notes", {"body": "x", "userId": cast.charlie.pk}).json()["note"]
    assert noted["userId"] == "" and Note.objects.get(pk=noted["id"]).user is None
    search = {"contactId": [world.stranger.pk], "assignedTo": [cast.charlie.pk]}
    assert world.ask("POST", f"{here}/tasks/search", search).json()["tasks"] == []
    bulk = {"contacts": [world.stranger.pk, UNKNOWN], "tags": ["x"], "locationId": place, "removeAllTags": True}
    assert world.ask("POST", "/contacts/bulk/tags/update/add", bulk).json()["errorCount"] == 2
    with as_(cast.charlie, cast.globex_location):
        assert Contact.objects.get().tag_names() == ["secret"]


def test_an_empty_assignee_is_nobody(world):
    path = f"/contacts/{world.ids['contact']}/tasks"
    body = {"title": "Call", "dueDate": "2030-01-01T00:00:00Z", "assignedTo": ""}
    made = world.ask("POST", path, body)
    assert made.status_code == 201 and made.json()["task"]["assignedTo"] == ""
    assert world.ask("PUT", f"{path}/{made.json()['task']['id']}", {"assignedTo": ""}).status_code == 200
    assert Task.objects.get(pk=made.json()["task"]["id"]).assigned_to is None


def test_a_tag_that_grows_too_long_in_lower_case_leaves_the_contact_as_it_was(world):
    ben = make.contact("Ben", tags=("one",))
    body = {"contacts": [ben.pk], "tags": ["two", "\u0130" * 60], "locationId": world.place, "removeAllTags": True}
    answer = world.ask("POST", "/contacts/bulk/tags/update/add", body).json()
    assert answer["errorCount"] == 1 and answer["responses"][0]["type"] == "error"
    assert Contact.objects.get(pk=ben.pk).tag_names() == ["one"] and not Tag.objects.filter(name="two").exists()
