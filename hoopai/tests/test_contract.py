"""Our routes against the published documents: what is built answers as published, what is not is on the list."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from api import contract
from api.contract import Published
from hoopai import urls
from hoopai.problems import PAGES
from oauth.tests.make import ApiClient, private_integration

WHERE = contract.folder()
EVERY = contract.published(WHERE) if WHERE else []
pytestmark = pytest.mark.skipif(
    WHERE is None, reason="no published documents here: set HIGHLEVEL_CONTRACT to their folder"
)

# Where the documents are wrong, silent, or contradict what clients rely on.
WIDER_ACCESS = {
    "POST /objects/": "either",  # whoever may define objects by hand may do it with their own token
    "GET /locations/{locationId}/timezones": "either",
}  # an agency's token reads its locations elsewhere too
NOT_READ = {
    "PUT /locations/{locationId}": {"twilio", "mailgun", "snapshot"},  # credentials of other people's services
    "POST /locations/": {"twilio", "mailgun", "snapshotId"},
}
UNTYPED = {"scopes", "searchAfter"}  # declared a string, an array everywhere else; declared numbers, told with an id


def built() -> list[Published]:
    return [one for one in EVERY if contract.route_of(one) is not None]


def test_what_is_not_built_is_on_the_list_and_nothing_else_is():
    missing = {str(one) for one in EVERY if contract.route_of(one) is None}
    assert missing == contract.unbuilt(), "renew the list with: bin/manage contract --write"


def test_operations_keep_their_published_ids():
    ours = {str(one): contract.route_of(one).operations[one.method] for one in built()}
    wrong = {str(one): ours[str(one)] for one in built() if ours[str(one)] != one.id}
    assert wrong == {}


def test_operations_want_the_published_class_of_token_and_scope():
    wrong = {}
    for one in built():
        route = contract.route_of(one)
        told = route.resource.methods[one.method]
        if route.resource.public:
            if one.access is not None:
                wrong[str(one)] = "public"
            continue
        if told.access != WIDER_ACCESS.get(str(one), one.access or "location"):
            wrong[str(one)] = f"{told.access} instead of {one.access}"
        if one.scopes and told.scope not in one.scopes:
            wrong[str(one)] = f"{told.scope} instead of {one.scopes}"
    assert wrong == {}


def test_operations_answer_with_a_published_status():
    wrong = {}
    for one in built():
        status = contract.route_of(one).resource.methods[one.method].status
        if one.statuses and status not in one.statuses:
            wrong[str(one)] = f"{status} instead of {one.statuses}"
    assert wrong == {}


def test_every_published_member_of_a_body_and_required_one_of_a_query_is_read():
    wrong: dict[str, Any] = {}
    for one in built():
        told = contract.route_of(one).resource.methods[one.method]
        body = set(told.body.spellings) if told.body else set()
        left_out = one.body_members - body - NOT_READ.get(str(one), set())
        if left_out and told.body is not None and not told.body.open:
            wrong[str(one)] = left_out
        query = set(told.query.spellings) if told.query else set()
        if missing := one.required_query - query:
            wrong[f"{one} query"] = missing
    assert wrong == {}


def lenient(one: Published, schema: Any, depth: int = 0) -> dict[str, Any]:
    """A published schema as JSON Schema, read kindly: optional members may be null, and where the type and the
    example of a member contradict each other, either holds."""
    schema = one.resolve(schema)
    if depth > 8 or not schema:
        return {}
    found: dict[str, Any] = {}
    kind, example = schema.get("type"), schema.get("example")
    types = {"string": str, "number": (int, float), "integer": int, "boolean": bool, "array": list, "object": dict}
    scalar_object = kind == "object" and not schema.get("properties")
    contradicted = example is not None and kind in types and not isinstance(example, types[kind])
    if kind in types and not scalar_object and not contradicted:
        found["type"] = [kind, "null"] if depth else kind
    if isinstance(schema.get("properties"), dict) and not contradicted:
        found["properties"] = {
            name: lenient(one, member, depth + 1)
            for name, member in schema["properties"].items()
            if name not in UNTYPED
        }
        required = schema.get("required")
        if isinstance(required, list):
            found["required"] = [name for name in required if name in schema["properties"]]
    items = one.resolve(schema.get("items"))
    if items and items.get("type") != "array" and not contradicted:
        found["items"] = lenient(one, items, depth + 1)
    return found


def test_the_documented_answers_fit_the_published_schemas():
    wrong = {}
    for one in built():
        told = contract.route_of(one).resource.methods[one.method]
        schema = one.answer(told.status)
        if schema is None or told.example is None:
            continue
        faults = Draft202012Validator(lenient(one, schema)).iter_errors(told.example)
        found = [f"{'/'.join(map(str, fault.absolute_path))}: {fault.message[:100]}" for fault in faults]
        if found:
            wrong[str(one)] = found[:3]
    assert wrong == {}


def test_every_operation_built_refuses_a_body_member_that_does_not_exist(cast):
    """Over HTTP, with every scope and ids of nobody: validation comes before existence."""
    location, agency = private_integration(cast.location)[1], private_integration(company=cast.company)[1]
    wrong = {}
    for one in built():
        route = contract.route_of(one)
        told = route.resource.methods[one.method]
        if told.body is None or told.body.open or told.access.endswith("-only") or route.resource.public:
            continue
        path = one.path.replace("{locationId}", cast.location.pk).replace("{companyId}", cast.company.pk)
        path = contract.PARAMETER.sub(contract.SAMPLE, path)
        token = agency if told.access == "agency" else location
        answer = ApiClient(token).send(one.method, path, {"nonsenseMember": 1})
        if answer.status_code != 422 or "property nonsenseMember should not exist" not in answer.json()["message"]:
            wrong[str(one)] = answer.content[:200]
    assert wrong == {}


def test_every_operation_built_is_404_or_empty_for_ids_of_nobody_and_never_500(cast):
    location, agency = private_integration(cast.location)[1], private_integration(company=cast.company)[1]
    wrong = {}
    for one in built():
        route = contract.route_of(one)
        told = route.resource.methods[one.method]
        if one.method not in ("GET", "DELETE") or told.access.endswith("-only"):
            continue
        path = contract.PARAMETER.sub(contract.SAMPLE, one.path)
        token = agency if told.access == "agency" else location
        answer = ApiClient(token).send(one.method, path)
        if answer.status_code not in (200, 403, 404, 422) or str(answer.json().get("message", "")).startswith("Cannot"):
            wrong[str(one)] = answer.content[:200]
    assert wrong == {}


def test_no_page_has_a_prefix_of_the_contract():
    taken = {one.path.split("/")[1] for one in EVERY}
    prefixes = {prefix.strip("/").split("/")[0] for prefix in PAGES}
    prefixes |= {str(one.pattern).split("/")[0] for one in urls.pages} - {"", "oauth"}
    assert not prefixes & taken
    ours = {str(one.pattern) for one in urls.pages}
    assert not ours & {one.path.strip("/") for one in EVERY}
