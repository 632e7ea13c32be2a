"""The board: what it shows, what it costs, and moving cards on it."""

from __future__ import annotations

import datetime as dt
import gzip
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from contacts.models import Tag
from contacts.tests import make as contacts
from core import clock
from core.pages import link
from journal.models import Entry
from journal.recorded import quietly
from opportunities.models import LostReason, Opportunity, Pipeline, Stage
from opportunities.tests import make

MOST_QUERIES = 15
MOST_BYTES = 100_000


@pytest.fixture
def sales(cast) -> Pipeline:
    return make.pipeline("Sales", (("Qualification", 10), ("Discovery", 25), ("Proposal", 50), ("Negotiation", 75)))


def board(client, query: str = "") -> str:
    answer = client.get(link("opportunities:board") + query)
    assert answer.status_code == 200
    return answer.content.decode()


def column(html: str, stage: Stage) -> str:
    """The part of a page that belongs to one stage."""
    return html.split(f'data-stage="{stage.pk}" data-name')[1].split("</section>")[0]


def many(stages: list[Stage], number: int) -> None:
    people = [contacts.contact(f"Person{place}", last_name="Of Some Length") for place in range(40)]
    tags = Tag.objects.named(["vip", "referral"])
    rows = [
        Opportunity(
            name=f"Website and recall campaign {place}",
            contact=people[place % 40],
            pipeline_id=stages[0].pipeline_id,
            stage=stages[place % len(stages)],
            value_cents=525_000 + place * 100,
            tags=[tags[place % 2].pk],
            position=place,
        )
        for place in range(number)
    ]
    with quietly(reason="rows of a test"):
        Opportunity.objects.bulk_create(rows)


def test_columns_show_number_total_and_weighted_value_of_all_their_cards(browse, cast, sales):
    first, second, *_ = make.stages(sales)
    make.opportunity("Menu site", stage=first, value=5200)
    make.opportunity("Tenant portal", stage=first, value=3900)
    make.opportunity("Local search", stage=second, value=50000)
    html = board(browse(cast.alice))
    assert "$9,100" in column(html, first) and "$910 weighted" in column(html, first)
    assert "$50,000" in column(html, second) and "$12,500 weighted" in column(html, second)
    assert "3 open" in html and "$59,100" in html


def test_a_card_shows_contact_value_owner_tags_task_and_staleness(browse, cast, sales):
    first = make.stages(sales)[0]
    first.change(stale_after_days=14)
    person = contacts.contact("Imani", last_name="Wachira")
    contacts.task(person, "Call", due_at=clock.now() + dt.timedelta(days=2))
    tag = Tag.objects.named(["florist"])[0]
    make.opportunity(
        "Menu site", contact=person, stage=first, value=5200, assigned_to=cast.dora, tags=[tag.pk],
        stage_changed_at=clock.now() - dt.timedelta(days=16),
    )  # fmt: skip
    card = column(board(browse(cast.alice)), first)
    for words in ("Menu site", "Imani Wachira", "$5,200", "Owner: Dora Doe", "florist", "Call, ", "Stale 16 days"):
        assert words in card, words


def test_an_overdue_task_is_told_on_the_card(browse, cast, sales):
    person = contacts.contact("Imani")
    contacts.task(person, "Call", due_at=clock.now() - dt.timedelta(days=2))
    make.opportunity("Menu site", contact=person, stage=make.stages(sales)[0])
    assert "Overdue, " in board(browse(cast.alice))


def test_five_hundred_cards_open_with_few_queries_and_little_html(browse, cast, sales):
    stages = make.stages(sales)
    many(stages, 500)
    client = browse(cast.alice)
    board(client)
    with CaptureQueriesContext(connection) as caught:
        html = board(client)
    assert len(caught) <= MOST_QUERIES, [query["sql"][:120] for query in caught]
    assert html.count('<li id="') == 50 * len(stages)
    assert len(html.encode()) <= MOST_BYTES
    assert len(gzip.compress(html.encode())) < 30_000


def test_more_cards_follow_by_key_without_gaps_or_repeats(browse, cast, sales):
    first = make.stages(sales)[0]
    many([first], 130)
    client = browse(cast.alice)
    html = board(client)
    seen = [part[:20] for part in html.split('<li id="')[1:]]
    url = html.split('data-more="')[1].split('"')[0].replace("&amp;", "&")
    while url:
        page = client.get(url, headers={"HX-Request": "true"}).content.decode()
        seen += [part[:20] for part in page.split('<li id="')[1:]]
        url = page.split('data-more="')[1].split('"')[0].replace("&amp;", "&") if "data-more" in page else ""
    assert len(seen) == 130 and len(set(seen)) == 130
    wanted = Opportunity.objects.order_by("position", "-pk").values_list("pk", flat=True)
    assert seen == list(wanted)


