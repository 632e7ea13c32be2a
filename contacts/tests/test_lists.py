import json
import re

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from contacts import chips
from contacts.filters import compile_tree, parse, sorting
from contacts.models import BulkAction, Contact, SmartList, Tag
from contacts.tests import make
from contacts.views import lists
from contacts.walking import context_from, neighbours
from core.pages import link
from objects.models import CustomField

HTMX = {"HX-Request": "true", "HX-Target": "results"}


def one(field, operator, value=None):
    return {"field": field, "operator": operator, "value": value}


def rows(response):
    """Names of the contacts on a page, in their order."""
    return re.findall(r'data-select aria-label="Select ([^"]*)"', response.content.decode())


def opened(client, **query):
    return client.get(link("contacts:list"), query)


def packed(*filters):
    return sorting.pack(list(filters))


def href(response, rel):
    found = re.search(rf'rel="{rel}" href="([^"]+)"', response.content.decode())
    return found[1].replace("&amp;", "&") if found else None


@pytest.fixture
def alice(cast, browse):
    return browse(cast.alice)


def test_the_list_shows_live_contacts_newest_first(cast, alice):
    make.contact("Ann", email="ann@example.com", tags=("vip",), assigned_to=cast.alice)
    make.contact("Ben").trash()
    make.contact("Cy", phone="+14155550132", score=40)
    response = opened(alice)
    assert rows(response) == ["Cy", "Ann"]
    for text in ("ann@example.com", "vip", "Alice Adams", "+1 415 555 0132"):
        assertContains(response, text)


@pytest.mark.parametrize("size", [20, 100])
def test_the_page_needs_at_most_twelve_queries_whatever_its_size(cast, alice, size, django_assert_max_num_queries):
    shoe = CustomField.record_new(name="Shoe", key="shoe", type="NUMERICAL")
    for number in range(size):
        make.contact(
            f"N{number}",
            tags=("vip", f"tag{number % 7}"),
            assigned_to=cast.alice,
            followers=[cast.bob.pk],
            custom={shoe.pk: number},
        )
    row = SmartList.record_new(
        name="Everything",
        owner=cast.alice,
        page_size=size,
        sort="name",
        filters=[one("tags", "eq", [Tag.objects.get(name="vip").pk]), one("assignedTo", "eq", ["me"])],
        columns=["name", "tags", "assignedTo", "followers", f"customFields.{shoe.pk}", "lastActivity"],
    )
    opened(alice, list=row.pk)
    with django_assert_max_num_queries(12):
        response = opened(alice, list=row.pk)
    assert len(rows(response)) == size


def test_search_answers_rows_and_all_that_depends_on_them(cast, alice):
    make.contact("José", last_name="Álvarez")
    make.contact("Ben")
    response = alice.get(link("contacts:list"), {"q": "jose alv"}, headers=HTMX)
    assert rows(response) == ["José Álvarez"]
    assert response["HX-Push-Url"] == link("contacts:list") + "?q=jose+alv"
    assertContains(response, 'id="pager-place" hx-swap-oob')
    assertNotContains(response, "<html")
    assert "HX-Request" in response["Vary"]


def test_the_address_is_not_pushed_again_when_it_is_shown_already(cast, alice):
    make.contact("Ann")
    here = "http://testserver" + link("contacts:list") + "?q=ann"
    response = alice.get(link("contacts:list"), {"q": "ann"}, headers={**HTMX, "HX-Current-URL": here})
    assert response["HX-Push-Url"] == "false"


def test_contacts_063_either_tag_and_city_or_score(cast, alice):
    make.contact("Ann", tags=("lead",), city="Austin")
    make.contact("Ben", tags=("lead",), city="Boston")
    make.contact("Cy", score=50)
    tree = chips.added([], one("tags", "eq", ["lead"]))
    tree = chips.added(tree, one("score", "gte", 50), (0,), "OR")
    tree = chips.added(tree, one("city", "eq", "Austin"), (0, 0), "AND")
    response = opened(alice, filters=packed(*tree))
    assert sorted(rows(response)) == ["Ann", "Cy"]
    assertContains(response, "chip-group")


def test_chips_are_edited_joined_parted_and_removed():
    a, b, c = one("city", "eq", "A"), one("city", "eq", "B"), one("city", "eq", "C")
    either = [{"group": "OR", "filters": [a, b]}]
    assert chips.added([a], b, (0,), "OR") == either
    assert chips.added(either, c, (0, 1), "AND") == [
        {"group": "OR", "filters": [a, {"group": "AND", "filters": [b, c]}]}
    ]
    assert chips.added([a], b) == [a, b]
    assert chips.switched([a, b], (1,)) == either
    assert chips.switched(either, (0, 1)) == [a, b]
    assert chips.switched([{"group": "OR", "filters": [a, b]}, c], (1,)) == [{"group": "OR", "filters": [a, b, c]}]
    assert chips.removed(either, (0, 0)) == [b]
    assert chips.replaced(either, (0, 1), c) == [{"group": "OR", "filters": [a, c]}]
    assert chips.removed([a], (5,)) == [a] and chips.at([a], (0, 3)) is None
    assert chips.tidy([{"group": "AND", "filters": [a, {"group": "OR", "filters": []}]}, b]) == [a, b]
    assert chips.place_of("1.x") == () and chips.place_of("1.0") == (1, 0)


