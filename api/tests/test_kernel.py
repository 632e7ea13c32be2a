"""The kernel, tried on a resource of its own, mounted at the real place."""

from __future__ import annotations

import pytest

from api.bodies import Body
from api.fields import Anything, Date, Email, Flag, Id, List, Moment, Nested, Number, OneOf, Text, Url
from api.pagination import page_or_search_after, skip_limit
from api.resources import Resource, operation
from api.routes import Tree, route
from core.errors import Forbidden, Invalid, Refused
from oauth.tests.make import ApiClient, api


class Part(Body):
    id = Id(required=True)
    value = Anything(str, int, float, bool, list, null=True)


class ThingBody(Body):
    name = Text(10, required=True)
    locationId = Id()
    companyId = Id()
    email = Email(null=True)
    site = Url()
    kind = OneOf("lead", "customer")
    size = Number(least=1, most=500, whole=True)
    done = Flag()
    when = Moment()
    born = Date()
    tags = List(Text(5), most=3)
    parts = List(Nested(Part), most=3)
    free = Anything(dict, list, most=10, deepest=2)
    firstName = Text(to="first_name")


class ThingQuery(skip_limit(20, 100)):
    locationId = Id(required=True)
    ids = List(Id())
    done = Flag()


class Things(Resource):
    reads, writes = "contacts.readonly", "contacts.write"

    @operation(query=ThingQuery)
    def get(self, request):
        return {"query": self.query}

    @operation(body=ThingBody, status=201)
    def post(self, request):
        return {"body": self.body}

    @operation(body=page_or_search_after(500), scope="contacts.readonly")
    def put(self, request):
        return {"body": self.body}

    def delete(self, request):
        raise Refused("This location does not allow it.", meta={"id": "x"})


class Thing(Resource):
    reads, writes = "contacts.readonly", "contacts.write"

    def get(self, request, thing):
        if thing == "boom":
            raise RuntimeError("secret")
        if thing == "list":
            return [1, 2]
        if thing == "forbidden":
            raise Forbidden("Not this one.")
        if thing == "invalid":
            raise Invalid({"first_name": "Enter less.", "": "Neither."})
        from contacts.models import Contact

        return {"contact": self.find(Contact.objects.all(), thing, "Contact").first_name}

    @operation(trace=False)
    def post(self, request, thing):
        return {"static": False}

    @operation(status=204)
    def delete(self, request, thing):
        return None


class Special(Resource):
    any_scope = True

    def post(self, request):
        return {"static": True}


class Either(Resource):
    any_scope = True
    access = "either"

    def get(self, request, location=None):
        from core import scope

        return {
            "location": scope.current().location_id,
            "company": scope.current().company_id,
            "kind": scope.current().actor.kind,
        }


class AgencyOnly(Resource):
    any_scope = True
    access = "agency-only"

    def get(self, request):
        return {}


class Agency(AgencyOnly):
    access = "agency"


ROUTES = [
    route("kernel/things", Things, GET="get-things", POST="create-thing", PUT="page-things", DELETE="delete-things"),
    route("kernel/things/<id:thing>", Thing, GET="get-thing", POST="post-thing", DELETE="delete-thing"),
    route("kernel/things/special", Special, POST="special-thing"),
    route("kernel/either", Either, GET="either"),
    route("kernel/either/<id:location>", Either, GET="either-at"),
    route("kernel/agency-only", AgencyOnly, GET="agency-only"),
    route("kernel/agency", Agency, GET="agency"),
]


@pytest.fixture(autouse=True)
def _mounted():
    from hoopai import api_urls

    tree: Tree = api_urls.urlpatterns[0]
    before = tree.root.static.pop("kernel", None)
    for one in ROUTES:
        tree.add(one)
    yield
    tree.root.static.pop("kernel")
    assert before is None


@pytest.fixture
def client(cast) -> ApiClient:
    return api(cast.location)


def error(answer, status, message=None):
    found = answer.json()
    assert answer.status_code == status, found
    assert answer["Content-Type"] == "application/json"
    assert found["statusCode"] == status and found["traceId"] and found["error"]
    if message is not None:
        assert found["message"] == message
    return found


def test_unknown_paths_and_methods_answer_cannot_with_the_path_and_query_as_received(client):
    error(client.get("/kernel/nothing?x=1&y=%20"), 404, "Cannot GET /kernel/nothing?x=1&y=%20")
    error(client.patch("/kernel/things?a=b"), 404, "Cannot PATCH /kernel/things?a=b")
    error(client.send("PURGE", "/kernel/things"), 404, "Cannot PURGE /kernel/things")
    assert "X-RateLimit-Remaining" in client.get("/nowhere")