@pytest.mark.parametrize("sort", ["-stage_changed", "-created", "close", "-value", "name", "position"])
def test_every_order_goes_on_by_key(browse, cast, sales, sort):
    first = make.stages(sales)[0]
    many([first], 120)
    client = browse(cast.alice)
    html = board(client, f"?sort={sort}")
    url = html.split('data-more="')[1].split('"')[0].replace("&amp;", "&")
    page = client.get(url, headers={"HX-Request": "true"}).content.decode()
    seen = [part[:20] for text in (html, page) for part in text.split('<li id="')[1:]]
    assert len(seen) == 100 and len(set(seen)) == 100


def test_contacts_017_117_without_the_permission_no_amount_is_on_the_board(browse, cast, sales):
    make.opportunity("Menu site", stage=make.stages(sales)[0], value=5217, assigned_to=cast.dora)
    without(cast.dora, "opportunities.values")
    html = board(browse(cast.dora))
    assert "Menu site" in html
    assert "$" not in html.split("<main")[1] and "5217" not in html and "5,217" not in html and "521" not in html
    for view in ("list", "show"):
        args = [Opportunity.objects.get().pk] if view == "show" else []
        page = browse(cast.dora).get(link(f"opportunities:{view}", *args)).content.decode()
        assert "Menu site" in page and "5,217" not in page and "5217" not in page and "521700" not in page
    assert browse(cast.dora).get(link("opportunities:forecast")).status_code == 403


def without(user, ability: str) -> None:
    held = Membership.objects.get(user=user)
    held.change(withheld=[*held.withheld, ability])


def test_sorting_and_filtering_by_value_is_not_for_who_may_not_see_values(browse, cast, sales):
    first = make.stages(sales)[0]
    make.opportunity("Small", stage=first, value=1)
    make.opportunity("Large", stage=first, value=9000)
    without(cast.dora, "opportunities.values")
    html = board(browse(cast.dora), "?value_from=100&sort=-value")
    assert "Small" in html and "Large" in html and "Value" not in html.split("<main")[1]


def test_only_open_ones_show_until_the_filter_says_otherwise(browse, cast, sales):
    first = make.stages(sales)[0]
    make.opportunity("Here", stage=first)
    make.opportunity("Gone", stage=first, status="won")
    client = browse(cast.alice)
    assert "Gone" not in board(client)
    every = board(client, "?status=any")
    assert "Here" in every and "Gone" in every
    won = board(client, "?status=won")
    assert "Here" not in won and "Gone" in won


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=portal", {"Tenant portal"}),
        ("q=whitfield", {"Tenant portal"}),
        ("owner={dora}", {"Tenant portal"}),
        ("owner=none", {"Menu site"}),
        ("owner=none&owner={dora}", {"Menu site", "Tenant portal"}),
        ("tag={tag}", {"Menu site"}),
        ("contact={contact}", {"Tenant portal"}),
        ("value_from=4,000", {"Menu site"}),
        ("value_to=4000", {"Tenant portal"}),
        ("close_from=2031-01-01&close_to=2031-01-31", {"Menu site"}),
        ("created_to=2001-01-01", set()),
        ("status=lost&reason={reason}", {"Lost one"}),
        ("status=any&closed_from=2020-01-01", {"Lost one"}),
        ("stale=1", {"Tenant portal"}),
        ("stage=00000000000000000000", set()),
        ("owner=nonsense&value_from=x&close_from=y&stage=!", {"Menu site", "Tenant portal"}),
    ],
)
def test_filters_find(browse, cast, sales, query, found):
    first, second, *_ = make.stages(sales)
    second.change(stale_after_days=3)
    marcus = contacts.contact("Marcus", last_name="Whitfield")
    tag = Tag.objects.named(["vip"])[0]
    reason = make.lost_reason()
    make.opportunity("Menu site", stage=first, value=5200, tags=[tag.pk], expected_close_on=dt.date(2031, 1, 15))
    make.opportunity(
        "Tenant portal", contact=marcus, stage=second, value=3900, assigned_to=cast.dora,
        stage_changed_at=clock.now() - dt.timedelta(days=5),
    )  # fmt: skip
    make.opportunity("Lost one", stage=first, status="lost", lost_reason=reason)
    query = query.format(dora=cast.dora.pk, tag=tag.pk, contact=marcus.pk, reason=reason.pk)
    for view in ("board", "list"):
        html = browse(cast.alice).get(f"{link(f'opportunities:{view}')}?{query}").content.decode()
        assert {name for name in ("Menu site", "Tenant portal", "Lost one") if name in html} == found, view