def build(client, **given):
    return client.post(link("contacts:filter"), given, headers={"HX-Request": "true"})


def tree_at(response):
    address = json.loads(response["HX-Location"])["path"]
    return sorting.unpack(re.search(r"filters=([^&]+)", address)[1])


def test_the_builder_makes_conditions_of_every_kind(cast, alice):
    vip = Tag.objects.named(["vip"])[0]
    colour = CustomField.record_new(
        name="Colour",
        key="colour",
        type="SINGLE_OPTIONS",
        options=[{"key": "red", "label": "Red"}, {"key": "blue", "label": "Blue"}],
    )
    for given, expected in [
        ({"field": "city", "operator": "contains", "value": "Aus"}, {"value": "Aus"}),
        ({"field": "tags", "operator": "eq", "value": ["VIP"]}, {"value": [vip.pk]}),
        ({"field": "score", "operator": "gte", "value": "60"}, {"value": 60}),
        ({"field": "score", "operator": "range", "low": "10", "high": "20,5"}, {"value": {"gte": 10, "lte": 20.5}}),
        ({"field": "dateAdded", "operator": "in_last", "value": "30"}, {"value": 30}),
        (
            {"field": "dateAdded", "operator": "range", "low": "2026-01-01", "high": ""},
            {"value": {"gte": "2026-01-01"}},
        ),
        ({"field": "assignedTo", "operator": "eq", "value": ["me", "unassigned"]}, {"value": ["me", "unassigned"]}),
        ({"field": "type", "operator": "eq", "value": ["lead"]}, {"value": ["lead"]}),
        ({"field": "dnd", "operator": "yes"}, {}),
        ({"field": f"customFields.{colour.pk}", "operator": "not_eq", "value": ["Red"]}, {"value": ["Red"]}),
    ]:
        response = build(alice, **given)
        assert response.status_code == 200, response.content
        assert tree_at(response) == [{"field": given["field"], "operator": given["operator"], **expected}]
        compile_tree(parse(tree_at(response)))
        again = alice.get(link("contacts:filter"), {"filters": packed(*tree_at(response)), "at": "0"})
        assert again.status_code == 200


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"field": "city", "operator": "contains", "value": ""}, "Enter a value."),
        ({"field": "score", "operator": "gte", "value": "many"}, "Enter a number."),
        ({"field": "dateAdded", "operator": "on", "value": "soon"}, "not a date"),
        ({"field": "dateAdded", "operator": "in_last", "value": "-1"}, "Enter a number of days."),
        ({"field": "tags", "operator": "eq", "value": "nonesuch"}, "There is no tag nonesuch."),
        ({"field": "score", "operator": "range"}, "Enter at least one end."),
        ({"field": "type", "operator": "eq"}, "Choose at least one."),
        ({"field": "city", "operator": "nonsense", "value": "x"}, "Choose a comparison."),
        ({"field": "city", "operator": "eq", "value": "x" * 76}, "at most 75 characters"),
    ],
)
def test_contacts_071_a_value_that_cannot_be_used_is_refused_beside_its_box(cast, alice, given, sentence):
    response = build(alice, **given)
    assert response.status_code == 422
    assertContains(response, sentence, status_code=422)


def test_the_builder_changes_a_chip_and_adds_an_alternative(cast, alice):
    city = one("city", "eq", "Austin")
    response = build(alice, filters=packed(city), at="0", field="city", operator="eq", value="Boston")
    assert tree_at(response) == [one("city", "eq", "Boston")]
    response = build(alice, filters=packed(city), at="0", join="OR", field="score", operator="gte", value="5")
    assert tree_at(response) == [{"group": "OR", "filters": [city, one("score", "gte", 5)]}]


