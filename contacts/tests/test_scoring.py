"""Engagement scores: rules, limits, the ledger, time, counting anew, and the settings."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts import consent
from contacts.merging import folding, undoing
from contacts.models import Contact, ScoreEvent, ScoreLine, ScoreProfile, ScoreRule, SmartList
from contacts.scoring import ageing, counting, profiles
from contacts.scoring.counting import happened
from contacts.scoring.crossing import crosses
from contacts.scoring.events import STARTING
from contacts.scoring.ledger import replay
from contacts.tasks import scores
from contacts.tests import make
from core import clock
from core.errors import Invalid
from core.pages import link
from journal.models import Entry
from journal.recorded import quietly

HTMX = {"HTTP_HX_REQUEST": "true"}


def published(kind: str = "contact", *rules: tuple[str, int], **fields) -> ScoreProfile:
    """A published score with rules (event, points)."""
    profile = ScoreProfile.record_new(kind=kind, name=f"{kind} score", **fields)
    profile.publish()
    for event, points in rules:
        profiles.add_rule(profile, event=event, points=points)
    return profile


def score(contact: Contact) -> int:
    contact.refresh_from_db()
    return contact.score


def test_contacts_107_an_e_mail_that_is_opened_three_times_counts_once(cast):
    published("contact", ("email_opened", 2))
    ann = make.contact("Ann")
    assert [happened(ann, "email_opened", "mail-1") for _ in range(3)] == [1, 0, 0]
    assert score(ann) == 2 and ScoreLine.objects.count() == 1
    happened(ann, "email_opened", "mail-2")
    assert score(ann) == 4


def test_contacts_108_a_score_never_falls_below_zero(cast):
    published("contact", ("sms_replied", 5), ("unsubscribed", -20))
    ann = make.contact("Ann")
    happened(ann, "sms_replied")
    happened(ann, "unsubscribed")
    assert score(ann) == 0
    last = ScoreLine.objects.order_by("-pk").first()
    assert (last.asked, last.points, last.balance) == (-20, -5, 0)
    happened(ann, "sms_replied")
    assert score(ann) == 5


def test_contacts_109_a_draft_changes_no_score(cast, drain):
    profiles.prepare()
    ann = make.contact("Ann")
    with drain():
        assert happened(ann, "email_opened", "mail-1") == 0
        ann.tag("vip")
    assert score(ann) == 0 and not ScoreLine.objects.exists() and not ScoreEvent.objects.exists()


def test_contacts_110_a_condition_fires_when_it_becomes_true(cast):
    published("contact", ("payment_received", 70), ("form_submitted", 10), ("appointment_no_show", -2))
    ann = make.contact("Ann")
    for event in ("payment_received", "form_submitted", "appointment_no_show"):
        happened(ann, event)
    changes = [
        (entry.facts["from"], entry.facts["to"])
        for entry in Entry.objects.filter(verb="contact.score_changed", contact_id=ann.pk).order_by("pk")
    ]
    assert changes == [(0, 70), (70, 80), (80, 78)]
    assert [crosses(*change, "gte", 75) for change in changes] == [False, True, False]


@pytest.mark.parametrize(
    ("before", "after", "operator", "value", "expected"),
    [
        (0, 5, "eq", 5, True), (5, 5, "eq", 5, False), (5, 6, "not_eq", 5, True), (5, 6, "gt", 5, True),
        (6, 7, "gt", 5, False), (5, 4, "lt", 5, True), (6, 5, "lte", 5, True), (0, 1, "not_empty", 0, True),
        (1, 2, "not_empty", 0, False), (3, 0, "empty", 0, True),
    ],
)  # fmt: skip
def test_every_operator_asks_for_the_edge(before, after, operator, value, expected):
    assert crosses(before, after, operator, value) is expected


def test_only_what_happens_after_publishing_counts(cast):
    profile = published("contact", ("email_opened", 2))
    ann = make.contact("Ann")
    assert happened(ann, "email_opened", "old", at=clock.now() - dt.timedelta(days=1)) == 0
    with pytest.raises(ValueError, match="not happened yet"):
        happened(ann, "email_opened", "new", at=clock.now() + dt.timedelta(days=1))
    profile.withdraw()
    assert happened(ann, "email_opened", "draft") == 0 and score(ann) == 0


def test_a_rule_counts_at_most_so_often_ever_and_a_day(cast):
    profile = published()
    profiles.add_rule(profile, event="email_opened", points=2, most_ever=3, most_per_day=2)
    ann = make.contact("Ann")
    assert [happened(ann, "email_opened", str(n)) for n in range(3)] == [1, 1, 0]
    with clock.moved(dt.timedelta(days=1)):
        assert [happened(ann, "email_opened", f"next{n}") for n in range(2)] == [1, 0]
    assert score(ann) == 6


def test_many_at_once_hold_the_same_limits(cast, django_assert_max_num_queries):
    profile = published()
    profiles.add_rule(profile, event="email_opened", points=2, most_ever=2)
    people = [make.contact(f"N{n}") for n in range(20)]
    rows = [counting.Happening(one.pk, "email_opened", str(n), clock.now()) for one in people for n in range(5)]
    with django_assert_max_num_queries(14):
        assert counting.count(rows) == 40
    assert {score(one) for one in people} == {4}


def test_the_maximum_of_a_profile_holds_and_both_scores_add_up(cast):
    published("contact", ("form_submitted", 60), most=100)
    published("lead", ("form_submitted", 7))
    ann = make.contact("Ann")
    happened(ann, "form_submitted")
    happened(ann, "form_submitted")
    assert score(ann) == 114


def test_tags_and_opt_outs_score_through_the_journal(cast, drain):
    profile = published("contact", ("unsubscribed", -20), ("complained", -30))
    ann = make.contact("Ann", email="ann@example.com")
    ann.tag("vip")
    vip = ann.tags[0]
    profiles.add_rule(profile, event="tag_added", item=vip, points=30)
    ben = make.contact("Ben", email="ben@example.com")
    with drain():
        ben.tag("vip", "other")
    assert score(ben) == 30 and score(ann) == 0, "the tag that Ann has was there before the rule"
    with drain():
        ben.untag("vip")
        ben.tag("vip")
        consent.unsubscribed(ben)
    assert score(ben) == 10


def test_another_tenants_rules_do_not_count(cast, as_):
    published("contact", ("email_opened", 2))
    with as_(cast.charlie, cast.globex_location):
        zoe = make.contact("Zoe")
        assert happened(zoe, "email_opened", "mail-1") == 0
    assert counting.count([counting.Happening(zoe.pk, "email_opened", "mail-1", clock.now())]) == 0
    assert not ScoreLine.objects.exists()


def test_points_expire_and_leave_what_the_others_come_to(cast):
    profile = published()
    profiles.add_rule(profile, event="email_opened", points=10, expires_days=30)
    profiles.add_rule(profile, event="sms_replied", points=5)
    ann = make.contact("Ann")
    happened(ann, "email_opened", "mail-1")
    happened(ann, "sms_replied", "sms-1")
    assert score(ann) == 15 and ageing.expire() == 0
    with clock.moved(dt.timedelta(days=31)):
        assert ageing.expire() == 1 and ageing.expire() == 0
    assert score(ann) == 5
    assert ScoreLine.objects.get(kind="expiry").points == -10


def test_an_expired_deduction_gives_back_no_more_than_it_took(cast):
    profile = published()
    profiles.add_rule(profile, event="email_opened", points=10, expires_days=10)
    profiles.add_rule(profile, event="unsubscribed", points=-20, expires_days=20)
    ann = make.contact("Ann")
    happened(ann, "email_opened", "mail-1")
    happened(ann, "unsubscribed", "x")
    for days in (11, 21):
        with clock.moved(dt.timedelta(days=days)):
            ageing.expire()
        assert score(ann) == 0


def test_a_score_fades_without_activity_once_for_every_period(cast):
    profile = published("contact", ("form_submitted", 50), decay_points=20, decay_days=30)
    ann, ben = make.contact("Ann"), make.contact("Ben")
    happened(ann, "form_submitted"), happened(ben, "form_submitted")
    assert ageing.fade(profile) == 0
    with clock.moved(dt.timedelta(days=31)):
        happened(ben, "email_opened", "still there")
        assert ageing.fade(profile) == 1 and ageing.fade(profile) == 0
        assert (score(ann), score(ben)) == (30, 50)
    for days, expected in ((62, 10), (93, 0), (124, 0)):
        with clock.moved(dt.timedelta(days=days)):
            ageing.fade(profile)
        assert score(ann) == expected


def test_the_night_ages_every_location_where_a_score_is_published(cast, drain):
    profile = published()
    profiles.add_rule(profile, event="email_opened", points=10, expires_days=1)
    ann = make.contact("Ann")
    happened(ann, "email_opened", "mail-1")
    with clock.moved(dt.timedelta(days=2)):
        assert scores.age() == 1
    assert score(ann) == 0


@given(st.lists(st.integers(-1000, 1000), max_size=30), st.integers(1, 1000))
def test_what_points_come_to_stays_between_zero_and_the_maximum(points, most):
    assert 0 <= replay(points, most) <= most
    if points and points[-1] >= 0:
        assert replay(points, most) >= replay(points[:-1], most)


def test_conditions_give_points_as_long_as_they_hold(cast, drain):
    profile = published("lead")
    profiles.add_rule(
        profile, name="In Austin", conditions=[{"field": "city", "operator": "eq", "value": "Austin"}], points=15
    )
    with drain():
        ann = make.contact("Ann", city="Austin")
        ben = make.contact("Ben", city="Dallas")
    assert (score(ann), score(ben)) == (15, 0)
    with drain():
        ann.change(first_name="Anna")
    assert score(ann) == 15
    with drain():
        ann.change(city="Dallas")
        ben.change(city="Austin")
    assert (score(ann), score(ben)) == (0, 15)


def test_publishing_gives_conditions_their_points_at_once_and_the_night_looks_again(cast, browse, drain):
    profiles.prepare()
    lead = ScoreProfile.objects.get(kind="lead")
    profiles.add_rule(
        lead, name="In Austin", conditions=[{"field": "city", "operator": "eq", "value": "Austin"}], points=15
    )
    ann, ben = make.contact("Ann", city="Austin"), make.contact("Ben", city="Dallas")
    client, url = browse(cast.alice), link("settings:score_publish", lead.pk)
    asked = client.get(url, **HTMX).content.decode()
    assert "1 contact at once" in asked and "starts at 0" in asked
    lead.refresh_from_db()
    assert not lead.is_published, "asking changes nothing"
    with drain():
        assert client.post(url, {"on": "on"}, **HTMX).status_code == 204
    assert (score(ann), score(ben)) == (15, 0)
    with quietly(reason="nothing tells of it, as of time that passes"):
        Contact.objects.filter(pk=ben.pk).update(city="Austin")
    with drain():
        scores.age()
    assert (score(ann), score(ben)) == (15, 15)
    new = link("settings:score_rule_create", lead.pk)
    near = SmartList.add(
        name="Austin", filters=[{"field": "city", "operator": "eq", "value": "Austin"}], owner=cast.alice
    )
    with drain():
        assert client.post(new, {"list": near.pk, "points": "5", "name": "Near"}).status_code == 302
    assert (score(ann), score(ben)) == (20, 20)


def test_an_event_that_nothing_reports_says_so_among_the_rules(cast, browse):
    page = browse(cast.alice).get(link("settings:scoring")).content.decode()
    assert page.count("not reported by anything yet") == 7, "unsubscribed and bounced are reported"


def test_counting_anew_follows_the_rules_of_today_and_keeps_what_was_given_by_hand(cast, drain):
    profile = published("contact", ("email_opened", 2), ("sms_replied", 5))
    opened, replied = ScoreRule.objects.order_by("position")
    ann = make.contact("Ann")
    happened(ann, "email_opened", "mail-1"), happened(ann, "sms_replied", "sms-1")
    assert counting.give(ann, 40, "Met at the fair") == 40
    replied.remove()
    opened.change(points=3)
    assert score(ann) == 47, "points of a deleted rule stay"
    for _ in range(2):
        with drain():
            scores.recount.apply_async([profile.pk])
        assert score(ann) == 43
    happened(ann, "email_opened", "mail-2")
    assert score(ann) == 46


def test_a_merge_adds_the_ledgers_up_and_the_score_goes_on_from_there(cast):
    published("contact", ("email_opened", 2))
    ann, ben = make.contact("Ann"), make.contact("Ben")
    happened(ann, "email_opened", "mail-1"), happened(ben, "email_opened", "mail-2")
    folding.merge([ann.pk, ben.pk], ann.pk)
    assert score(ann) == 4 and ScoreLine.objects.filter(contact=ann).count() == 2
    assert happened(ann, "email_opened", "mail-2") == 0
    ben.refresh_from_db()
    happened(ben, "email_opened", "mail-3")
    assert score(ann) == 6


def test_a_merge_holds_the_maximum_and_undoing_it_gives_each_its_own_back(cast):
    published("contact", ("form_submitted", 60), ("unsubscribed", -200), most=100)
    ann, ben = make.contact("Ann"), make.contact("Ben")
    happened(ann, "form_submitted", "one"), happened(ben, "form_submitted", "two")
    row = folding.merge([ann.pk, ben.pk], ann.pk)
    assert score(ann) == 100 == ledger_of(ann)
    undoing.undo(row.pk)
    assert (score(ann), score(ben)) == (60, 60) == (ledger_of(ann), ledger_of(ben))
    happened(ann, "form_submitted", "three")
    assert score(ann) == 100 == ledger_of(ann)
    folding.merge([ann.pk, ben.pk], ann.pk)
    happened(ann, "unsubscribed", "x")
    assert score(ann) == 0 == ledger_of(ann)


def ledger_of(contact: Contact) -> int:
    """What the lines of a contact add up to."""
    return sum(ScoreLine.objects.filter(contact=contact).values_list("points", flat=True))


def test_a_score_that_no_rule_gave_is_added_as_it_is(cast):
    ann, ben = make.contact("Ann", score=70), make.contact("Ben", score=50)
    folding.merge([ann.pk, ben.pk], ann.pk)
    assert score(ann) == 120


def test_contacts_in_the_trash_do_not_score(cast):
    published("contact", ("email_opened", 2))
    ann = make.contact("Ann")
    with quietly(reason="only the score is looked at"):
        Contact.objects.filter(pk=ann.pk).update(deleted_at=clock.now())
    assert happened(ann, "email_opened", "mail-1") == 0 and score(ann) == 0


def test_the_settings_begin_with_two_drafts_and_the_starting_rules(cast, browse):
    client = browse(cast.alice)
    for _ in range(2):
        assert client.get(link("settings:scoring")).status_code == 200
    assert {row.kind: row.is_published for row in ScoreProfile.objects.all()} == {"contact": False, "lead": False}
    assert list(ScoreRule.objects.order_by("position").values_list("event", "points")) == list(STARTING)
    assert browse(cast.dora).get(link("settings:scoring")).status_code == 403
    assert browse(cast.charlie).get(link("settings:scoring")).status_code == 404


def test_rules_are_added_changed_and_deleted_on_the_page(cast, browse):
    profiles.prepare()
    client = browse(cast.alice)
    lead = ScoreProfile.objects.get(kind="lead")
    new = link("settings:score_rule_create", lead.pk)
    assert client.get(new, **HTMX).status_code == 200
    assert client.post(new, {"event": "tag_added", "points": "0"}, **HTMX).status_code == 422
    assert client.post(new, {"points": "5"}, **HTMX).status_code == 422
    assert not lead.rules.exists()
    austin = SmartList.add(
        name="Austin", filters=[{"field": "city", "operator": "eq", "value": "Austin"}], owner=cast.alice
    )
    make.contact("Ann", city="Austin")
    assert client.post(new, {"list": austin.pk, "points": "5", "name": "Local"}, **HTMX).status_code == 204
    rule = lead.rules.get()
    assert rule.conditions[0]["field"] == "city"
    assert "1 match now" in client.get(link("settings:scoring")).content.decode()
    change = link("settings:score_rule_edit", rule.pk)
    assert client.get(change, **HTMX).status_code == 200
    assert client.post(change, {"list": "kept", "points": "-7", "name": "Local"}).status_code == 302
    rule.refresh_from_db()
    assert rule.points == -7 and rule.conditions[0]["field"] == "city"
    assert client.post(link("settings:score_rule_delete", rule.pk)).status_code == 302
    assert not lead.rules.exists()
    assert browse(cast.dora).post(new, {"event": "tag_added", "points": "5"}).status_code == 403


def test_publishing_changing_and_recalculating_are_pages_too(cast, browse):
    profiles.prepare()
    client = browse(cast.alice)
    row = ScoreProfile.objects.get(kind="contact")
    assert client.post(link("settings:score_recalculate", row.pk)).status_code == 404
    client.post(link("settings:score_publish", row.pk), {"on": "on"})
    row.refresh_from_db()
    assert row.is_published and row.published_at
    assert client.post(link("settings:score_recalculate", row.pk)).status_code == 302
    edit = link("settings:score_edit", row.pk)
    assert client.get(edit, **HTMX).status_code == 200
    assert client.post(edit, {"name": "Warmth", "most": "500", "decay_points": "5"}, **HTMX).status_code == 422
    answer = client.post(edit, {"name": "Warmth", "most": "500", "decay_points": "5", "decay_days": "30"})
    row.refresh_from_db()
    assert answer.status_code == 302 and (row.name, row.most, row.decay_days) == ("Warmth", 500, 30)
    client.post(link("settings:score_publish", row.pk), {})
    row.refresh_from_db()
    assert not row.is_published


def test_the_ledger_opens_from_the_score_on_the_record(cast, browse):
    published("contact", ("email_opened", 2))
    ann = make.contact("Ann")
    client = browse(cast.alice)
    assert "No points yet" in client.get(link("contacts:score", ann.pk), **HTMX).content.decode()
    happened(ann, "email_opened", "mail-1")
    assert link("contacts:score", ann.pk) in client.get(link("contacts:show", ann.pk)).content.decode()
    assert "E-mail opened" in client.get(link("contacts:score", ann.pk)).content.decode()
    assert browse(cast.bob).get(link("contacts:score", ann.pk)).status_code == 404


def test_a_rule_that_makes_no_sense_is_refused_and_nothing_is_written(cast):
    profile = published()
    for values in (
        {"event": "eclipse", "points": 5},
        {"event": "email_opened", "points": 0},
        {"event": "email_opened", "points": 5000},
        {"points": 5},
        {"conditions": [{"field": "city", "operator": "eq", "value": "Austin"}], "points": 5},
    ):
        with pytest.raises(Invalid):
            profiles.add_rule(profile, **values)
    assert not ScoreRule.objects.exists()
