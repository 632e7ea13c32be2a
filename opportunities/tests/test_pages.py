"""One opportunity, a new one, the list with its bulk changes, and the block on a contact's record."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from accounts.models import Membership
from contacts.models import Tag
from contacts.tests import make as contacts
from core.pages import link
from journal.models import Entry
from journal.recorded import quietly
from objects.models import CustomField
from opportunities.models import Opportunity, Pipeline
from opportunities.tests import make

HTMX = {"HX-Request": "true"}


@pytest.fixture
def sales(cast) -> Pipeline:
    return make.pipeline("Sales", (("Qualification", 10), ("Discovery", 25), ("Proposal", 50)))


def edit(client, row: Opportunity, name: str, value: str):
    return client.post(f"{link('opportunities:show', row.pk)}/fields/{name}", {"value": value}, headers=HTMX)


def test_the_page_shows_fields_people_and_history(browse, cast, sales):
    row = make.opportunity("Menu site", stage=make.stages(sales)[1], value=5200, assigned_to=cast.dora)
    client = browse(cast.alice)
    page = client.get(link("opportunities:show", row.pk)).content.decode()
    for words in ("Menu site", "$5,200", "$1,300 weighted", "Discovery, Sales", "25 %", "Dora Doe", "0 of 10"):
        assert words in page, words
    activity = client.get(link("opportunities:show", row.pk) + "?part=activity").content.decode()
    assert "Added the opportunity Menu site" in activity
    inner = client.get(link("opportunities:show", row.pk), headers={**HTMX, "HX-Target": "drawer"}).content.decode()
    assert "<html" not in inner and "Menu site" in inner


@pytest.mark.parametrize(
    ("name", "value", "column", "stored"),
    [
        ("name", "Portal", "name", "Portal"),
        ("value", "$12,345.50", "value_cents", 1_234_550),
        ("expected_close_on", "2031-05-01", "expected_close_on", dt.date(2031, 5, 1)),
        ("forecast_category", "commit", "forecast_category", "commit"),
        ("source", "Fair", "source", "Fair"),
    ],
)
def test_a_field_is_edited_in_place(browse, cast, sales, name, value, column, stored):
    row = make.opportunity("Menu site", stage=make.stages(sales)[0])
    answer = edit(browse(cast.alice), row, name, value)
    assert answer.status_code == 200 and "inline-edit" in answer.content.decode()
    row.refresh_from_db()
    assert getattr(row, column) == stored


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("value", "-1"),
        ("value", "much"),
        ("expected_close_on", "soon"),
        ("forecast_category", "sure"),
        ("stage", "x"),
        ("owner", "x"),
    ],
)
def test_a_refused_edit_says_why_and_changes_nothing(browse, cast, sales, name, value):
    row = make.opportunity("Menu site", stage=make.stages(sales)[0], value=10)
    before = Opportunity.objects.values().get(pk=row.pk)
    answer = edit(browse(cast.alice), row, name, value)
    assert answer.status_code == 422 and answer.json()["errors"]
    assert Opportunity.objects.values().get(pk=row.pk) == before


def test_contacts_017_119_a_later_close_date_is_told_as_slippage(browse, cast, sales):
    row = make.opportunity("Menu site", stage=make.stages(sales)[0])
    client = browse(cast.alice)
    edit(client, row, "expected_close_on", "2031-05-01")
    edit(client, row, "expected_close_on", "2031-05-20")
    row.refresh_from_db()
    assert (row.original_close_on, row.close_slips, row.close_slipped_days) == (dt.date(2031, 5, 1), 1, 19)
    page = client.get(link("opportunities:show", row.pk)).content.decode()
    for words in ("1 May 2031", "1 time", "19 days", "20 May 2031"):
        assert words in page, words


def test_contacts_017_120_an_eleventh_additional_contact_is_refused_with_the_reason(browse, cast, sales):
    row = make.opportunity("Menu site", stage=make.stages(sales)[0])
    client = browse(cast.alice)
    for number in range(11):
        wanted = contacts.contact(f"Person {number}")
        answer = client.post(f"{link('opportunities:show', row.pk)}/contacts/add", {"contact": wanted.pk}, headers=HTMX)
        assert answer.status_code == (200 if number < 10 else 422)
    assert "can have 10 additional contacts" in answer.content.decode()
    assert row.participants.count() == 10


def test_tags_and_followers_come_and_go(browse, cast, sales):
    row = make.opportunity("Menu site", stage=make.stages(sales)[0])
    client, base = browse(cast.alice), link("opportunities:show", row.pk)
    client.post(f"{base}/tags/add", {"tags": ["VIP", "florist"]}, headers=HTMX)
    client.post(f"{base}/tags/remove", {"tags": "florist"}, headers=HTMX)
    client.post(f"{base}/followers/add", {"user": cast.bob.pk}, headers=HTMX)
    row.refresh_from_db()
    assert list(Tag.objects.names_of(row.tags).values()) == ["vip"] and row.followers == [cast.bob.pk]
    client.post(f"{base}/followers/remove", {"user": cast.bob.pk}, headers=HTMX)
    row.refresh_from_db()
    assert row.followers == []
    assert client.post(f"{base}/followers/add", {"user": cast.charlie.pk}, headers=HTMX).status_code == 422
    row.refresh_from_db()
    assert row.followers == []


def test_custom_fields_show_by_folder_and_are_edited_in_place(browse, cast, sales):
    field = CustomField.record_new(model="opportunity", name="Budget code", key="budget_code", type="TEXT")
    row = make.opportunity("Menu site", stage=make.stages(sales)[0])
    client = browse(cast.alice)
    assert "Budget code" in client.get(link("opportunities:show", row.pk)).content.decode()
    assert "B-17" in edit(client, row, field.pk, "B-17").content.decode()
    row.refresh_from_db()
    assert row.custom == {field.pk: "B-17"}


def test_all_fields_are_edited_on_a_page_without_a_script(browse, cast, sales):
    first, second, _ = make.stages(sales)
    row = make.opportunity("Menu site", stage=first)
    client = browse(cast.alice)
    sent = {
        "name": "Portal", "stage": second.pk, "value": "100", "expected_close_on": "", "owner": cast.dora.pk,
        "forecast_category": "best_case", "source": "",
    }  # fmt: skip
    assert client.post(link("opportunities:edit", row.pk), sent).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.stage, row.value_cents, row.assigned_to) == ("Portal", second, 10_000, cast.dora)
    wrong = client.post(link("opportunities:edit", row.pk), {**sent, "value": "-3"})
    assert wrong.status_code == 422 and "0 or more" in wrong.content.decode()


def test_a_new_one_takes_the_contacts_name_and_the_first_stage(browse, cast, sales):
    person = contacts.contact("Imani", last_name="Wachira")
    client = browse(cast.alice)
    asked = client.get(f"{link('opportunities:create')}?contact={person.pk}", headers=HTMX).content.decode()
    assert "Imani Wachira" in asked
    stage = make.stages(sales)[0]
    sent = {"contact": person.pk, "name": "", "stage": stage.pk, "value": "1,200", "expected_close_on": "", "owner": ""}
    answer = client.post(link("opportunities:create"), sent, headers=HTMX)
    assert "Imani Wachira is added." in answer.headers["HX-Trigger"]
    row = Opportunity.objects.get()
    assert (row.name, row.stage, row.value_cents) == ("Imani Wachira", stage, 120_000)
    again = client.post(link("opportunities:create"), sent, headers=HTMX)
    assert again.status_code == 422 and "open opportunity in this pipeline already" in again.content.decode()
    assert Opportunity.objects.count() == 1


def test_a_new_one_without_a_contact_is_refused(browse, cast, sales):
    sent = {"contact": "", "stage": make.stages(sales)[0].pk, "value": ""}
    answer = browse(cast.alice).post(link("opportunities:create"), sent, headers=HTMX)
    assert answer.status_code == 422 and "Choose the contact" in answer.content.decode()
    assert not Opportunity.objects.exists()


def test_the_trash_and_the_way_back(browse, cast, sales):
    row = make.opportunity("Menu site", stage=make.stages(sales)[0])
    client = browse(cast.alice)
    answer = client.post(link("opportunities:remove", row.pk), headers=HTMX)
    assert client.get(link("opportunities:show", row.pk)).status_code == 404
    client.post(json.loads(answer.headers["HX-Trigger"])["toast"]["undo_url"], headers=HTMX)
    assert client.get(link("opportunities:show", row.pk)).status_code == 200


def test_a_restricted_user_sees_the_opportunity_but_not_its_hidden_contact(browse, cast, sales):
    person = contacts.contact("Imani", email="imani@example.com")
    row = make.opportunity("Menu site", contact=person, stage=make.stages(sales)[0], assigned_to=cast.bob)
    page = browse(cast.bob).get(link("opportunities:show", row.pk)).content.decode()
    assert "not yours to see" in page and "imani@example.com" not in page
    assert link("contacts:show", person.pk) not in page


# The list


def listed(client, query: str = "") -> str:
    answer = client.get(link("opportunities:list") + query)
    assert answer.status_code == 200
    return answer.content.decode()


def fill(stage, number: int) -> None:
    person = contacts.contact("Imani")
    with quietly(reason="rows of a test"):
        Opportunity.objects.bulk_create(
            Opportunity(
                name=f"Deal {place:03}",
                contact=person,
                pipeline_id=stage.pipeline_id,
                stage=stage,
                value_cents=place % 7 * 100,
                expected_close_on=dt.date(2031, 1, 1) if place % 3 else None,
            )  # fmt: skip
            for place in range(number)
        )


def ids_of(html: str) -> list[str]:
    return [part[:20] for part in html.split('data-id="')[1:]]


@pytest.mark.parametrize(
    "sort", ["name", "-name", "value", "-value", "close", "-close", "created", "contact", "stage", "status"]
)
def test_pages_of_every_order_have_each_row_once_forwards_and_back(browse, cast, sales, sort):
    fill(make.stages(sales)[0], 50)
    client = browse(cast.alice)
    seen, url = [], f"{link('opportunities:list')}?rows=20&sort={sort}"
    pages = []
    while url:
        html = client.get(url).content.decode()
        pages.append(ids_of(html))
        seen += pages[-1]
        url = html.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&") if 'rel="next"' in html else ""
    assert len(seen) == 50 and len(set(seen)) == 50
    back = html.split('rel="prev" href="')[1].split('"')[0].replace("&amp;", "&")
    middle = client.get(back).content.decode()
    assert ids_of(middle) == pages[1] and "21–40 of" in middle


def test_page_sizes_and_made_up_cursors(browse, cast, sales):
    fill(make.stages(sales)[0], 30)
    client = browse(cast.alice)
    assert len(ids_of(listed(client, "?rows=20"))) == 20
    assert len(ids_of(listed(client, "?rows=100"))) == 30
    for at in ("x", "f1.x", "b-1.e30", "f1." + "A" * 3000, "f999999999999999999.W10"):
        assert len(ids_of(listed(client, f"?at={at}"))) == 30


def start(client, deed: str, **given):
    return client.post(f"{link('opportunities:board')}bulk/{deed}", given, headers=HTMX)


def test_bulk_changes_write_one_entry_each_and_leave_others_alone(browse, cast, sales):
    first, second, third = make.stages(sales)
    reason = make.lost_reason()
    a, b = (make.opportunity(name, stage=first, contact=contacts.contact(name)) for name in "ab")
    other = make.opportunity("other", stage=first)
    client, both = browse(cast.alice), f"{a.pk},{b.pk}"
    entries = Entry.objects.count()
    start(client, "stage", ids=both, stage=third.pk)
    start(client, "status", ids=both, status="lost", reason=reason.pk)
    start(client, "owner", ids=both, owner=cast.dora.pk)
    start(client, "add_tags", ids=both, tags=["vip", "gym"])
    answer = start(client, "remove_tags", ids=both, tags=["gym"])
    assert "2 opportunities changed" in answer.headers["HX-Trigger"]
    for row in (a, b):
        row.refresh_from_db()
        assert (row.stage, row.status, row.lost_reason, row.assigned_to) == (third, "lost", reason, cast.dora)
        assert list(Tag.objects.names_of(row.tags).values()) == ["vip"]
        verbs = list(Entry.objects.filter(subject_id=row.pk).order_by("pk").values_list("verb", flat=True))[1:]
        assert verbs == [
            "opportunity.stage_changed", "opportunity.status_changed", "opportunity.assigned", "opportunity.tagged",
            "opportunity.untagged",
        ]  # fmt: skip
        assert {entry.contact_id for entry in Entry.objects.filter(subject_id=row.pk)} == {row.contact_id}
    facts = Entry.objects.get(verb="opportunity.stage_changed", subject_id=a.pk)
    assert facts.facts == {"from": "Qualification", "to": "Proposal", "name": "a"}
    assert facts.changes == {"stage": [first.pk, third.pk]}
    assert Entry.objects.count() == entries + 10 + 2  # and two tags were created
    other.refresh_from_db()
    assert (other.stage, other.status, other.assigned_to, other.tags) == (first, "open", None, [])


def test_bulk_deletion_wants_the_word_and_all_means_all_that_match(browse, cast, sales):
    first = make.stages(sales)[0]
    fill(first, 60)
    kept = make.opportunity("Kept", stage=first)
    client = browse(cast.alice)
    assert start(client, "delete", all="1", q="Deal", confirm="yes").status_code == 422
    assert Opportunity.objects.live().count() == 61
    start(client, "delete", all="1", q="Deal", confirm="DELETE")
    assert list(Opportunity.objects.live()) == [kept]


def test_bulk_is_refused_without_the_ability_and_touches_nothing_one_may_not_see(browse, cast, sales):
    first, second, _ = make.stages(sales)
    row = make.opportunity("Menu site", stage=first)
    assert start(browse(cast.dora), "stage", ids=row.pk, stage=second.pk).status_code == 403
    held = Membership.objects.get(user=cast.bob)
    held.change(granted=["opportunities.bulk"])
    assert start(browse(cast.bob), "stage", ids=row.pk, stage=second.pk).status_code == 422
    row.refresh_from_db()
    assert row.stage == first


def test_a_restricted_follower_cannot_hand_opportunities_over_in_bulk(browse, cast, sales):
    row = make.opportunity("Menu site", stage=make.stages(sales)[0], followers=[cast.bob.pk])
    Membership.objects.get(user=cast.bob).change(granted=["opportunities.bulk"])
    assert start(browse(cast.bob), "owner", ids=row.pk, owner=cast.bob.pk).status_code == 422
    row.refresh_from_db()
    assert row.assigned_to is None


def test_an_export_has_a_line_each_and_no_formulas_and_no_values_for_those_without(browse, cast, sales):
    row = make.opportunity("=cmd()", stage=make.stages(sales)[0], value=5217)
    text = browse(cast.alice).post(link("opportunities:export"), {"ids": row.pk})
    text = b"".join(text.streaming_content).decode()
    assert "'=cmd()" in text and "5217.00" in text and row.pk in text
    Membership.objects.get(user=cast.dora).change(granted=["contacts.export"], withheld=["opportunities.values"])
    answer = browse(cast.dora).post(link("opportunities:export"), {"ids": row.pk})
    assert "5217" not in b"".join(answer.streaming_content).decode()
    assert browse(cast.bob).post(link("opportunities:export"), {"ids": row.pk}).status_code == 403


# The block on a contact's record


def test_the_record_lists_opportunities_of_the_contact_and_those_it_joined(browse, cast, sales):
    ann, ben = contacts.contact("Ann"), contacts.contact("Ben")
    make.opportunity("Anns deal", contact=ann, stage=make.stages(sales)[0], value=500)
    bens = make.opportunity("Bens deal", contact=ben, stage=make.stages(sales)[0])
    client = browse(cast.alice)
    assert client.get(link("opportunities:contact_block", ann.pk)).status_code == 302
    answer = client.post(link("opportunities:join", ann.pk), {"opportunity": bens.pk}, headers=HTMX)
    assert "Ann is now in Bens deal" in answer.headers["HX-Trigger"]
    block = client.get(link("opportunities:contact_block", ann.pk), headers=HTMX).content.decode()
    assert "Anns deal" in block and "$500" in block and "Bens deal" in block and "additional contact" in block
    assert link("opportunities:contact_block", ann.pk) in client.get(link("contacts:show", ann.pk)).content.decode()


def test_joining_what_does_not_exist_is_refused(browse, cast, sales):
    ann = contacts.contact("Ann")
    row = make.opportunity("Anns deal", contact=ann, stage=make.stages(sales)[0])
    client = browse(cast.alice)
    for wanted, words in (("", "Choose an opportunity"), (row.pk, "is the primary contact")):
        answer = client.post(link("opportunities:join", ann.pk), {"opportunity": wanted}, headers=HTMX)
        assert answer.status_code == 422 and words in answer.content.decode()
    assert row.participants.count() == 0


def test_options_offer_what_one_sees(browse, cast, sales):
    make.opportunity("Menu site", stage=make.stages(sales)[0], assigned_to=cast.bob)
    make.opportunity("Other menu", stage=make.stages(sales)[0])
    url = link("opportunities:options") + "?q=menu"
    assert {row["label"] for row in browse(cast.alice).get(url).json()["results"]} == {"Menu site", "Other menu"}
    assert [row["label"] for row in browse(cast.bob).get(url).json()["results"]] == ["Menu site"]
