"""What each bulk action does to contacts, and what undoing it gives back."""

import datetime as dt

import pytest
from django.http import QueryDict

from accounts.models import Team
from accounts.tests import make as accounts_make
from contacts import bulk, bulk_kinds, bulk_steps, consent
from contacts.models import BulkActionRow, Contact, Tag
from contacts.models.following import MOST as MOST_FOLLOWERS
from contacts.tagging import delete_tag
from contacts.tests import make
from core import scope
from core.errors import Forbidden, Invalid
from journal.models import Entry
from objects.models import CustomField


def live():
    return Contact.objects.live().order_by("pk")


def given(kind, **typed):
    """The params that a dialog's form makes of what is typed into it."""
    data = QueryDict(mutable=True)
    for name, value in typed.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    form = bulk_kinds.get(kind).form(data)
    assert form.is_valid(), form.errors
    return form.params()


@pytest.fixture
def do(drain):
    """Run an action to its end over all live contacts, or those given."""

    def doing(kind, audience=None, **typed):
        params = given(kind, **typed) if bulk_kinds.get(kind).form else {}
        with drain():
            action = bulk.start(kind, live() if audience is None else audience, params=params)
        action.refresh_from_db()
        return action

    return doing


@pytest.fixture
def undo(drain):
    def undoing(action):
        with drain():
            inverse = bulk.undo(action)
        inverse.refresh_from_db()
        return inverse

    return undoing


def fresh(*contacts):
    for contact in contacts:
        contact.refresh_from_db()


def entries(verb):
    return list(Entry.objects.filter(verb=verb).order_by("pk"))


def test_removing_all_tags_is_undone_with_each_contacts_own_tags(cast, do, undo):
    ann, ben, cy = make.contact("Ann", tags=("a", "b")), make.contact("Ben", tags=("b",)), make.contact("Cy")
    action = do("remove_all_tags")
    fresh(ann, ben)
    assert (ann.tags, ben.tags) == ([], [])
    assert (action.done, action.skipped, action.reasons) == (2, 1, {"Has no tags": 1})
    assert entries("contact.untagged")[0].facts == {"added": [], "removed": ["a", "b"]}
    undo(action)
    fresh(ann, ben, cy)
    assert sorted(ann.tag_names()) == ["a", "b"] and ben.tag_names() == ["b"] and cy.tags == []


def test_a_tag_deleted_since_does_not_come_back_with_an_undo(cast, do, undo):
    ann = make.contact("Ann", tags=("a", "b"))
    action = do("remove_all_tags")
    delete_tag(Tag.objects.get(name="a"))
    undo(action)
    fresh(ann)
    assert ann.tag_names() == ["b"]


def test_contacts_079_adding_to_a_company_replaces_the_one_before(cast, do, undo):
    old, new = make.business("Old"), make.business("New")
    ann = make.contact("Ann", business=old, company_name="Old")
    ben, cy = make.contact("Ben", company_name="Free text"), make.contact("Cy", business=new, company_name="New")
    action = do("set_company", business=new.pk)
    fresh(ann, ben, cy)
    assert [(row.business_id, row.company_name) for row in (ann, ben, cy)] == [(new.pk, "New")] * 3
    assert (action.done, action.skipped, action.reasons) == (2, 1, {"Works there already": 1})
    told = {entry.contact_id: entry.changes for entry in entries("contact.updated")}
    assert told[ann.pk] == {"business": [old.pk, new.pk], "company_name": ["Old", "New"]}
    assert told[ben.pk] == {"business": [None, new.pk], "company_name": ["Free text", "New"]}
    undo(action)
    fresh(ann, ben, cy)
    assert (ann.business_id, ann.company_name) == (old.pk, "Old")
    assert (ben.business_id, ben.company_name) == (None, "Free text")
    assert cy.business_id == new.pk


def test_removing_from_a_company_only_unlinks(cast, do, undo):
    firm = make.business("Firm")
    ann, ben = make.contact("Ann", business=firm, company_name="Firm"), make.contact("Ben", company_name="Text")
    action = do("remove_company")
    fresh(ann, ben, firm)
    assert (ann.business_id, ann.company_name, ben.company_name) == (None, "", "Text")
    assert action.reasons == {"Has no company": 1}
    undo(action)
    fresh(ann)
    assert (ann.business_id, ann.company_name) == (firm.pk, "Firm")


def test_what_changed_since_is_not_taken_back(cast, do, undo):
    first, second = make.business("First"), make.business("Second")
    ann, ben = make.contact("Ann"), make.contact("Ben")
    action = do("set_company", business=first.pk)
    fresh(ann)
    ann.change(business=second, company_name="Second")
    undone = undo(action)
    fresh(ann, ben)
    assert ann.business_id == second.pk and ben.business_id is None
    assert (undone.done, undone.skipped) == (1, 1)
    assert undone.reasons == {"Changed since, or what it had before is gone": 1}


