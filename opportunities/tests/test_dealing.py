"""Adding, changing and ending opportunities."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.models import Contact, Tag
from contacts.tests.make import contact
from core import clock, scope
from core.errors import Forbidden, Invalid, LimitReached, Refused
from journal import timeline
from journal.models import Entry
from objects.models import CustomField
from opportunities import dealing, pipelines
from opportunities.models import Opportunity, value_for
from opportunities.normal import cents
from opportunities.tests import make


def verbs_of(row: Opportunity) -> list[str]:
    return list(row.history().order_by("pk").values_list("verb", flat=True))


def test_a_new_opportunity_takes_the_name_of_its_contact_and_the_first_stage(cast):
    sales = make.pipeline()
    ann = contact("Ann", last_name="Lee")
    row = dealing.add(ann, value="1,5".replace(",", "."))
    assert (row.name, row.pipeline_id, row.stage.name, row.status) == ("Ann Lee", sales.pk, "New", "open")
    assert row.value == Decimal("1.5") and row.created_via == "ui"


def test_every_fault_is_named_at_once_and_nothing_is_written(cast):
    make.pipeline()
    before = Entry.objects.count()
    with pytest.raises(Invalid) as caught:
        dealing.add(
            contact(), value=-1, status="all", assigned_to=cast.charlie.pk, probability=101, expected_close_on="soon"
        )
    assert set(caught.value.errors) == {"value", "status", "assigned_to", "probability", "expected_close_on"}
    assert not Opportunity.objects.exists() and Entry.objects.count() == before + 1  # the contact's


def test_a_stage_of_another_pipeline_is_refused(cast):
    one, two = make.pipeline("One"), make.pipeline("Two")
    with pytest.raises(Invalid, match="in this pipeline"):
        dealing.add(contact(), pipeline=one, stage=make.stages(two)[0])
    assert not Opportunity.objects.exists()


def test_without_a_pipeline_the_sentence_says_so(cast):
    with pytest.raises(Invalid, match="no pipeline yet"):
        dealing.add(contact())


def test_each_kind_of_change_is_an_entry_of_its_own(cast):
    row = make.opportunity(value=10)
    last = make.stages(row.pipeline)[-1]
    dealing.edit(
        row, stage=last, status="won", value=20, assigned_to=cast.dora.pk, expected_close_on="2030-05-01",
        tags=["Hot"], followers=[cast.bob.pk], name="Bigger website", source="Fair",
    )  # fmt: skip
    assert sorted(verbs_of(row)) == sorted(
        ["opportunity.created", "opportunity.assigned", "opportunity.stage_changed", "opportunity.status_changed",
         "opportunity.rescheduled", "opportunity.value_changed", "opportunity.tagged", "opportunity.followed",
         "opportunity.updated"]
    )  # fmt: skip
    dealing.edit(row, stage=last, status="won", value=20, assigned_to=cast.dora.pk, tags=["hot"], name="Bigger website")
    assert len(verbs_of(row)) == 9, "what is as it was leaves no entry"


def test_contacts_116_with_duplicates_off_a_second_opportunity_by_an_automation_updates_the_first(cast):
    ann = contact("Ann")
    sales = make.pipeline()
    first = dealing.add(ann, pipeline=sales, name="Website", value=100)
    with scope.use(via="workflow"):
        row, is_new = dealing.upsert(ann, pipeline=sales, stage=make.stages(sales)[2], name="Second", value=250)
    assert not is_new and row.pk == first.pk and Opportunity.objects.count() == 1
    first.refresh_from_db()
    assert (first.name, first.stage.name, first.value) == ("Second", "Proposal", 250)


def test_adding_a_second_one_by_hand_is_refused_and_names_the_first(cast):
    ann = contact("Ann")
    first = dealing.add(ann, pipeline=make.pipeline())
    with pytest.raises(dealing.Duplicate) as caught:
        dealing.add(ann)
    assert caught.value.opportunity == first and Opportunity.objects.count() == 1


def test_only_open_ones_of_the_same_pipeline_count_as_duplicates(cast):
    ann = contact("Ann")
    one, two = make.pipeline("One"), make.pipeline("Two")
    dealing.add(ann, pipeline=one, status="won")
    trashed = dealing.add(ann, pipeline=one)
    dealing.trash(trashed)
    assert dealing.upsert(ann, pipeline=one)[1]
    assert dealing.upsert(ann, pipeline=two)[1]
    assert not dealing.upsert(ann, pipeline=two)[1]


@pytest.mark.parametrize(("location", "stage", "is_new"), [
    (True, None, True), (True, False, False), (False, None, False), (False, True, True),
])  # fmt: skip
def test_the_stage_overrides_what_the_location_says_about_duplicates(cast, location, stage, is_new):
    cast.location.change(allow_duplicate_opportunities=location)
    ann = contact("Ann")
    sales = make.pipeline()
    target = make.stages(sales)[1]
    target.change(allows_duplicates=stage)
    dealing.upsert(ann, pipeline=sales)
    assert dealing.upsert(ann, pipeline=sales, stage=target)[1] is is_new


def test_a_lost_reason_is_wanted_where_the_location_says_so(cast):
    cast.location.change(lost_reason_required=True)
    row = make.opportunity()
    with pytest.raises(Invalid, match="why it was lost"):
        row.set_status("lost")
    row.refresh_from_db()
    assert row.status == "open"
    reason = make.lost_reason()
    row.set_status("lost", reason)
    row.set_status("lost")
    assert row.lost_reason_id == reason.pk, "losing it again keeps the reason"
    row.set_status("open")
    assert row.lost_reason_id is None
    assert [entry.facts["reason"] for entry in row.history() if entry.verb == "opportunity.status_changed"] == [
        "", "Too expensive",
    ]  # fmt: skip


def test_contacts_115_the_reason_given_when_it_is_lost_is_stored(cast):
    row = make.opportunity()
    reason = make.lost_reason()
    dealing.edit(row, status="lost", lost_reason=reason.pk)
    row.refresh_from_db()
    assert (row.status, row.lost_reason) == ("lost", reason)
    assert row.effective_probability == 0 and row.weighted_cents == 0


def test_contacts_119_the_slip_of_the_close_date_is_counted(cast):
    row = dealing.add(contact(), pipeline=make.pipeline(), expected_close_on=dt.date(2027, 5, 1))
    dealing.edit(row, expected_close_on=dt.date(2027, 5, 20))
    row.refresh_from_db()
    assert (row.original_close_on, row.close_slips, row.close_slipped_days) == (dt.date(2027, 5, 1), 1, 19)
    dealing.edit(row, expected_close_on=dt.date(2027, 5, 10))
    dealing.edit(row, expected_close_on=None)
    row.refresh_from_db()
    assert (row.expected_close_on, row.close_slips, row.close_slipped_days) == (None, 1, 19)


def test_contacts_120_the_eleventh_additional_contact_is_refused_and_the_primary_one_stays(cast):
    row = make.opportunity()
    primary = row.contact_id
    for number in range(10):
        assert dealing.add_participant(row, contact(f"P{number}"))
    with pytest.raises(LimitReached, match="10 additional contacts"):
        dealing.add_participant(row, contact("Eleventh"))
    row.refresh_from_db()
    assert row.participants.count() == 10 and row.contact_id == primary
    again = Contact.objects.get(first_name="P3")
    assert not dealing.add_participant(row, again)
    assert dealing.remove_participant(row, again.pk) and not dealing.remove_participant(row, again.pk)
    with pytest.raises(Refused, match="primary contact"):
        dealing.add_participant(row, row.contact)


def test_an_eleventh_follower_is_refused_and_a_stranger_too(cast):
    row = make.opportunity(followers=[f"{number:020d}" for number in range(10)])
    with pytest.raises(LimitReached, match="10 followers"):
        dealing.follow(row, [cast.dora.pk])
    with pytest.raises(Invalid, match="works at this location"):
        dealing.follow(row, [cast.charlie.pk])
    row.refresh_from_db()
    assert len(row.followers) == 10


def test_an_owner_is_no_follower(cast):
    row = make.opportunity()
    dealing.follow(row, [cast.dora.pk])
    dealing.edit(row, assigned_to=cast.dora.pk)
    assert row.followers == [] and dealing.follow(row, [cast.dora.pk]) == []


def test_a_follower_who_sees_only_their_own_may_not_change_the_owner(cast, as_):
    row = make.opportunity(followers=[cast.bob.pk])
    with as_(cast.bob), pytest.raises(Forbidden):
        dealing.edit(row, assigned_to=cast.bob.pk, name="Mine")
    row.refresh_from_db()
    assert (row.assigned_to_id, row.name) == (None, "Website")


def test_what_a_restricted_user_adds_is_theirs(cast, as_):
    make.pipeline()
    ann = contact("Ann", assigned_to=cast.bob)
    with as_(cast.bob):
        row = dealing.add(ann)
        assert row.assigned_to_id == cast.bob.pk and row in Opportunity.objects.live().visible_to(scope.current().actor)


def test_contacts_117_without_the_permission_no_value_is_seen_or_written(cast, as_):
    row = make.opportunity(value=500)
    member = cast.dora.memberships.get()
    member.change(withheld=["opportunities.values"])
    with as_(cast.dora):
        assert value_for(row, scope.current().actor) is None
        with pytest.raises(Forbidden):
            dealing.edit(row, value=1, name="Cheap")
        dealing.edit(row, name="Renamed", value=500)
    row.refresh_from_db()
    assert (row.value, row.name) == (500, "Renamed")
    assert value_for(row, scope.current().actor) == 500


def test_automations_move_backwards_only_out_of_stages_that_allow_it(cast):
    row = make.opportunity()
    first, second, *_ = make.stages(row.pipeline)
    row.move_to(second)
    second.change(allows_going_back=False)
    row = Opportunity.objects.get(pk=row.pk)
    with scope.use(via="workflow"), pytest.raises(Refused, match="may not move"):
        row.move_to(first)
    row.refresh_from_db()
    assert row.stage == second
    row.move_to(first)
    assert row.stage_id == first.pk, "people may"


def test_unique_custom_fields_hold_among_opportunities(cast):
    cast.location.change(allow_duplicate_opportunities=True)
    field = CustomField.record_new(model="opportunity", name="Order", key="order", type="TEXT", is_unique=True)
    make.pipeline()
    dealing.add(contact(), custom={field.pk: "A1"})
    with pytest.raises(Invalid, match="already used"):
        dealing.add(contact(), custom={field.pk: "a1"})
    assert Opportunity.objects.count() == 1
    other = CustomField.record_new(model="contact", name="Shoe", key="shoe", type="TEXT")
    with pytest.raises(Invalid, match="no such custom field"):
        dealing.add(contact(), custom={other.pk: "x"})


def test_the_trash_keeps_thirty_days(cast):
    row = make.opportunity()
    dealing.trash(row)
    dealing.trash(row)
    assert not Opportunity.objects.live().exists() and verbs_of(row).count("opportunity.deleted") == 1
    with clock.moved(dt.timedelta(days=31)), pytest.raises(Refused, match="30 days"):
        dealing.restore(row)
    dealing.restore(row)
    row.refresh_from_db()
    assert row.deleted_at is None


def test_what_lay_in_a_deleted_pipeline_can_be_restored_into_another(cast):
    row = make.opportunity()
    dealing.trash(row)
    pipelines.delete(row.pipeline)
    other = make.pipeline("Other")
    row.refresh_from_db()
    with pytest.raises(Refused, match="choose a stage"):
        dealing.restore(row)
    dealing.restore(row, stage=make.stages(other)[1])
    row.refresh_from_db()
    assert row.deleted_at is None and row.stage == make.stages(other)[1] and row.pipeline == other


def test_an_opportunity_goes_and_returns_with_its_contact(cast, drain):
    row = make.opportunity()
    alone = make.opportunity("Alone", contact=row.contact, status="won")
    dealing.trash(alone)
    with drain():
        row.contact.trash()
    row.refresh_from_db()
    assert row.deleted_at is not None and row.deleted_with == row.contact_id
    with pytest.raises(Refused, match="contact is in the trash"):
        dealing.restore(row)
    with drain():
        row.contact.restore()
    row.refresh_from_db()
    alone.refresh_from_db()
    assert row.deleted_at is None and row.deleted_with == ""
    assert alone.deleted_at is not None, "what was deleted by itself stays deleted"


def test_somebody_who_leaves_loses_their_opportunities(cast, drain):
    mine, watched = make.opportunity(assigned_to=cast.dora), make.opportunity("B", followers=[cast.dora.pk])
    with drain():
        member = cast.dora.memberships.get()
        member.remove(facts={"user": cast.dora.pk})
    mine.refresh_from_db()
    watched.refresh_from_db()
    assert mine.assigned_to_id is None and watched.followers == []


def test_a_deleted_tag_leaves_opportunities(cast, drain):
    row = make.opportunity()
    dealing.tag(row, "Hot", "Cold")
    assert dealing.untag(row, "cold") == ["cold"]
    with drain():
        Tag.objects.get(name="hot").remove()
    row.refresh_from_db()
    assert row.tags == []


def test_another_tenant_sees_nothing(cast, as_):
    row = make.opportunity()
    with as_(cast.charlie, cast.globex_location):
        assert not Opportunity.objects.filter(pk=row.pk).exists()
        make.pipeline("Theirs")
        with pytest.raises(Invalid, match="no such stage"):
            dealing.add(contact(), stage=row.stage_id)


@given(amount=st.decimals(min_value=0, max_value=10**12, allow_nan=False, allow_infinity=False, places=4))
def test_amounts_are_rounded_half_up_to_cents(amount):
    assert abs(Decimal(cents(amount)) / 100 - amount) <= Decimal("0.005")
    assert cents(str(amount)) == cents(amount)


@pytest.mark.parametrize("text", ["ten", "NaN", "Infinity", "-1", True, "1e30"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError):
        cents(text)


def test_contacts_117_the_timeline_of_the_contact_tells_no_amounts(cast):
    row = make.opportunity(value=512)
    dealing.edit(row, value=734)
    lines = timeline.page(row.contact_id).lines
    assert any(line.verb == "opportunity.value_changed" for line in lines)
    told = str([(line.sentence, line.changes) for line in lines])
    assert "512" not in told and "734" not in told


@pytest.mark.parametrize("value", ["1e9999999", "-1e9999999", "NaN", "Infinity", "100.5", "101", True])
def test_a_probability_beyond_all_bounds_is_refused_at_once(cast, value):
    row = make.opportunity()
    with pytest.raises(Invalid) as caught:
        dealing.edit(row, probability=value)
    row.refresh_from_db()
    assert set(caught.value.errors) == {"probability"} and row.probability is None


def test_a_duplicate_is_named_to_nobody_who_may_not_see_it(cast, as_):
    ann = contact("Ann", assigned_to=cast.bob)
    held = make.opportunity("Secret", contact=ann)
    with as_(cast.bob), pytest.raises(dealing.Duplicate) as caught:
        dealing.add(ann, stage=held.stage_id)
    assert caught.value.extra == {"meta": {}} and "Secret" not in caught.value.sentence
    with pytest.raises(dealing.Duplicate) as caught:
        dealing.add(ann, stage=held.stage_id)
    assert caught.value.extra["meta"]["opportunityId"] == held.pk and "Secret" in caught.value.sentence
    assert Opportunity.objects.count() == 1
