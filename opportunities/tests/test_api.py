"""The API's opportunities, on the wire."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qsl, urlsplit

import pytest

from accounts import current
from accounts.models.membership import actor_at
from api.errors import ApiError
from contacts.tests.make import contact, note, task
from core import clock
from core.errors import Refused
from journal.models import Entry
from oauth.tests.make import api
from objects.models import CustomField
from opportunities import dealing
from opportunities.api import filters, orders, shapes
from opportunities.models import Opportunity
from opportunities.tests import make


@pytest.fixture
def client(cast):
    return api(cast.location)


def body_for(cast, **more):
    sales = make.pipeline()
    ann = contact("Ann", last_name="Lee", email="ann@example.com", tags=("vip",))
    return {
        "pipelineId": sales.pk,
        "locationId": cast.location.pk,
        "name": "Website",
        "status": "open",
        "contactId": ann.pk,
        **more,
    }


def test_create_answers_the_opportunity_with_its_contact(cast, client):
    field = CustomField.record_new(model="opportunity", name="Size", key="size", type="NUMERICAL")
    body = body_for(
        cast, monetaryValue=220.5, assignedTo=cast.dora.pk, customFields=[{"key": "opportunity.size", "field_value": 3}]
    )
    answer = client.post("/opportunities/", body)
    assert answer.status_code == 201, answer.json()
    row = answer.json()["opportunity"]
    stage = make.stages(Opportunity.objects.get().pipeline)[0]
    assert row["pipelineStageId"] == stage.pk and row["monetaryValue"] == 220.5 and row["assignedTo"] == cast.dora.pk
    assert row["contact"] == {
        "id": body["contactId"], "name": "Ann Lee", "email": "ann@example.com", "tags": ["vip"],
    }  # fmt: skip
    assert row["customFields"] == [{"id": field.pk, "fieldValue": 3, "type": "number", "fieldValueNumber": 3}]
    assert client.get(f"/opportunities/{row['id']}").json()["opportunity"] == row
    assert "notes" not in row


@pytest.mark.parametrize(("change", "sentence"), [
    ({"status": "all"}, "status must be one of the following values: open, won, lost, abandoned"),
    ({"name": None}, "name should not be empty"),
    ({"monetaryValue": -1}, "monetaryValue must not be less than 0"),
    ({"nonsense": 1}, "property nonsense should not exist"),
    ({"pipelineId": "zzzzzzzzzzzzzzzzzzzz"}, "pipelineId: there is no such pipeline"),
    ({"customFields": [{"id": "zzzzzzzzzzzzzzzzzzzz", "field_value": 1}]}, "no such custom field"),
])  # fmt: skip
def test_a_bad_body_is_422_and_writes_nothing(cast, client, change, sentence):
    body = body_for(cast) | change
    before = Entry.objects.count()
    answer = client.post("/opportunities/", {name: value for name, value in body.items() if value is not None})
    assert answer.status_code == 422 and any(sentence in one for one in answer.json()["message"]), answer.json()
    assert not Opportunity.objects.exists() and Entry.objects.count() == before


def test_a_contact_that_nobody_knows_is_refused(cast, client):
    answer = client.post("/opportunities/", {**body_for(cast), "contactId": "zzzzzzzzzzzzzzzzzzzz"})
    assert answer.status_code == 400 and answer.json()["message"] == "Contact with id zzzzzzzzzzzzzzzzzzzz not found"
    assert not Opportunity.objects.exists()


def test_a_second_create_moves_the_first_where_duplicates_are_not_wanted(cast, client):
    body = body_for(cast)
    first = client.post("/opportunities/", body).json()["opportunity"]
    stage = make.stages(Opportunity.objects.get().pipeline)[3]
    second = client.post("/opportunities/", {**body, "pipelineStageId": stage.pk}).json()["opportunity"]
    assert second["id"] == first["id"] and second["pipelineStageId"] == stage.pk
    cast.location.change(allow_duplicate_opportunities=True)
    third = client.post("/opportunities/", body)
    assert third.status_code == 201 and third.json()["opportunity"]["id"] != first["id"]


def test_update_changes_only_what_is_sent(cast, client):
    row = make.opportunity(value=10, source="Fair")
    answer = client.put(f"/opportunities/{row.pk}", {"monetaryValue": 12.34, "status": "won"})
    shape = answer.json()["opportunity"]
    assert answer.status_code == 200 and (shape["monetaryValue"], shape["status"], shape["source"]) == (
        12.34, "won", "Fair",
    )  # fmt: skip
    assert client.put(f"/opportunities/{row.pk}", {"assignedTo": cast.charlie.pk}).status_code == 422
    assert client.put(f"/opportunities/{row.pk}", {"locationId": cast.location.pk}).status_code == 422


def test_delete_moves_to_the_trash(cast, client):
    row = make.opportunity()
    assert client.delete(f"/opportunities/{row.pk}").json()["succeded"] is True
    row.refresh_from_db()
    assert row.deleted_at is not None
    again = client.delete(f"/opportunities/{row.pk}")
    assert again.status_code == 404 and again.json()["message"] == f"Opportunity with id {row.pk} not found"


def test_status_with_its_reason(cast, client):
    cast.location.change(lost_reason_required=True)
    row = make.opportunity()
    refused = client.put(f"/opportunities/{row.pk}/status", {"status": "lost"})
    assert refused.status_code == 422 and refused.json()["message"] == ["lostReasonId: say why it was lost"]
    row.refresh_from_db()
    assert row.status == "open"
    reason = make.lost_reason()
    done = client.put(f"/opportunities/{row.pk}/status", {"status": "lost", "lostReasonId": reason.pk})
    assert done.status_code == 200 and done.json()["succeded"] is True
    assert client.get(f"/opportunities/{row.pk}").json()["opportunity"]["lostReasonId"] == reason.pk
    assert client.put(f"/opportunities/{row.pk}/status", {"status": "all"}).status_code == 422


def test_upsert_by_contact_then_by_id_and_its_followers(cast, client):
    body = body_for(cast)
    bare = {name: body[name] for name in ("pipelineId", "locationId", "contactId")}
    first = client.post("/opportunities/upsert", {**bare, "followers": [cast.dora.pk]})
    assert first.status_code == 200 and first.json()["new"] is True
    shape = first.json()["opportunity"]
    assert shape["followers"] == [cast.dora.pk] and shape["name"] == "Ann Lee"
    second = client.post("/opportunities/upsert", {**bare, "name": "Renamed", "followers": [cast.dora.pk],
        "followersActionType": "remove", "isRemoveAllFollowers": False})  # fmt: skip
    assert second.json()["new"] is False and second.json()["opportunity"]["name"] == "Renamed"
    assert second.json()["opportunity"]["followers"] == []
    by_id = {"id": shape["id"], "pipelineId": body["pipelineId"], "locationId": cast.location.pk, "monetaryValue": 7}
    third = client.post("/opportunities/upsert", by_id)
    assert third.json()["opportunity"]["monetaryValue"] == 7 and Opportunity.objects.count() == 1
    nobody = client.post("/opportunities/upsert", {"pipelineId": body["pipelineId"], "locationId": cast.location.pk})
    assert nobody.status_code == 422 and nobody.json()["message"] == ["contactId should not be empty"]


def test_followers_are_added_and_removed(cast, client):
    row = make.opportunity()
    added = client.post(f"/opportunities/{row.pk}/followers", {"followers": [cast.dora.pk, cast.bob.pk]})
    assert added.status_code == 201 and added.json()["followersAdded"] == [cast.dora.pk, cast.bob.pk]
    bad = client.post(f"/opportunities/{row.pk}/followers", {"followers": [cast.charlie.pk]})
    assert bad.status_code == 422
    gone = client.send("DELETE", f"/opportunities/{row.pk}/followers", {"followers": [cast.bob.pk]})
    assert gone.json()["followers"] == [cast.dora.pk] and gone.json()["followersRemoved"] == [cast.bob.pk]
    every = client.send("DELETE", f"/opportunities/{row.pk}/followers?isRemoveAllFollowers=true", {"followers": []})
    assert every.status_code == 200 and every.json()["followers"] == []


def test_pipelines_have_their_stages_as_objects(cast, client):
    sales = make.pipeline()
    make.pipeline("Gone", deleted_at=clock.now())
    answer = client.get("/opportunities/pipelines", {"locationId": cast.location.pk})
    (shape,) = answer.json()["pipelines"]
    assert shape["id"] == sales.pk and shape["colorRenderMode"] == "dot"
    assert shape["stages"][0] == {
        "id": make.stages(sales)[0].pk, "name": "New", "position": 0, "showInFunnel": True, "showInPieChart": True,
    }  # fmt: skip
    assert client.get("/opportunities/pipelines", {}).status_code == 422


def test_lost_reasons_are_searched_and_paged(cast, client):
    for name in ("Too expensive", "Chose a competitor", "No time"):
        make.lost_reason(name)
    ask = {"locationId": cast.location.pk}
    every = client.get("/opportunities/lost-reason", ask).json()
    assert [one["name"] for one in every["lostReasons"]] == ["Chose a competitor", "No time", "Too expensive"]
    assert every["total"] == 3
    part = client.get("/opportunities/lost-reason", {**ask, "query": "EXP", "skip": 0, "limit": 1}).json()
    assert [one["name"] for one in part["lostReasons"]] == ["Too expensive"] and part["total"] == 1
    assert client.get("/opportunities/lost-reason", {**ask, "deleted": "true"}).json()["lostReasons"] == []
    assert client.get("/opportunities/lost-reason", {**ask, "limit": 101}).status_code == 422


def ids_of(answer):
    assert answer.status_code == 200, answer.json()
    return [one["id"] for one in answer.json()["opportunities"]]


def test_the_list_is_narrowed_by_every_parameter(cast, client):
    sales = make.pipeline()
    other = make.pipeline("Other")
    ann = contact("Ann", email="ann@example.com", country="PT")
    first = make.opportunity("Website", contact=ann, stage=make.stages(sales)[1], assigned_to=cast.dora, status="won")
    second = make.opportunity("Shop", stage=make.stages(other)[0])
    place = cast.location.pk
    for query, found in (
        ({"pipeline_id": sales.pk}, first),
        ({"pipelineStageId": make.stages(sales)[1].pk}, first),
        ({"contact_id": ann.pk}, first),
        ({"assigned_to": cast.dora.pk}, first),
        ({"status": "won"}, first),
        ({"status": "open"}, second),
        ({"id": second.pk}, second),
        ({"country": "pt"}, first),
        ({"q": "ann@example"}, first),
        ({"q": "sho"}, second),
        ({"campaignId": "zzzzzzzzzzzzzzzzzzzz"}, None),
    ):
        assert ids_of(client.get("/opportunities/search", {"location_id": place, **query})) == (
            [found.pk] if found else []
        ), query
    assert ids_of(client.get("/opportunities/search", {"locationId": place, "status": "all"})) == [second.pk, first.pk]
    assert client.get("/opportunities/search", {"location_id": place, "order": "sideways"}).status_code == 400
    assert client.get("/opportunities/search", {"location_id": place, "limit": 101}).status_code == 422
    assert client.get("/opportunities/search", {}).status_code == 422


def test_days_of_the_list_follow_the_zone_of_the_location(cast, client):
    cast.location.change(timezone="America/New_York")
    late = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)  # still the first of March in New York
    row = make.opportunity(date_added=late)
    ask = {"location_id": cast.location.pk}
    assert ids_of(client.get("/opportunities/search", {**ask, "date": "03-01-2026", "endDate": "03-01-2026"})) == [
        row.pk
    ]
    assert ids_of(client.get("/opportunities/search", {**ask, "date": "03-02-2026"})) == []


@pytest.mark.parametrize("order", ["added_desc", "added_asc", "name_asc", "value_desc"])
def test_the_list_is_read_to_its_end_by_the_next_page_url(cast, client, order):
    rows = [make.opportunity(f"N{number % 3}", value=number % 2) for number in range(7)]
    seen, query, rounds = [], {"location_id": cast.location.pk, "limit": 3, "order": order}, 0
    while query:
        answer = client.get("/opportunities/search", query)
        seen += ids_of(answer)
        meta = answer.json()["meta"]
        assert meta["total"] == 7 and meta["currentPage"] == rounds + 1
        rounds += 1
        query = dict(parse_qsl(urlsplit(meta["nextPageUrl"]).query)) if meta["nextPageUrl"] else None
    assert rounds == 3 and sorted(seen) == sorted(row.pk for row in rows)
    assert (meta["startAfter"], meta["startAfterId"], meta["nextPage"]) == (None, None, None)
    by_page = ids_of(
        client.get("/opportunities/search", {"location_id": cast.location.pk, "limit": 3, "page": 2, "order": order})
    )
    assert by_page == seen[3:6]


def test_notes_tasks_and_events_come_only_when_asked_for(cast, client):
    row = make.opportunity()
    note(row.contact)
    task(row.contact)
    ask = {"location_id": cast.location.pk}
    assert "notes" not in client.get("/opportunities/search", ask).json()["opportunities"][0]
    shape = client.get(
        "/opportunities/search", {**ask, "getNotes": "true", "getTasks": "true", "getCalendarEvents": "true"}
    ).json()["opportunities"][0]
    assert shape["notes"][0]["body"] == "Called back." and shape["tasks"][0]["title"] == "Call back"
    assert shape["calendarEvents"] == []


def test_the_advanced_search_filters_sorts_and_goes_on(cast, client):
    field = CustomField.record_new(model="opportunity", name="Plan", key="plan", type="SINGLE_OPTIONS",
        options=[{"key": "gold", "label": "Gold"}])  # fmt: skip
    sales = make.pipeline()
    rows = [
        make.opportunity(f"Deal {number}", value=number * 10, stage=make.stages(sales)[number % 2],
            custom={field.pk: "Gold"} if number == 4 else {})
        for number in range(5)
    ]  # fmt: skip
    rows[3].set_status("won")
    place = {"locationId": cast.location.pk, "limit": 2}

    def found(*filters, **more):
        return ids_of(client.post("/opportunities/search", {**place, "limit": 50, "filters": list(filters), **more}))

    assert found({"field": "status", "operator": "eq", "value": "won"}) == [rows[3].pk]
    assert found({"field": "monetary_value", "operator": "range", "value": {"gte": 20, "lt": 40}}) == [
        rows[3].pk, rows[2].pk,
    ]  # fmt: skip
    assert found({"field": f"custom_fields.{field.pk}", "operator": "eq", "value": "gold"}) == [rows[4].pk]
    assert found({"field": "name", "operator": "contains", "value": "DEAL 1"}) == [rows[1].pk]
    either = {"group": "OR", "filters": [
        {"field": "name", "operator": "eq", "value": "deal 0"},
        {"field": "pipeline_stage_id", "operator": "not_eq", "value": make.stages(sales)[0].pk}]}  # fmt: skip
    assert sorted(found(either)) == sorted([rows[0].pk, rows[1].pk, rows[3].pk])
    assert found({"field": "lost_reason_id", "operator": "exists"}) == []
    assert found({"field": "date_added", "operator": "range", "value": {"gte": "2020-01-01"}}, query="deal 2") == [
        rows[2].pk
    ]
    sort = [{"field": "monetary_value", "direction": "desc"}]
    first = client.post("/opportunities/search", {**place, "sort": sort, "page": 1, "searchAfter": []})
    assert first.json()["total"] == 5 and ids_of(first) == [rows[4].pk, rows[3].pk]
    after = first.json()["opportunities"][-1]["searchAfter"]
    second = client.post("/opportunities/search", {**place, "sort": sort, "searchAfter": after})
    assert ids_of(second) == [rows[2].pk, rows[1].pk]


@pytest.mark.parametrize(("body", "status", "sentence"), [
    ({"filters": [{"field": "nonsense", "operator": "eq", "value": 1}]}, 400, "Invalid field nonsense"),
    ({"filters": [{"field": "status", "operator": "range", "value": {"gt": 1}}]}, 400,
        "Invalid operator range for field status"),
    ({"filters": {"field": "status"}}, 422, "filters must be an array"),
    ({"sort": [{"field": "source", "direction": "asc"}]}, 400, "Invalid field source"),
    ({"limit": 501}, 422, "limit must not be greater than 500"),
    ({"page": 600}, 422, "10000"),
    ({"searchAfter": ["x"]}, 400, "cursor"),
    ({"query": "x" * 76}, 422, "query"),
])  # fmt: skip
def test_a_bad_search_says_what_is_wrong(cast, client, body, status, sentence):
    answer = client.post("/opportunities/search", {"locationId": cast.location.pk, "limit": 20, **body})
    said = answer.json()["message"]
    assert answer.status_code == status and sentence in str(said), said


def test_another_tenants_opportunity_is_unknown(cast, client, as_):
    with as_(cast.charlie, cast.globex_location):
        theirs = make.opportunity()
    for method, path, body in (
        ("GET", "", None), ("PUT", "", {"name": "x"}), ("DELETE", "", None),
        ("PUT", "/status", {"status": "won"}), ("POST", "/followers", {"followers": [cast.dora.pk]}),
    ):  # fmt: skip
        assert client.send(method, f"/opportunities/{theirs.pk}{path}", body).status_code == 404, (method, path)
    assert client.get("/opportunities/search", {"location_id": cast.globex_location.pk}).status_code == 403
    with as_(cast.charlie, cast.globex_location):
        theirs.refresh_from_db()
        assert theirs.status == "open" and theirs.deleted_at is None


def test_scopes_are_asked_for(cast):
    make.opportunity()
    reader = api(cast.location, scopes=["opportunities.readonly"])
    assert reader.get("/opportunities/search", {"location_id": cast.location.pk}).status_code == 200
    assert reader.post("/opportunities/search", {"locationId": cast.location.pk, "limit": 5}).status_code == 200
    assert reader.post("/opportunities/upsert", {}).status_code in (401, 403)


def test_contacts_117_shapes_leave_the_value_out_for_who_may_not_see_it(cast, as_):
    row = make.opportunity(value=500)
    cast.dora.memberships.get().change(withheld=["opportunities.values"])
    with as_(cast.dora):
        assert "monetaryValue" not in shapes.one(row.pk)
    assert shapes.one(row.pk)["monetaryValue"] == 500


def test_contacts_117_a_token_of_a_user_without_the_permission_sees_no_value_and_cannot_ask_for_it(cast):
    """Whoever a request acts for, the shapes, the sort and the filters ask the same question."""
    cast.dora.memberships.get().change(withheld=["opportunities.values"])
    with current.at(cast.location, actor=actor_at(cast.dora, cast.location), via="api"):
        with pytest.raises(ApiError, match="Invalid field monetary_value"):
            orders.of_words("value_desc")
        with pytest.raises(Refused, match="Invalid field monetary_value"):
            filters.compiled([{"field": "monetary_value", "operator": "eq", "value": 1}])


def test_a_restricted_user_sees_what_they_own_or_follow(cast, as_):
    mine, followed = make.opportunity(assigned_to=cast.bob), make.opportunity("B", followers=[cast.bob.pk])
    make.opportunity("C")
    with as_(cast.bob):
        assert set(shapes.live().values_list("pk", flat=True)) == {mine.pk, followed.pk}


def test_a_pipeline_that_is_not_shared_hides_its_opportunities(cast, as_):
    row = make.opportunity()
    row.pipeline.change(people=[cast.bob.pk])
    with as_(cast.dora):
        assert not shapes.live().exists()
    row.pipeline.change(people=[cast.bob.pk, cast.dora.pk])
    with as_(cast.dora):
        assert shapes.live().get() == row
    assert shapes.live().get() == row, "admins see all"


def test_webhooks_get_the_flat_shape(cast):
    row = make.opportunity(value=40, source="Fair", assigned_to=cast.dora)
    dealing.edit(row, value=41)
    dealing.trash(row)
    told = []
    for entry in row.history().order_by("pk"):
        (found,) = entry.definition.payloads([entry])
        told += entry.definition.events(entry.changes)
        assert found["id"] == row.pk and found["monetaryValue"] == 41 and type(found["monetaryValue"]) is int
        assert set(found) == {
            "locationId", "id", "assignedTo", "contactId", "monetaryValue", "name", "pipelineId", "pipelineStageId",
            "source", "status", "dateAdded",
        }  # fmt: skip
    assert told == ["OpportunityCreate", "OpportunityMonetaryValueUpdate", "OpportunityUpdate", "OpportunityDelete"]


def test_the_old_client_members_of_an_empty_query_are_passed_over(cast, client):
    make.opportunity()
    query = "q=&pipeline_id=&pipeline_stage_id=&status=&assigned_to=&campaignId=&id=&order=&endDate=&date=&country="
    answer = client.get(f"/opportunities/search?location_id={cast.location.pk}&{query}")
    assert answer.status_code == 200 and len(answer.json()["opportunities"]) == 1, answer.json()