def move(client, row: Opportunity, **given):
    return client.post(link("opportunities:move", row.pk), given, headers={"HX-Request": "true"})


def test_a_card_moves_to_another_stage_behind_a_card_and_the_move_can_be_undone(browse, cast, sales):
    first, second, *_ = make.stages(sales)
    moving = make.opportunity("Moving", stage=first, position=3)
    above = make.opportunity("Above", stage=second, position=0)
    below = make.opportunity("Below", stage=second, position=1)
    client = browse(cast.alice)
    answer = move(client, moving, stage=second.pk, behind=above.pk)
    told = json.loads(answer.headers["HX-Trigger"])
    assert "opportunities:changed" in told and told["toast"]["text"] == "Moving moved to Discovery."
    order = list(Opportunity.objects.filter(stage=second).order_by("position", "-pk"))
    assert order == [above, moving, below]
    assert Entry.objects.filter(verb="opportunity.stage_changed", subject_id=moving.pk).count() == 1
    client.post(told["toast"]["undo_url"], headers={"HX-Request": "true"})
    moving.refresh_from_db()
    assert (moving.stage_id, moving.position) == (first.pk, 3)


def test_cards_of_one_stage_are_arranged_even_where_there_is_no_room_between_them(browse, cast, sales):
    first = make.stages(sales)[0]
    a, b, c = (make.opportunity(name, stage=first) for name in "abc")  # all at position 0: the newest first
    client = browse(cast.alice)
    assert [str(row) for row in Opportunity.objects.order_by("position", "-pk")] == ["c", "b", "a"]
    move(client, a, stage=first.pk, behind=c.pk)
    assert [str(row) for row in Opportunity.objects.order_by("position", "-pk")] == ["c", "a", "b"]
    move(client, b, stage=first.pk, behind="")
    assert [str(row) for row in Opportunity.objects.order_by("position", "-pk")] == ["b", "c", "a"]


def test_a_move_into_a_stage_that_is_not_ones_to_see_is_refused_and_nothing_changes(browse, cast, sales):
    hidden = make.pipeline("Hidden", people=[cast.alice.pk])
    row = make.opportunity("Mine", stage=make.stages(sales)[0], assigned_to=cast.bob)
    assert move(browse(cast.bob), row, stage=make.stages(hidden)[0].pk).status_code == 404
    assert move(browse(cast.bob), row, stage="nonsense").status_code == 404
    row.refresh_from_db()
    assert row.pipeline_id == sales.pk and not Entry.objects.filter(verb="opportunity.stage_changed").exists()


def test_a_restricted_user_sees_and_moves_only_what_is_theirs(browse, cast, sales):
    first, second, *_ = make.stages(sales)
    make.opportunity("Mine", stage=first, assigned_to=cast.bob)
    other = make.opportunity("Not mine", stage=first, assigned_to=cast.dora)
    html = board(browse(cast.bob))
    assert "Mine" in html and "Not mine" not in html
    assert move(browse(cast.bob), other, stage=second.pk).status_code == 404
    other.refresh_from_db()
    assert other.stage_id == first.pk


def test_another_tenants_board_cards_and_moves_are_out_of_reach(browse, cast, sales, as_):
    row = make.opportunity("Ours", stage=make.stages(sales)[0])
    theirs = browse(cast.charlie)
    for name, args in (("board", []), ("show", [row.pk]), ("list", [])):
        assert theirs.get(link(f"opportunities:{name}", *args)).status_code == 404
    with as_(cast.charlie, cast.globex_location):
        stage = make.stages(make.pipeline())[0]
        assert theirs.post(link("opportunities:move", row.pk), {"stage": stage.pk}).status_code == 404
    row.refresh_from_db()
    assert row.stage_id != stage.pk


def test_contacts_017_115_losing_by_the_zone_asks_for_the_reason_and_stores_it(browse, cast, sales):
    reason = make.lost_reason("Too expensive")
    row = make.opportunity("Menu site", stage=make.stages(sales)[0])
    client = browse(cast.alice)
    asked = client.get(link("opportunities:lose", row.pk), headers={"HX-Request": "true"}).content.decode()
    assert "Too expensive" in asked and "Confirm" in asked
    row.refresh_from_db()
    assert row.status == "open"
    answer = client.post(link("opportunities:lose", row.pk), {"reason": reason.pk}, headers={"HX-Request": "true"})
    row.refresh_from_db()
    assert (row.status, row.lost_reason) == ("lost", reason)
    client.post(json.loads(answer.headers["HX-Trigger"])["toast"]["undo_url"], headers={"HX-Request": "true"})
    row.refresh_from_db()
    assert (row.status, row.lost_reason) == ("open", None)