def test_assigning_to_a_person_ends_their_following_and_a_teams_ownership(cast, do, undo):
    team = Team.record_new(name="Sales")
    ann = make.contact("Ann", followers=[cast.dora.pk, cast.bob.pk])
    ben, cy = make.contact("Ben", team=team), make.contact("Cy", assigned_to=cast.dora)
    action = do("assign_owner", to="user", user=cast.dora.pk)
    fresh(ann, ben, cy)
    assert [row.assigned_to_id for row in (ann, ben, cy)] == [cast.dora.pk] * 3
    assert ann.followers == [cast.bob.pk] and ben.team_id is None
    assert action.reasons == {"Has this owner already": 1}
    undo(action)
    fresh(ann, ben, cy)
    assert ann.assigned_to_id is None and ann.followers == [cast.dora.pk, cast.bob.pk]
    assert ben.team_id == team.pk and ben.assigned_to_id is None and cy.assigned_to_id == cast.dora.pk


def test_the_entry_of_a_bulk_assignment_looks_like_that_of_a_single_one(cast, do):
    one, other = make.contact("Ann", followers=[cast.dora.pk]), make.contact("Ben", followers=[cast.dora.pk])
    one.assign_to(cast.dora.pk)
    do("assign_owner", live().filter(pk=other.pk), to="user", user=cast.dora.pk)
    single, many = entries("contact.assigned")
    assert single.changes == many.changes and single.facts == many.facts


def test_assigning_to_a_team_and_to_nobody(cast, do, undo):
    team = Team.record_new(name="Sales")
    ann = make.contact("Ann", assigned_to=cast.dora)
    to_team = do("assign_owner", to="team", team=team.pk)
    fresh(ann)
    assert (ann.assigned_to_id, ann.team_id) == (None, team.pk)
    to_nobody = do("assign_owner", to="nobody")
    fresh(ann)
    assert (ann.assigned_to_id, ann.team_id) == (None, None)
    undo(to_nobody)
    fresh(ann)
    assert ann.team_id == team.pk
    undo(to_team)
    fresh(ann)
    assert (ann.assigned_to_id, ann.team_id) == (cast.dora.pk, None)


def test_in_turn_everybody_gets_as_many_across_chunks(cast):
    for number in range(25):
        make.contact(f"N{number}")
    team = [cast.alice.pk, cast.bob.pk, cast.dora.pk]
    action = bulk.start("assign_owner", live(), params=given("assign_owner", to="round_robin", users=team))
    while bulk_steps.advance(action.pk, 7):
        pass
    counts = sorted(Contact.objects.filter(assigned_to=person).count() for person in team)
    assert counts == [8, 8, 9]


def test_an_owner_who_left_does_not_come_back_with_an_undo(cast, do, undo):
    eve = accounts_make.user(cast.company, "Eve")
    membership = accounts_make.membership(eve, cast.location, "user")
    ann = make.contact("Ann", assigned_to=eve)
    action = do("assign_owner", to="user", user=cast.dora.pk)
    membership.remove()
    undone = undo(action)
    fresh(ann)
    assert ann.assigned_to_id == cast.dora.pk and undone.skipped == 1


def test_a_restricted_user_cannot_hand_on_what_they_merely_follow(cast, drain, as_):
    mine = make.contact("Mine", assigned_to=cast.bob)
    followed = make.contact("Followed", followers=[cast.bob.pk], assigned_to=cast.dora)
    with as_(cast.bob), drain():
        params = given("assign_owner", to="user", user=cast.alice.pk)
        action = bulk.start("assign_owner", live().visible_to(scope.current().actor), params=params)
    fresh(mine, followed, action)
    assert mine.assigned_to_id == cast.alice.pk and followed.assigned_to_id == cast.dora.pk
    assert (action.done, action.failed) == (1, 1)
    assert list(action.reasons) == ["Only the owner or somebody who sees all contacts can change the owner"]


def test_followers_are_added_except_to_contacts_that_have_ten(cast, do, undo):
    many = [accounts_make.user(cast.company, f"U{number}") for number in range(MOST_FOLLOWERS)]
    full = make.contact("Full", followers=[person.pk for person in many])
    ann, ben = make.contact("Ann", followers=[cast.bob.pk]), make.contact("Ben", assigned_to=cast.dora)
    action = do("add_followers", users=[cast.dora.pk])
    fresh(full, ann, ben)
    assert len(full.followers) == MOST_FOLLOWERS
    assert ann.followers == [cast.bob.pk, cast.dora.pk] and ben.followers == []
    assert (action.done, action.skipped) == (1, 2)
    assert action.reasons[f"A contact can have {MOST_FOLLOWERS} followers"] == 1
    assert entries("contact.followed")[0].facts == {"users": [cast.dora.pk]}
    undo(action)
    fresh(ann)
    assert ann.followers == [cast.bob.pk]


