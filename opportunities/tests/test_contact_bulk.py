"""Bulk actions over contacts that concern their opportunities."""

from __future__ import annotations

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from contacts import bulk, bulk_kinds
from contacts.models import BulkAction, Contact
from contacts.tests.make import contact
from core.errors import Forbidden, Invalid
from opportunities.models import Opportunity
from opportunities.tests import make


def run(drain, kind, **given):
    """Start an action over all contacts as its dialog would, and let it finish."""
    data = QueryDict(mutable=True)
    data.update(given)
    form = bulk_kinds.get(kind).form(data)
    assert form.is_valid(), form.errors
    with drain():
        action = bulk.start(kind, Contact.objects.live().order_by("pk"), params=form.params())
    return BulkAction.objects.get(pk=action.pk)


def test_every_contact_gets_an_opportunity_with_an_entry(cast, drain):
    stage = make.stages(make.pipeline())[1]
    ann, ben = contact("Ann"), contact("Ben")
    action = run(drain, "opportunity_create", stage=stage.pk, value="1,200", owner=cast.dora.pk)
    assert (action.done, action.failed, action.skipped) == (2, 0, 0)
    rows = list(Opportunity.objects.order_by("contact"))
    assert [(row.contact, row.name, row.stage, row.value, row.assigned_to) for row in rows] == [
        (ann, "Ann", stage, 1200, cast.dora), (ben, "Ben", stage, 1200, cast.dora),
    ]  # fmt: skip
    assert [entry.verb for row in rows for entry in row.history()] == ["opportunity.created"] * 2


def test_where_no_second_one_is_wanted_the_open_one_moves(cast, drain):
    sales = make.pipeline()
    ann = contact("Ann")
    first = make.opportunity("First", contact=ann, stage=make.stages(sales)[0], value=5)
    contact("Ben")
    action = run(drain, "opportunity_create", stage=make.stages(sales)[2].pk, value="9")
    first.refresh_from_db()
    assert action.done == 2 and Opportunity.objects.count() == 2
    assert (first.stage, first.value, first.name) == (make.stages(sales)[2], 9, "First")
    cast.location.change(allow_duplicate_opportunities=True)
    run(drain, "opportunity_create", stage=make.stages(sales)[2].pk)
    assert Opportunity.objects.filter(contact=ann).count() == 2


def test_open_ones_move_and_contacts_without_are_skipped(cast, drain):
    sales, other = make.pipeline(), make.pipeline("Other")
    moved = make.opportunity(contact=contact("Ann"), stage=make.stages(sales)[0])
    won = make.opportunity(contact=contact("Ben"), stage=make.stages(sales)[0], status="won")
    elsewhere = make.opportunity(contact=contact("Cy"), stage=make.stages(other)[0])
    there = make.opportunity(contact=contact("Di"), stage=make.stages(sales)[3])
    action = run(drain, "opportunity_stage", stage=make.stages(sales)[3].pk)
    assert (action.done, action.skipped) == (1, 3)
    assert action.reasons == {"Has no open opportunity there": 2, "Is like that already": 1}
    for row, stage in ((moved, 3), (won, 0), (there, 3)):
        row.refresh_from_db()
        assert row.stage == make.stages(sales)[stage]
    elsewhere.refresh_from_db()
    assert elsewhere.pipeline == other


def test_status_with_reason_and_back_to_open(cast, drain):
    reason = make.lost_reason()
    row = make.opportunity()
    run(drain, "opportunity_status", status="lost", reason=reason.pk)
    row.refresh_from_db()
    assert (row.status, row.lost_reason) == ("lost", reason)
    run(drain, "opportunity_status", status="open")
    row.refresh_from_db()
    assert (row.status, row.lost_reason) == ("open", None)


def test_a_reason_is_asked_for_where_the_location_wants_one(cast):
    cast.location.change(lost_reason_required=True)
    form = bulk_kinds.get("opportunity_status").form(QueryDict("status=lost"))
    assert form.is_valid()
    with pytest.raises(Invalid, match="why it was lost"):
        form.params()


def test_owners_of_opportunities_change_and_those_of_contacts_stay(cast, drain):
    row = make.opportunity(contact=contact("Ann", assigned_to=cast.alice), followers=[cast.dora.pk])
    action = run(drain, "opportunity_owner", owner=cast.dora.pk)
    row.refresh_from_db()
    assert action.done == 1 and row.assigned_to == cast.dora and row.followers == []
    assert row.contact.assigned_to == cast.alice


def test_it_takes_the_permission(cast, as_):
    make.opportunity()
    with as_(cast.dora), pytest.raises(Forbidden):
        bulk.start("opportunity_owner", Contact.objects.live().order_by("pk"), params={})


def test_a_thousand_contacts_cost_as_many_statements_as_ten(cast, drain):
    stage = make.stages(make.pipeline())[0]
    counts = []
    for number in (10, 300):
        Contact.record_many([Contact(first_name=f"N{place}") for place in range(number)])
        with CaptureQueriesContext(connection) as queries:
            run(drain, "opportunity_create", stage=stage.pk)
        counts.append(len(queries))
    assert abs(counts[1] - counts[0]) < 12, counts


def test_a_restricted_user_changes_no_opportunity_of_somebody_else(cast, drain, as_):
    Membership.objects.get(user=cast.bob).change(granted=["opportunities.bulk"])
    first, last = make.stages(make.pipeline())[::4]
    ann, ben, cy = (contact(name, assigned_to=cast.bob) for name in ("Ann", "Ben", "Cy"))
    theirs = make.opportunity("Theirs", contact=ann, stage=first, value=5, assigned_to=cast.dora)
    followed = make.opportunity("Followed", contact=ben, stage=first, assigned_to=cast.dora, followers=[cast.bob.pk])
    mine = make.opportunity("Mine", contact=cy, stage=first, assigned_to=cast.bob)
    with as_(cast.bob):
        action = run(drain, "opportunity_create", stage=last.pk, value="9", owner=cast.alice.pk)
    for row in (theirs, followed, mine):
        row.refresh_from_db()
    assert (action.done, action.skipped) == (2, 1)
    assert (theirs.stage, theirs.value, theirs.assigned_to) == (first, 5, cast.dora)
    assert (followed.stage, followed.value, followed.assigned_to) == (last, 9, cast.dora)
    assert (mine.stage, mine.value, mine.assigned_to) == (last, 9, cast.alice)
