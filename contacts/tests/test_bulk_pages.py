import datetime as dt
import re

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from contacts import bulk, bulk_steps
from contacts.bulk_pace import Pace
from contacts.models import BulkAction, Contact
from contacts.tests import make
from core import clock
from core.pages import link
from journal.models import Entry

HTMX = {"HX-Request": "true"}
DRIP = {
    "mode": "drip", "quantity": "100", "every": "1", "unit": "hours", "weekdays": ["0", "1", "2", "3", "4", "5", "6"],
}  # fmt: skip


@pytest.fixture
def alice(cast, browse) -> Client:
    return browse(cast.alice)


@pytest.fixture
def dora(cast, browse) -> Client:
    return browse(cast.dora)


def asked(client, kind, **typed):
    return client.post(link("contacts:bulk_ask", kind=kind), typed, headers=HTMX)


def started(client, kind, **typed):
    return client.post(link("contacts:bulk_start", kind=kind), typed, headers=HTMX)


def everybody():
    return ",".join(Contact.objects.live().order_by("pk").values_list("pk", flat=True))


def tagging(**schedule):
    return bulk.start(
        "add_tags", Contact.objects.live().order_by("pk"), params=bulk.tag_params(["vip"], create=True), **schedule
    )


KINDS = [
    "add_tags", "remove_tags", "remove_all_tags", "assign_owner", "add_followers", "remove_followers", "set_company",
    "remove_company", "update_field", "set_dnd", "clear_dnd", "export", "delete",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_action_asks_before_it_starts(cast, alice, kind):
    make.contact("Ann")
    response = asked(alice, kind, ids=everybody())
    assertContains(response, "1 contact")
    assertContains(response, "Name of this action")
    assert not BulkAction.objects.exists()


def test_the_bar_offers_only_what_the_actor_may_start(cast, alice, dora):
    make.contact("Ann")
    for text in ("Add tags", "Assign owner", "Update field", "Export", "Delete"):
        assertContains(alice.get(link("contacts:list")), text)
    page = dora.get(link("contacts:list")).content.decode()
    bar = page[page.index('id="selection"') :]
    assert "bulk/ask/add_tags" in bar and "bulk/ask/assign_owner" in bar
    assert "bulk/ask/delete" not in bar and "bulk/ask/export" not in bar


def test_contacts_057_delete_is_absent_and_refused_for_a_user(cast, dora):
    ann = make.contact("Ann")
    assert asked(dora, "delete", ids=ann.pk).status_code == 403
    assert started(dora, "delete", ids=ann.pk, confirm="DELETE").status_code == 403
    ann.refresh_from_db()
    assert ann.deleted_at is None and not BulkAction.objects.exists()


def test_the_forecast_tells_how_many_will_change_and_creates_nothing(cast, alice):
    make.contact("Ann", tags=("vip",)), make.contact("Ben"), make.contact("Cy")
    address = link("contacts:bulk_forecast", kind="add_tags")
    response = alice.post(address, {"ids": everybody(), "tags": ["vip"]}, headers=HTMX)
    assertContains(response, "This will change 2 of 3; 1 have these tags already.")
    response = alice.post(address, {"ids": everybody(), "tags": ["brand new"]}, headers=HTMX)
    assertContains(response, "This will change all 3.")
    assert not Entry.objects.filter(verb="tag.created", facts__name="brand new").exists()
    assert alice.post(address, {"ids": everybody()}, headers=HTMX).content.strip() == b""


def test_a_field_is_updated_from_its_dialog(cast, alice, drain):
    ann = make.contact("Ann")
    assertContains(alice.get(link("contacts:bulk_field"), {"field": "city"}), 'name="value"')
    assert alice.get(link("contacts:bulk_field"), {"field": "email"}).content == b""
    with drain():
        response = started(alice, "update_field", ids=ann.pk, field="city", value="Austin")
    assertContains(response, "Update field: City = Austin")
    ann.refresh_from_db()
    assert ann.city == "Austin"


@pytest.mark.parametrize(
    "kind, typed, sentence",
    [
        ("add_tags", {}, "choose at least one tag"),
        ("assign_owner", {"to": "user"}, "choose a person who works here"),
        ("assign_owner", {"to": "round_robin"}, "choose at least two people"),
        ("set_company", {"business": "x"}, "choose a company"),
        ("add_followers", {}, "choose at least one person"),
        ("update_field", {"field": "city"}, "enter a value"),
        ("set_dnd", {}, "choose at least one channel"),
        ("delete", {"confirm": "delete"}, "Type DELETE to confirm."),
        ("add_tags", {"tags": "vip", "mode": "scheduled"}, "choose a day and a time"),
    ],
)
def test_what_is_missing_is_said_in_the_dialog_and_nothing_starts(cast, alice, kind, typed, sentence):
    make.contact("Ann")
    response = started(alice, kind, ids=everybody(), **typed)
    assertContains(response, sentence, status_code=422)
    assert not BulkAction.objects.exists() and not Entry.objects.filter(verb="tag.created").exists()


def test_contacts_078_a_batch_over_ten_thousand_is_refused_in_the_dialog(cast, alice):
    make.contact("Ann")
    response = started(alice, "add_tags", ids=everybody(), tags="vip", **{**DRIP, "quantity": "10001"})
    assertContains(response, "a batch has 1 to 10,000 contacts", status_code=422)
    assert not BulkAction.objects.exists()


def test_a_drip_is_started_from_the_dialog_and_told_on_its_page(cast, alice):
    make.contact("Ann")
    start = (clock.now() + dt.timedelta(days=2)).astimezone(cast.location.zone).strftime("%Y-%m-%dT%H:%M")
    started(alice, "add_tags", ids=everybody(), tags="vip", start_at=start, opens="09:00", closes="17:00", **DRIP)
    action = BulkAction.objects.get()
    assert action.mode == "drip" and action.pace["quantity"] == 100 and action.next_at > clock.now()
    page = alice.get(link("contacts:bulk_action", action.pk))
    assertContains(page, "100 every hour, 09:00 to 17:00")
    assertContains(page, "Scheduled")
    assertContains(page, "Next batch")


def test_another_locations_company_person_or_team_is_refused(cast, alice, as_):
    with as_(cast.charlie, cast.globex_location):
        firm = make.business("Theirs")
    make.contact("Ann")
    for kind, typed in (
        ("set_company", {"business": firm.pk}),
        ("assign_owner", {"to": "user", "user": cast.charlie.pk}),
        ("add_followers", {"users": cast.charlie.pk}),
    ):
        assert started(alice, kind, ids=everybody(), **typed).status_code == 422
    assert not BulkAction.objects.exists()


def test_pausing_resuming_and_cancelling_from_the_page(cast, alice):
    make.contact("Ann"), make.contact("Ben")
    action = tagging()
    bulk_steps.advance(action.pk, 1)
    for deed, status in (("pause", "paused"), ("resume", "processing"), ("cancel", "cancelled")):
        page = alice.get(link("contacts:bulk_action", action.pk))
        assertContains(page, f"/{deed}")
        assert alice.post(link(f"contacts:bulk_{deed}", action.pk)).status_code == 302
        action.refresh_from_db()
        assert action.status == status
    assertNotContains(alice.get(link("contacts:bulk_action", action.pk)), "/pause")


def test_contacts_076_the_schedule_of_a_queued_action_is_edited_and_its_message_never(cast, alice):
    make.contact("Ann")
    action = tagging(mode="scheduled", start_at=clock.now() + dt.timedelta(days=1))
    address = link("contacts:bulk_schedule", action.pk)
    assertContains(alice.get(address, headers=HTMX), 'name="mode"')
    response = alice.post(address, {**DRIP, "quantity": "7"}, headers=HTMX)
    assert response.status_code == 204
    action.refresh_from_db()
    assert action.mode == "drip" and action.pace["quantity"] == 7
    for more in ({"tags": "other"}, {"ids": "x"}, {"kind": "delete"}, {"all": "1"}):
        response = alice.post(address, {**DRIP, "quantity": "9", **more}, headers=HTMX)
        assertContains(response, "Only when it runs can be changed", status_code=422)
    action.refresh_from_db()
    assert action.pace["quantity"] == 7


def test_contacts_076_while_it_runs_only_its_batches_are_offered_and_taken(cast, alice):
    make.contact("Ann"), make.contact("Ben")
    action = tagging(mode="drip", pace=Pace(1, 1, "hours"))
    bulk_steps.advance(action.pk)
    address = link("contacts:bulk_schedule", action.pk)
    page = alice.get(address, headers=HTMX)
    assertContains(page, 'name="quantity"')
    assertNotContains(page, 'name="mode"')
    given = {name: value for name, value in DRIP.items() if name != "mode"}
    response = alice.post(address, {**given, "tags": "other"}, headers=HTMX)
    assertContains(response, "only the settings of its batches can be changed", status_code=422)
    assert alice.post(address, {**given, "quantity": "50"}, headers=HTMX).status_code == 204
    action.refresh_from_db()
    assert (action.pace["quantity"], action.mode) == (50, "drip")


def test_results_are_searched_and_filtered_by_outcome_and_reason(cast, alice, drain):
    make.contact("Ann", tags=("vip",)), make.contact("Ben"), make.contact("Benedikt")
    with drain():
        action = tagging()
    address = link("contacts:bulk_action", action.pk)

    def names(**query):
        page = alice.get(address, query).content.decode()
        return re.findall(r'<td class="cell-clip"><a[^>]*>([^<]+)</a>', page)

    assert names() == ["Ann", "Ben", "Benedikt"]
    assert names(outcome="skipped") == ["Ann"]
    assert names(q="benedikt") == ["Benedikt"]
    assert names(reason="Has these tags already") == ["Ann"]
    assert names(outcome="done", q="ann") == []


def test_the_tracking_page_filters_by_operation_status_person_and_day(cast, alice, drain, as_):
    make.contact("Ann")
    with drain():
        mine = tagging(name="Mine done")
    with as_(cast.dora):
        paused = tagging(name="Doras paused")
        bulk.pause(paused)
    address = link("contacts:bulk_actions")
    today = clock.now().astimezone(cast.location.zone).date()

    def listed(**query):
        page = alice.get(address, query)
        return [name for name in ("Mine done", "Doras paused") if name in page.content.decode()]

    assert listed() == ["Mine done", "Doras paused"]
    assert listed(status="completed") == ["Mine done"] and listed(status="paused") == ["Doras paused"]
    assert listed(owner=cast.dora.pk) == ["Doras paused"]
    assert listed(kind="delete") == []
    assert listed(since=today.isoformat(), until=today.isoformat()) == ["Mine done", "Doras paused"]
    assert listed(until=(today - dt.timedelta(days=1)).isoformat()) == []
    assert mine.pk


def test_a_restricted_user_sees_and_steers_only_their_own(cast, browse, as_):
    make.contact("Ann", assigned_to=cast.bob)
    action = tagging(name="Not Bobs")
    bob = browse(cast.bob)
    assertNotContains(bob.get(link("contacts:bulk_actions")), "Not Bobs")
    for deed in ("pause", "cancel", "undo", "retry"):
        assert bob.post(link(f"contacts:bulk_{deed}", action.pk)).status_code == 404
    assert bob.get(link("contacts:bulk_action", action.pk)).status_code == 404
    action.refresh_from_db()
    assert action.status == "queued"


def test_contacts_105_the_toast_of_a_bulk_delete_undoes_it(cast, alice, drain):
    ann = make.contact("Ann", tags=("vip",))
    with drain():
        started(alice, "delete", ids=ann.pk, confirm="DELETE")
    action = BulkAction.objects.get()
    toast = alice.get(link("contacts:bulk_progress", action.pk), {"as": "toast"}, headers=HTMX)
    assert toast.status_code == 286
    assertContains(toast, link("contacts:bulk_undo", action.pk), status_code=286)
    with drain():
        alice.post(link("contacts:bulk_undo", action.pk), headers=HTMX)
    ann.refresh_from_db()
    assert ann.deleted_at is None and ann.tag_names() == ["vip"]