def test_removing_followers_is_undone_for_those_who_followed(cast, do, undo):
    ann = make.contact("Ann", followers=[cast.bob.pk, cast.dora.pk])
    ben = make.contact("Ben", followers=[cast.dora.pk])
    action = do("remove_followers", users=[cast.bob.pk])
    fresh(ann, ben)
    assert ann.followers == [cast.dora.pk] and action.skipped == 1
    undo(action)
    fresh(ann, ben)
    assert set(ann.followers) == {cast.bob.pk, cast.dora.pk} and ben.followers == [cast.dora.pk]


@pytest.mark.parametrize(
    "name, typed, stored",
    [
        ("city", "  New   York ", "New York"),
        ("country", "de", "DE"),
        ("type", "customer", "customer"),
        ("timezone", "Europe/Berlin", "Europe/Berlin"),
        ("date_of_birth", "1990-02-03", dt.date(1990, 2, 3)),
    ],
)
def test_a_standard_field_is_written_in_its_normal_form_and_taken_back(cast, do, undo, name, typed, stored):
    ann, ben = make.contact("Ann"), make.contact("Ben", **{name: stored})
    before = getattr(ann, name)
    action = do("update_field", field=name, value=typed)
    fresh(ann, ben)
    assert getattr(ann, name) == getattr(ben, name) == stored
    assert (action.done, action.skipped) == (1, 1)
    undo(action)
    fresh(ann, ben)
    assert getattr(ann, name) == before and getattr(ben, name) == stored


def test_a_field_is_cleared_and_nobody_is_left_without_a_name_or_an_address(cast, do, undo):
    ann, ben = make.contact("Ann", city="Rome"), make.contact("Ben", email="ben@example.com")
    action = do("update_field", field="first_name", value="", clear="on")
    fresh(ann, ben)
    assert ann.first_name == "Ann" and ben.first_name == ""
    assert (action.done, action.failed) == (1, 1)
    assert action.reasons == {"Needs a name, an e-mail or a phone number": 1}
    undo(action)
    fresh(ben)
    assert ben.first_name == "Ben"


def test_a_custom_field_is_written_cleared_and_taken_back(cast, do, undo):
    size = CustomField.record_new(name="Size", key="size", type="NUMERICAL")
    other = CustomField.record_new(name="Other", key="other", type="TEXT")
    ann, ben = make.contact("Ann", custom={size.pk: 4, other.pk: "stays"}), make.contact("Ben")
    action = do("update_field", field=size.pk, value="7")
    fresh(ann, ben)
    assert ann.custom == {size.pk: 7, other.pk: "stays"} and ben.custom == {size.pk: 7}
    assert entries("contact.updated")[-2].changes == {"custom": [{size.pk: 4}, {size.pk: 7}]}
    undo(action)
    fresh(ann, ben)
    assert ann.custom == {size.pk: 4, other.pk: "stays"} and ben.custom == {}
    cleared = do("update_field", field=size.pk, value="", clear="on")
    fresh(ann)
    assert ann.custom == {other.pk: "stays"} and cleared.reasons == {"Is empty already": 1}


@pytest.mark.parametrize(
    "typed, field",
    [
        ({"field": "", "value": "x"}, "field"),
        ({"field": "email", "value": "x@example.com"}, "field"),
        ({"field": "score", "value": "3"}, "field"),
        ({"field": "city", "value": ""}, "value"),
        ({"field": "country", "value": "Germany"}, "value"),
        ({"field": "date_of_birth", "value": "soon"}, "value"),
    ],
)
def test_a_field_or_value_that_cannot_be_is_refused_before_anything_starts(cast, typed, field):
    with pytest.raises(Invalid) as told:
        given("update_field", **typed)
    assert list(told.value.errors) == [field]


def test_a_unique_field_is_refused_in_bulk(cast):
    number = CustomField.record_new(name="Number", key="number", type="TEXT", is_unique=True)
    with pytest.raises(Invalid, match="unique"):
        given("update_field", field=number.pk, value="7")


