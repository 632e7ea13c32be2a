import datetime as dt

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from contacts.explaining import explain
from contacts.filters import parse
from contacts.models import SmartList, Tag
from contacts.tests import make
from contacts.tests.test_lists import opened, packed
from core import clock
from core.pages import link


def one(field, operator, value=None):
    return {"field": field, "operator": operator, "value": value}


def told(tree, contact, **kwargs):
    return explain(parse(tree), contact, **kwargs)


@pytest.fixture
def alice(cast, browse):
    return browse(cast.alice)


def why(client, contact, **query):
    return client.get(link("contacts:why", contact.pk), query, headers={"HX-Request": "true"})


def test_each_clause_says_what_the_contact_has(cast):
    ann = make.contact("Ann", city="Austin", score=81, tags=("referral",), assigned_to=cast.alice)
    found = told(
        [
            one("tags", "eq", ["referral", "nonesuch"]),
            one("city", "eq", "Boston"),
            {"group": "OR", "filters": [one("score", "gte", 60), one("assignedTo", "eq", [cast.bob.pk])]},
        ],
        ann,
    )
    tags, city, either = found.clauses
    assert not found.is_in
    assert found.figure == "2 of 3 groups match"
    assert (tags.verdict, tags.said) == ("yes", "Holds")
    assert tags.actual.startswith("Has referral") and tags.at is not None
    assert (city.verdict, city.actual) == ("no", "City is Austin")
    assert either.verdict == "yes" and either.heading == "at least one of"
    score, owner = either.parts
    assert (score.verdict, score.actual) == ("yes", "Score is 81")
    assert owner.verdict == "spare"
    assert owner.actual == f"Owner is {cast.alice.name}. Not needed, one is enough"


def test_empty_values_and_absent_rows_are_said(cast):
    ben = make.contact("Ben")
    said = [
        clause.actual
        for clause in told(
            [
                one("city", "eq", "Austin"),
                one("assignedTo", "eq", ["me"]),
                one("hasOpenTask", "yes"),
                one("event.noteAdded", "happened", {"when": "ever"}),
                one("dndSMS", "yes"),
            ],
            ben,
        ).clauses
    ]
    assert said == [
        "City is empty",
        "Nobody owns the contact",
        "No open tasks",
        "Never happened",
        "Do not disturb, SMS is no",
    ]


def test_the_day_on_which_somebody_leaves_or_comes_is_told(cast):
    zone = cast.location.zone
    ann = make.contact("Ann", last_activity_at=clock.now() - dt.timedelta(days=2))
    today = clock.today(zone)
    active = ann.last_activity_at.astimezone(zone).date()
    assert told([one("lastActivity", "in_last", 7)], ann).changes_on == active + dt.timedelta(days=7)
    quiet = told([one("lastActivity", "not_in_last", 7)], ann)
    assert not quiet.is_in and quiet.changes_on == active + dt.timedelta(days=8)
    assert told([one("lastActivity", "in_last", 7), one("city", "eq", "Austin")], ann).changes_on is None
    assert told([one("city", "exists")], ann).changes_on is None
    assert active < today


def test_a_broken_condition_is_said_to_be_broken(cast):
    ann = make.contact("Ann", tags=("lead",))
    tag = Tag.objects.get(name="lead")
    gone = tag.pk
    tag.remove()
    (clause,) = told([one("tags", "not_eq", [gone])], ann).clauses
    assert clause.verdict == "broken"
    assert "the tag it names was deleted" in clause.actual


def test_a_row_of_a_list_explains_itself_in_words_not_colour_alone(cast, alice):
    ann = make.contact("Ann", city="Austin", score=3)
    row = SmartList.record_new(
        name="Austin", owner=cast.alice, filters=[one("city", "eq", "Austin"), one("score", "gte", 1)]
    )
    assertContains(opened(alice, list=row.pk), link("contacts:why", ann.pk))
    assertNotContains(opened(alice), link("contacts:why", ann.pk))
    page = why(alice, ann, list=row.pk)
    assertContains(page, "Why Ann is in this list")
    assertContains(page, 'aria-label="Holds"', count=2)
    assertContains(page, "City is Austin")
    assertContains(page, "2 of 2 filters match")


def test_who_is_not_in_a_list_is_found_and_told_why(cast, alice):
    make.contact("Ann", city="Austin")
    ben = make.contact("Ben", city="Boston")
    row = SmartList.record_new(name="Austin", owner=cast.alice, filters=[one("city", "eq", "Austin")])
    found = alice.get(link("contacts:why_find"), {"list": row.pk, "who": "ben"}, headers={"HX-Request": "true"})
    assertContains(found, f"{link('contacts:why', ben.pk)}?list={row.pk}")
    page = why(alice, ben, list=row.pk)
    assertContains(page, "Why Ben is not in this list")
    assertContains(page, "Does not hold")
    assertContains(page, "City is Boston")


def test_a_search_and_the_trash_count_too(cast, alice):
    ann = make.contact("Ann", city="Austin")
    query = {"filters": packed(one("city", "eq", "Austin"))}
    assertContains(why(alice, ann, **query, q="zebra"), "does not find them")
    ann.trash()
    page = why(alice, ann, **query)
    assertContains(page, "Why Ann is not in this list")
    assertContains(page, "in the trash")


def test_without_a_list_one_chooses_which(cast, alice):
    ann = make.contact("Ann")
    row = SmartList.record_new(name="Austin", owner=cast.alice, filters=[one("city", "eq", "Austin")])
    page = alice.get(link("contacts:why", ann.pk))
    assertContains(page, "Is Ann in a list?")
    assertContains(page, f'value="{row.pk}"')
    assertContains(page, 'value="follow_up"')


def test_nobody_explains_what_they_may_not_see(cast, browse):
    hidden = make.contact("Hidden", city="Austin")
    bob, charlie = browse(cast.bob), browse(cast.charlie)
    query = {"filters": packed(one("city", "eq", "Austin"))}
    assert bob.get(link("contacts:why", hidden.pk), query).status_code == 404
    assertNotContains(bob.get(link("contacts:why_find"), {**query, "who": "hidden"}), hidden.pk)
    assert charlie.get(link("contacts:why", hidden.pk), query).status_code == 404
    private = SmartList.record_new(name="Private", owner=cast.alice, filters=[one("city", "eq", "Austin")])
    mine = make.contact("Mine", assigned_to=cast.bob)
    assertContains(why(bob, mine, list=private.pk), "no longer shared with you")


def test_what_a_contact_holds_is_never_markup_in_an_explanation(cast, alice):
    ann = make.contact("<b>Ann", city="<script>x")
    page = why(alice, ann, filters=packed(one("city", "starts_with", "<script>")))
    assertNotContains(page, "<script>x")
    assertNotContains(page, "<b>Ann")


def test_twenty_five_conditions_take_few_queries(cast, alice, django_assert_max_num_queries):
    ann = make.contact("Ann", city="Austin", tags=("lead",))
    lead = Tag.objects.get(name="lead").pk
    tree = [one("city", "contains", f"a{number}") for number in range(12)]
    tree += [one("tags", "eq", [lead]) for _ in range(6)]
    tree += [one("event.noteAdded", "not_happened", {"when": "in_last", "days": number}) for number in range(1, 7)]
    opened(alice)
    with django_assert_max_num_queries(25):
        assert why(alice, ann, filters=packed(*tree)).status_code == 200