def test_unknown_paths_do_not_ask_for_a_token(client):
    error(client.get("/kernel/nothing", token="", version=None), 404, "Cannot GET /kernel/nothing")


def test_a_trailing_slash_is_optional_and_never_redirected(client):
    for path in ("/kernel/things/special", "/kernel/things/special/"):
        assert client.post(path).status_code == 200
    error(client.post("/kernel/things/special//"), 404)


def test_static_paths_win_over_parameters(client):
    assert client.post("/kernel/things/special").json()["static"] is True
    assert client.post("/kernel/things/other").json() == {"static": False}


def test_version_comes_before_the_token(client):
    error(client.get("/kernel/things", token="", version=None), 400, "version header was not found.")
    error(client.get("/kernel/things", version="2020-01-01"), 400, "version header is invalid")
    for version in ("2021-04-15", "2021-07-28", "2023-02-21", "v3"):
        assert client.post("/kernel/things/special", version=version).status_code == 200


def test_a_missing_or_unknown_token_is_401(client):
    assert error(client.get("/kernel/things", token=""), 401, "Invalid JWT")["error"] == "Unauthorized"
    error(client.get("/kernel/things", token="x" * 5000), 401, "Invalid JWT")
    error(
        client.get("/kernel/things", token="pit-00000000-0000-0000-0000-000000000000"),
        401,
        "Invalid Private Integration token",
    )
    error(client.get("/kernel/things", headers={"Authorization": "Basic abc"}), 401, "Invalid JWT")


def test_class_of_token_comes_before_scope_and_scope_before_owner(cast):
    reader = api(cast.location, scopes="contacts.readonly")
    error(reader.get("/kernel/agency"), 401, "This authClass type is not allowed to access this scope.")
    error(
        reader.post("/kernel/things", {"locationId": cast.globex_location.pk}),
        403,
        "The token is not authorized for this scope.",
    )
    assert reader.put("/kernel/things", {"pageLimit": 1}).status_code == 200


def test_private_integrations_do_not_open_operations_that_want_an_app(cast):
    error(api(company=cast.company).get("/kernel/agency-only"), 401)
    assert api(company=cast.company).get("/kernel/agency").status_code == 200


@pytest.mark.parametrize("where", ["query", "body", "path", "company", "altId"])
def test_a_location_or_company_that_is_not_the_tokens_is_403(cast, client, where):
    other = cast.globex_location.pk
    answers = {
        "query": lambda: client.get("/kernel/things", {"locationId": other, "limit": "nonsense"}),
        "body": lambda: client.post("/kernel/things", {"locationId": other, "nonsense": 1}),
        "path": lambda: client.get(f"/kernel/either/{other}"),
        "company": lambda: client.post("/kernel/things", {"companyId": cast.globex.pk}),
        "altId": lambda: client.get("/kernel/things", {"altId": other, "altType": "location"}),
    }
    error(answers[where](), 403, "The token does not have access to this location.")


def test_an_agency_token_may_name_its_own_locations_only(cast):
    agency = api(company=cast.company)
    assert agency.get(f"/kernel/either/{cast.elsewhere.pk}").json()["location"] == cast.elsewhere.pk
    assert agency.get("/kernel/either").json()["location"] is None
    error(agency.get(f"/kernel/either/{cast.globex_location.pk}"), 403)
    error(agency.get(f"/kernel/either/{cast.location.pk}?locationId={cast.globex_location.pk}"), 403)


def test_header_location_ids_select_nothing(cast, client):
    answer = client.get("/kernel/either", headers={"locationId": cast.globex_location.pk})
    assert answer.json()["location"] == cast.location.pk
    assert answer.json()["kind"] == "token"