def test_channels_are_blocked_and_opened_again(cast, do, undo):
    ann, ben = make.contact("Ann"), make.contact("Ben")
    ben.set_dnd(channels={"SMS": {"status": "active", "message": "asked"}})
    action = do("set_dnd", channels=["SMS", "Email", "inbound"], message="Summer break")
    fresh(ann, ben)
    assert ann.dnd_settings["SMS"]["status"] == ann.dnd_settings["Email"]["status"] == "active"
    assert ann.dnd_settings["SMS"]["message"] == "Summer break" and ann.dnd_settings["SMS"]["by"] == "Alice Adams"
    assert ann.inbound_dnd == {"all": {"status": "active", "message": "Summer break"}} and not ann.dnd
    assert ben.dnd_settings["SMS"]["message"] == "asked"
    told = [entry for entry in entries("contact.dnd_changed") if entry.contact_id == ben.pk][-1]
    assert set(told.changes["dnd_settings"][1]) == {"Email"}
    undo(action)
    fresh(ann, ben)
    assert ann.dnd_settings == {} and ann.inbound_dnd == {} and set(ben.dnd_settings) == {"SMS"}


def test_everything_is_blocked_and_opened(cast, do):
    ann = make.contact("Ann")
    ann.set_dnd(channels={"Email": {"status": "active"}})
    do("set_dnd", channels=["all"])
    fresh(ann)
    assert ann.dnd_summary == "On"
    do("clear_dnd", channels=["all"])
    fresh(ann)
    assert ann.dnd_summary == "Off"


def test_opening_e_mail_in_bulk_forgets_the_unsubscription_as_one_by_one_does(cast, do, undo):
    ann = make.contact("Ann", email="ann@example.com")
    consent.unsubscribed(ann)
    action = do("clear_dnd", channels=["SMS"])
    fresh(ann)
    assert ann.has_unsubscribed
    action = do("clear_dnd", channels=["Email"])
    fresh(ann)
    assert not ann.has_unsubscribed and consent.may_send(ann, "Email", "marketing")
    assert action.done == 1


def test_a_block_for_good_is_never_lifted_in_bulk(cast, do):
    ann, ben = make.contact("Ann"), make.contact("Ben")
    for contact in (ann, ben):
        contact.set_dnd(channels={"SMS": {"status": "permanent"}})
    ben.set_dnd(channels={"Email": {"status": "active"}})
    action = do("clear_dnd", channels=["SMS", "Email"])
    fresh(ann, ben)
    assert ann.dnd_settings["SMS"]["status"] == ben.dnd_settings["SMS"]["status"] == "permanent"
    assert ben.dnd_settings["Email"]["status"] == "inactive"
    assert (action.done, action.failed) == (1, 1)
    assert action.reasons == {"Stays blocked: only the contact can opt in again": 2}


def test_a_contact_merged_meanwhile_counts_as_its_master_and_only_once(cast, drain):
    master, one, two = make.contact("Master"), make.contact("One"), make.contact("Two")
    outside, third = make.contact("Outside"), make.contact("Third")
    audience = live().exclude(pk=outside.pk)
    action = bulk.start("add_tags", audience, params=bulk.tag_params(["vip"], create=True))
    for contact, into in ((one, master), (two, one), (third, outside)):
        contact.trash()
        contact.change("contact.updated", merged_into=into.pk)
    bulk_steps.advance(action.pk)
    fresh(master, outside, one, two, action)
    assert master.tag_names() == outside.tag_names() == ["vip"] and one.tags == two.tags == []
    assert (action.done, action.skipped) == (2, 2)
    assert action.reasons == {"Merged into a contact that is in this action too": 2}
    assert BulkActionRow.objects.filter(action=action, subject_id=outside.pk, outcome="done").count() == 1


@pytest.mark.parametrize("kind", ["add_tags", "assign_owner", "set_company", "update_field", "set_dnd", "delete"])
def test_who_lacks_the_ability_starts_nothing(cast, as_, kind):
    make.contact("Ann")
    membership = cast.dora.memberships.get()
    membership.change(withheld=["contacts.bulk"])
    with as_(cast.dora), pytest.raises(Forbidden):
        bulk.start(kind, live(), params={})
    assert not BulkActionRow.objects.exists()


def test_a_forecast_tells_what_will_be_passed_over(cast):
    make.contact("Ann", tags=("vip",)), make.contact("Ben"), make.contact("Cy")
    params = given("remove_tags", tags=["vip"])
    assert bulk.forecast(bulk_kinds.get("add_tags"), live(), params) == (3, [(1, "have these tags already")])
    assert bulk.forecast(bulk_kinds.get("remove_tags"), live(), params) == (3, [(2, "have none of these tags")])


def test_the_end_of_an_action_is_in_the_journal_with_its_figures(cast, do):
    make.contact("Ann", tags=("vip",)), make.contact("Ben")
    action = do("add_tags", tags=["vip"])
    (told,) = entries("bulk_action.completed")
    assert told.subject_id == action.pk and told.actor_id == cast.alice.pk
    assert {key: told.facts[key] for key in ("total", "done", "failed", "skipped")} == {
        "total": 2, "done": 1, "failed": 0, "skipped": 1,
    }  # fmt: skip
    assert told.facts["owner"] == cast.alice.pk and told.facts["name"] == action.name