def test_fields_are_offered_by_category_with_the_locations_own(cast, alice):
    CustomField.record_new(name="Shoe size", key="shoe", type="NUMERICAL")
    response = alice.get(link("contacts:filter"))
    for text in ("Identity", "Full name", "Shoe size", "Custom fields", "Last activity"):
        assertContains(response, text)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"filters": "made-up"}, "damaged"),
        ({"filters": "x" * 12_001}, "too long"),
        ({"filters": packed(one("nonsense", "eq", "x"))}, "Invalid field"),
        ({"filters": packed(*[one("city", "eq", "x")] * 26)}, "at most 25 conditions"),
        ({"filters": packed(one("city", "eq", "x" * 76))}, "75 characters"),
        ({"sort": "nonsense"}, "Invalid field"),
        ({"q": "x" * 76}, "at most 75 characters"),
        ({"list": "0" * 20}, "deleted or is no longer shared"),
        ({"after": "made-up"}, "damaged"),
        ({"after": sorting.pack(["x", "y", "z"])}, "does not belong"),
    ],
)
def test_a_damaged_address_says_what_is_wrong_and_shows_nobody(cast, alice, query, sentence):
    make.contact("Ann")
    response = opened(alice, **query)
    assert response.status_code == 200 and rows(response) == []
    assertContains(response, sentence)


def test_pages_walk_forward_and_back_and_number_their_rows(cast, alice):
    for number in range(45):
        make.contact(f"N{number:02}")
    first = opened(alice, rows=20)
    assertContains(first, "1–20 of")
    second = alice.get(href(first, "next"))
    assertContains(second, "21–40 of")
    third = alice.get(href(second, "next"))
    assertContains(third, "41–45 of")
    assert href(third, "next") is None
    seen = rows(first) + rows(second) + rows(third)
    assert seen == [f"N{number:02}" for number in reversed(range(45))]
    back = alice.get(href(third, "prev"))
    assert rows(back) == rows(second)
    start = alice.get(href(back, "prev"))
    assert rows(start) == rows(first) and href(start, "prev") is None
    assertContains(start, "1–20 of")


def test_the_count_comes_apart_and_stops_at_its_limit(cast, alice):
    for number in range(25):
        make.contact(f"N{number}")
    page = opened(alice, rows=20)
    assertContains(page, 'hx-get="' + link("contacts:count"))
    assertContains(alice.get(link("contacts:count")), "25")
    whole = opened(alice)
    assertNotContains(whole, 'hx-get="' + link("contacts:count") + '"')
    assert sorting.count(Contact.objects.live(), 10) == 11


def test_the_counts_of_all_tabs_come_in_one_answer(cast, alice):
    make.contact("Ann", city="Austin"), make.contact("Ben")
    row = SmartList.record_new(name="Austin", owner=cast.alice, filters=[one("city", "eq", "Austin")])
    response = alice.get(link("contacts:counts"))
    assertContains(response, '<span id="count-all" hx-swap-oob="innerHTML">2</span>')
    assertContains(response, f'<span id="count-{row.pk}" hx-swap-oob="innerHTML">1</span>')


def test_columns_of_all_are_remembered_and_those_of_a_list_are_unsaved(cast, alice):
    make.contact("Ann", city="Austin", source="Fair")
    chosen = alice.post(link("contacts:columns_choose"), {"column": ["city", "name", "nonsense"]})
    assert chosen.status_code == 302
    page = opened(alice)
    assert re.findall(r'class="sort"[^>]*>([^<]+)', page.content.decode()) == ["City", "Name"]
    row = SmartList.record_new(name="Mine", owner=cast.alice)
    chosen = alice.post(link("contacts:columns_choose"), {"list": row.pk, "column": ["name", "source"]})
    page = alice.get(chosen["Location"])
    assertContains(page, "unsaved changes")
    assertContains(page, "Fair")
    assert alice.post(link("contacts:columns_choose"), {"column": []}).status_code == 400
    offered = alice.get(link("contacts:columns"))
    assertContains(offered, "Last activity")


def test_a_list_without_a_name_column_still_links_to_the_record(cast, alice):
    ann = make.contact("Ann", city="Austin")
    page = opened(alice, columns="city,score")
    assertContains(page, f"{link('contacts:show', ann.pk)}?n=1")


def test_what_contacts_hold_is_never_markup(cast, alice):
    evil = "<script>alert(1)</script>\"'&"
    field = CustomField.record_new(name=evil, key="evil", type="TEXT")
    make.contact(evil[:60], city=evil, company_name=evil, tags=("<b>tag</b>",), custom={field.pk: evil}, source=evil)
    page = opened(
        alice, columns=f"name,city,companyName,tags,source,customFields.{field.pk}", q="script"
    ).content.decode()
    assert "<script>alert" not in page and "<b>tag" not in page and "&lt;script&gt;" in page


def test_contacts_052_a_restricted_user_lists_counts_and_searches_only_their_own(cast, browse):
    make.contact("Owned", assigned_to=cast.bob)
    make.contact("Followed", followers=[cast.bob.pk])
    make.contact("Hidden")
    bob = browse(cast.bob)
    assert sorted(rows(opened(bob))) == ["Followed", "Owned"]
    assert rows(opened(bob, q="hidden")) == []
    assertContains(bob.get(link("contacts:count")), "2")
    assertContains(bob.get(link("contacts:counts")), '<span id="count-all" hx-swap-oob="innerHTML">2</span>')
    chosen = bob.post(link("contacts:bulk_start", "add_tags"), {"all": "1", "tags": "vip"})
    assert chosen.status_code in (302, 400, 422)
    Tag.objects.named(["vip"])
    bob.post(link("contacts:bulk_start", "add_tags"), {"all": "1", "tags": "vip"})
    action = BulkAction.objects.get()
    assert action.total == 2