def test_contacts_017_115_where_a_reason_is_required_losing_without_one_is_refused(browse, cast, sales):
    make.lost_reason()
    cast.location.change(lost_reason_required=True)
    row = make.opportunity("Menu site", stage=make.stages(sales)[0])
    answer = browse(cast.alice).post(link("opportunities:lose", row.pk), {"reason": ""}, headers={"HX-Request": "true"})
    assert answer.status_code == 422 and "Say why it was lost" in answer.content.decode()
    row.refresh_from_db()
    assert row.status == "open" and LostReason.objects.count() == 1


def test_winning_abandoning_and_reopening_say_so_and_can_be_undone(browse, cast, sales):
    row = make.opportunity("Menu site", stage=make.stages(sales)[0])
    client = browse(cast.alice)
    for status in ("won", "abandoned", "open", "won"):
        answer = client.post(link("opportunities:status", row.pk), {"status": status}, headers={"HX-Request": "true"})
        row.refresh_from_db()
        assert row.status == status
    client.post(json.loads(answer.headers["HX-Trigger"])["toast"]["undo_url"], headers={"HX-Request": "true"})
    row.refresh_from_db()
    assert row.status == "open"
    assert (
        client.post(
            link("opportunities:status", row.pk), {"status": "maybe"}, headers={"HX-Request": "true"}
        ).status_code
        == 422
    )
    row.refresh_from_db()
    assert row.status == "open"


def test_the_version_changes_with_every_write_and_is_silent_otherwise(browse, cast, sales):
    first, second, *_ = make.stages(sales)
    row = make.opportunity("Menu site", stage=first)
    client = browse(cast.alice)
    url = link("opportunities:version")
    version = client.get(url).json()["version"]
    assert client.get(f"{url}?v={version}").status_code == 204
    row.move_to(second)
    fresh = client.get(f"{url}?v={version}")
    assert fresh.status_code == 200 and fresh.json()["version"] != version
    assert client.get(f"{url}?v={fresh.json()['version']}").status_code == 204


def test_a_refresh_keeps_as_many_cards_as_were_loaded(browse, cast, sales):
    first = make.stages(sales)[0]
    many([first], 130)
    url = f"{link('opportunities:board')}?more={first.pk}:100"
    answer = browse(cast.alice).get(url, headers={"HX-Request": "true"})
    assert answer.content.decode().count('<li id="') == 100
    assert answer.headers["Board-Version"]


def test_the_fields_of_cards_are_chosen_and_remembered(browse, cast, sales):
    make.opportunity("Menu site", stage=make.stages(sales)[0], value=5200, assigned_to=cast.dora)
    client = browse(cast.alice)
    client.post(link("opportunities:card_fields"), {"fields": ["owner"]})
    card = column(board(client), make.stages(sales)[0]).split("<li ")[1]
    assert "Owner: Dora Doe" in card and "$5,200" not in card


def test_what_people_typed_reaches_the_page_only_escaped(browse, cast, sales):
    first = make.stages(sales)[0]
    first.change(name="<b>Stage")
    person = contacts.contact("<i>Eve")
    contacts.task(person, "<script>call</script>", due_at=clock.now() + dt.timedelta(days=1))
    tag = Tag.objects.named(["<u>tag"])[0]
    make.opportunity("<img src=x>", contact=person, stage=first, tags=[tag.pk])
    html = board(browse(cast.alice))
    for raw in ("<img src=x>", "<i>Eve", "<script>call", "<u><u>tag", "<b>Stage"):
        assert raw not in html, raw
    assert "&lt;img src=x&gt;" in html


def test_without_a_pipeline_the_board_says_what_helps(browse, cast):
    assert "No pipeline yet" in board(browse(cast.alice))
    assert "An admin of this location" in board(browse(cast.dora))


def test_a_user_without_write_gets_a_board_to_look_at(browse, cast, sales):
    row = make.opportunity("Menu site", stage=make.stages(sales)[0])
    without(cast.dora, "opportunities.write")
    html = board(browse(cast.dora))
    assert "Menu site" in html and "data-zone" not in html and "New opportunity" not in html.split("<main")[1]
    assert move(browse(cast.dora), row, stage=make.stages(sales)[1].pk).status_code == 403
    row.refresh_from_db()
    assert row.stage_id == make.stages(sales)[0].pk