@pytest.mark.parametrize(
    ("body", "sentences"),
    [
        ({}, ["name should not be empty", "name must be a string"]),
        ({"name": ""}, ["name should not be empty"]),
        ({"name": 5}, ["name must be a string"]),
        ({"name": "x" * 11}, ["name must be shorter than or equal to 10 characters"]),
        ({"name": "a\x00b"}, ["name must not contain NUL characters"]),
        ({"name": "a", "nonsense": 1}, ["property nonsense should not exist"]),
        ({"name": "a", "email": "no"}, ["email must be an email"]),
        ({"name": "a", "site": "not a site"}, ["site must be a URL address"]),
        ({"name": "a", "kind": "x"}, ["kind must be one of the following values: lead, customer"]),
        ({"name": "a", "size": "5"}, ["size must be a number conforming to the specified constraints"]),
        ({"name": "a", "size": True}, ["size must be a number conforming to the specified constraints"]),
        ({"name": "a", "size": 0}, ["size must not be less than 1"]),
        ({"name": "a", "size": 501}, ["size must not be greater than 500"]),
        ({"name": "a", "size": 1.5}, ["size must be an integer number"]),
        ({"name": "a", "done": "true"}, ["done must be a boolean value"]),
        ({"name": "a", "when": "soon"}, ["when must be a valid ISO 8601 date string"]),
        ({"name": "a", "born": "1990-13-01"}, ["born must be a valid ISO 8601 date string"]),
        ({"name": "a", "tags": "x"}, ["tags must be an array"]),
        ({"name": "a", "tags": [1, 2]}, ["each value in tags must be a string"]),
        ({"name": "a", "tags": [None]}, ["each value in tags must be a string"]),
        ({"name": "a", "tags": ["a"] * 4}, ["tags must contain no more than 3 elements"]),
        ({"name": "a", "parts": [{"value": 1}]}, ["parts.0.id should not be empty", "parts.0.id must be a string"]),
        ({"name": "a", "parts": [{"id": "1", "x": 1}]}, ["property parts.0.x should not exist"]),
        ({"name": "a", "parts": [5]}, ["parts.0 must be an object"]),
        ({"name": "a", "free": 5}, ["free must be an object or an array"]),
        ({"name": "a", "free": [[[[1]]]]}, ["free must not be nested deeper than 2 levels"]),
        ({"name": "a", "free": list(range(11))}, ["free must not hold more than 10 values"]),
        ({"name": "a", "free": {"a": "\x00"}}, ["free must not contain NUL characters"]),
        ([], ["body must be an object"]),
        ("text", ["body must be an object"]),
    ],
)
def test_every_fault_of_a_body_is_a_sentence_that_names_the_member(client, body, sentences):
    import orjson

    error(client.post("/kernel/things", orjson.dumps(body)), 422, sentences)


def test_a_good_body_arrives_as_python(client):
    answer = client.post(
        "/kernel/things",
        {
            "name": "a", "email": None, "site": "example.com", "kind": "LEAD", "size": 5, "done": False,
            "firstName": "Ann",
            "when": "2030-01-01T10:00:00+02:00", "born": "09/25/1990", "tags": ["x"],
            "parts": [{"id": "1", "value": None}], "free": {"a": [1]},
        },
    )  # fmt: skip
    assert answer.status_code == 201
    assert answer.json()["body"] == {
        "name": "a", "email": None, "site": "example.com", "kind": "lead", "size": 5, "done": False,
        "first_name": "Ann",
        "when": "2030-01-01T08:00:00.000Z", "born": "1990-09-25", "tags": ["x"],
        "parts": [{"id": "1", "value": None}], "free": {"a": [1]},
    }  # fmt: skip
    assert answer.json()["traceId"] == answer["X-Request-Id"]


def test_null_on_a_member_that_takes_none_counts_as_absent(client):
    assert client.post("/kernel/things", {"name": "a", "size": None}).json()["body"] == {"name": "a"}
    error(client.post("/kernel/things", {"name": None}), 422)


@pytest.mark.parametrize("raw", [b"{", b'{"a":}', b"\xff\xfe", b"[" * 3000, b'{"a": NaN}', b'{"a":"\\ud800"}'])
def test_malformed_json_is_400_in_one_sentence(client, raw):
    assert error(client.post("/kernel/things", raw), 400)["message"].startswith("Unexpected ")


def test_a_body_beyond_the_cap_is_413(client):
    error(client.post("/kernel/things", b'{"name":"' + b"x" * (5 * 1024 * 1024) + b'"}'), 413)


def test_an_absent_body_is_never_parsed(client):
    assert client.get("/kernel/either", content_type="application/json").status_code == 200
    assert client.delete("/kernel/things/x", content_type="application/json").status_code == 204
    error(client.post("/kernel/things"), 422, ["name should not be empty", "name must be a string"])