def test_contacts_057_role_user_sees_no_delete_and_is_refused(cast, browse, alice):
    ann = make.contact("Ann")
    dora = browse(cast.dora)
    assertNotContains(opened(dora), link("contacts:bulk_ask", "delete"))
    assertContains(opened(alice), link("contacts:bulk_ask", "delete"))
    given = {"ids": ann.pk, "confirm": "DELETE"}
    assert dora.post(link("contacts:bulk_start", "delete"), given).status_code == 403
    assert dora.post(link("contacts:bulk_ask", "delete"), given).status_code == 403
    ann.refresh_from_db()
    assert ann.deleted_at is None


def test_other_locations_stay_closed(cast, browse):
    charlie = browse(cast.charlie)
    for name in ("list", "bulk_actions", "trash", "lists", "count", "counts"):
        assert charlie.get(link(f"contacts:{name}")).status_code == 404
    assert Client().get(link("contacts:list")).status_code == 302


def test_contacts_006_next_walks_a_filtered_sorted_list_across_pages(cast, alice):
    for number in range(120):
        make.contact(f"N{number:03}", city="Austin" if number < 110 else "")
    query = {"filters": packed(one("city", "eq", "Austin")), "sort": "-name"}
    page = opened(alice, **query)
    link_50 = re.findall(r'data-href="([^"]+)"', page.content.decode())[49].replace("&amp;", "&")
    record = alice.get(link_50)
    following = Contact.objects.get(first_name="N059")
    assertContains(record, link("contacts:show", following.pk))
    assert "n=51" in record.content.decode()


def test_neighbours_follow_the_order_of_any_list(cast, rf):
    made = [
        make.contact(name, date_of_birth=None, score=score) for name, score in (("A", 5), ("B", 9), ("C", 5), ("D", 1))
    ]
    for sort, names in (
        ("score", "DACB"),
        ("-score", "BCAD"),
        ("name", "ABCD"),
        ("dateOfBirth", "ABCD"),
        ("-assignedTo", "DCBA"),
    ):
        context = context_from(rf.get("/", {"sort": sort, "n": "2"}))
        by_name = {row.first_name: row for row in made}
        for at, name in enumerate(names):
            before, after, place = neighbours(context, by_name[name])
            assert before == (by_name[names[at - 1]].pk if at else ""), (sort, name)
            assert after == (by_name[names[at + 1]].pk if at < 3 else ""), (sort, name)
            assert place == 2
    assert context_from(rf.get("/", {"filters": "x"})).problem
    assert neighbours(context_from(rf.get("/", {"filters": "x"})), made[0]) == ("", "", 0)


def test_neighbours_stay_within_what_one_may_see(cast, as_, rf):
    mine = [make.contact(f"M{number}", assigned_to=cast.bob) for number in range(2)]
    make.contact("Hidden")
    with as_(cast.bob):
        assert neighbours(context_from(rf.get("/", {"sort": "dateAdded"})), mine[1])[:2] == (mine[0].pk, "")


def test_an_empty_list_says_what_helps(cast, alice, browse):
    assertContains(opened(alice), "Nobody here yet")
    assertContains(opened(browse(cast.bob)), "No contacts of yours yet")
    make.contact("Ann")
    assertContains(opened(alice, q="zzz"), "Nobody found")
    assertContains(opened(alice, filters=packed(one("city", "eq", "x"))), "Nobody matches these filters")


def test_contacts_064_a_contact_that_loses_the_tag_is_gone_from_the_list(cast, alice):
    ann = make.contact("Ann", tags=("lead",))
    row = SmartList.record_new(name="Leads", owner=cast.alice, filters=[one("tags", "eq", ["lead"])])
    assert rows(opened(alice, list=row.pk)) == ["Ann"]
    ann.untag("lead")
    assert rows(opened(alice, list=row.pk)) == []


def test_the_counts_of_all_tabs_share_one_limit(cast, alice, monkeypatch):
    make.contact("Ann")
    saved = SmartList.record_new(name="Everyone", owner=cast.alice)
    place = f'id="count-{saved.pk}" hx-swap-oob="innerHTML">'
    assertContains(alice.get(link("contacts:counts")), f"{place}1<")
    monkeypatch.setattr(lists, "COUNTS_LIMIT_MS", 0)
    assertContains(alice.get(link("contacts:counts")), f"{place}<")