def test_forms_are_read_and_multipart_is_refused(client):
    answer = client.post("/kernel/things", "name=a&tags[]=x&tags[]=y", content_type="application/x-www-form-urlencoded")
    assert answer.json()["body"] == {"name": "a", "tags": ["x", "y"]}
    boundary = '--b\r\nContent-Disposition: form-data; name="name"\r\n\r\na\r\n--b--\r\n'
    error(client.post("/kernel/things", boundary, content_type="multipart/form-data; boundary=b"), 422)


def test_queries_read_arrays_in_three_spellings_and_ignore_what_they_do_not_know(cast, client):
    for spelled in ("ids[]=a&ids[]=b", "ids=a&ids=b", "ids=a,b"):
        answer = client.get(f"/kernel/things?locationId={cast.location.pk}&{spelled}&unknown=1&done=1&limit=7")
        assert answer.json()["query"] == {
            "locationId": cast.location.pk,
            "ids": ["a", "b"],
            "done": True,
            "limit": 7,
            "skip": 0,
        }


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("limit=many", "limit must be a number conforming to the specified constraints"),
        ("limit=101", "limit must not be greater than 100"),
        ("limit=0", "limit must not be less than 1"),
        ("skip=-1", "skip must not be less than 0"),
        ("limit=1e999", "limit must be a number conforming to the specified constraints"),
        ("done=perhaps", "done must be a boolean value"),
    ],
)
def test_a_query_that_cannot_be_read_is_422(cast, client, query, sentence):
    error(client.get(f"/kernel/things?locationId={cast.location.pk}&{query}"), 422, [sentence])


def test_a_required_member_of_a_query_is_asked_for(client):
    error(client.get("/kernel/things"), 422, ["locationId should not be empty", "locationId must be a string"])


def test_page_and_search_after_do_not_go_together(client):
    error(
        client.put("/kernel/things", {"pageLimit": 1, "page": 1, "searchAfter": [1, "a"]}),
        422,
        ["page must not be used together with searchAfter"],
    )
    error(client.put("/kernel/things", {"pageLimit": 500, "page": 21}), 422)
    assert client.put("/kernel/things", {"pageLimit": "20"}).json()["body"]["pageLimit"] == 20


def test_problems_become_their_status_and_their_extra_is_merged(client):
    found = error(client.delete("/kernel/things"), 400, "This location does not allow it.")
    assert found["meta"] == {"id": "x"} and found["error"] == "Bad Request"
    error(client.get("/kernel/things/forbidden"), 403, "Not this one.")
    error(client.get("/kernel/things/invalid"), 422, ["firstName: Enter less.", "Neither."])


def test_an_unknown_object_is_404_in_a_sentence_that_does_not_start_with_cannot(client):
    for thing in ("zzzzzzzzzzzzzzzzzzzz", "not-an-id", "%F0%9F%98%80"):
        assert error(client.get(f"/kernel/things/{thing}"), 404)["message"].endswith("not found")


def test_another_tenants_object_is_404(cast, client):
    from accounts import current
    from contacts.tests import make

    with current.at(cast.globex_location):
        other = make.contact("Greg")
    error(client.get(f"/kernel/things/{other.pk}"), 404, f"Contact with id {other.pk} not found")


def test_an_unexpected_error_is_500_with_a_trace_id_and_nothing_of_the_cause(client, caplog):
    answer = client.get("/kernel/things/boom")
    found = error(answer, 500, "Internal Server Error")
    assert "secret" not in str(found) and "secret" in caplog.text


def test_trace_ids_are_put_into_objects_only(client):
    assert client.get("/kernel/things/list").json() == [1, 2]
    assert "traceId" in client.get("/kernel/either").json()


def test_operation_ids_are_shown_in_test_mode(client, settings):
    assert "X-Operation-Id" not in client.get("/kernel/either")
    settings.API_SHOW_OPERATION = True
    assert client.get("/kernel/either")["X-Operation-Id"] == "either"
    assert client.get("/kernel/things", token="")["X-Operation-Id"] == "get-things"


def test_a_resource_without_scopes_is_refused_when_it_is_written():
    with pytest.raises(TypeError, match="names no scope"):
        type("Open", (Resource,), {"get": lambda self, request: {}})
    with pytest.raises(TypeError, match="no access class"):
        type("Odd", (Resource,), {"get": lambda self, request: {}, "any_scope": True, "access": "anyone"})
    with pytest.raises(TypeError, match="has no POST"):
        route("x", Either, POST="x")
