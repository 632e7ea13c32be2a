"""Pipelines and their stages: adding, changing, sharing, deleting, restoring."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import Team
from accounts.models.membership import actor_at
from contacts.tests.make import contact
from core import clock
from core.errors import Invalid, Refused
from opportunities import dealing, pipelines, tasks
from opportunities.models import Opportunity, Pipeline, Stage
from opportunities.tests import make


def forms(*stages, **more):
    return [{"id": stage.pk, "name": stage.name, "probability": stage.probability, **more} for stage in stages]


def test_the_sample_has_the_probabilities_of_the_guide_and_comes_once(cast):
    row = pipelines.add_sample()
    assert [(stage.name, stage.probability) for stage in row.stages.all()] == [
        ("Qualification", 10), ("Discovery", 25), ("Proposal", 50), ("Negotiation", 75), ("Won", 100),
    ]  # fmt: skip
    assert pipelines.add_sample() == row and Pipeline.objects.count() == 1


@pytest.mark.parametrize(("stages", "sentence"), [
    ([], "at least one stage"),
    ([{"name": ""}], "enter a name"),
    ([{"name": "A", "probability": 101}], "0 to 100"),
    ([{"name": "A", "stale_after_days": 0}], "stale"),
    ([{"name": "A", "colour": "pink"}], "colour"),
    ([{"name": "A"}, {"name": "a"}], "two stages"),
    ([{"name": str(number)} for number in range(51)], "at most 50"),
])  # fmt: skip
def test_bad_stages_are_refused_and_nothing_is_written(cast, stages, sentence):
    with pytest.raises(Invalid, match=sentence):
        pipelines.add("Sales", stages)
    assert not Pipeline.objects.exists()


def test_stages_are_changed_added_moved_and_taken_away_in_one_save(cast):
    sales = make.pipeline()
    one, two, three, *_ = make.stages(sales)
    pipelines.edit(sales, name="Deals", stages=[
        *forms(three, two), {"name": "Fresh", "probability": 5, "colour": "tint-3"}, *forms(one, stale_after_days=14),
    ])  # fmt: skip
    assert [stage.name for stage in make.stages(sales)] == ["Proposal", "Meeting", "Fresh", "New"]
    one.refresh_from_db()
    assert one.stale_after_days == 14 and Pipeline.objects.get().name == "Deals"


def test_a_stage_with_opportunities_goes_only_with_a_destination(cast):
    row = make.opportunity()
    trashed = make.opportunity("Trashed", pipeline=row.pipeline)
    dealing.trash(trashed)
    sales = row.pipeline
    first, second, third, *_ = make.stages(sales)
    make.opportunity("There", stage=third)
    with pytest.raises(Invalid, match="say where the opportunities of New go"):
        pipelines.edit(sales, stages=forms(second, third))
    assert Stage.objects.filter(pk=first.pk).exists() and sales.stages.count() == 5
    pipelines.edit(sales, stages=forms(second, third), destinations={first.pk: third.pk})
    row.refresh_from_db()
    trashed.refresh_from_db()
    assert row.stage == third and trashed.stage == third
    cards = Opportunity.objects.live().filter(stage=third).order_by("position")
    assert [card.name for card in cards] == ["There", "Website"]
    (entry,) = [entry for entry in row.history() if entry.verb == "opportunity.stage_changed"]
    assert (entry.facts["from"], entry.facts["to"]) == ("New", "Proposal")


def test_a_stage_of_another_pipeline_cannot_be_slipped_in(cast):
    sales, other = make.pipeline(), make.pipeline("Other")
    with pytest.raises(Invalid, match="no such stage"):
        pipelines.edit(sales, stages=forms(make.stages(other)[0]))
    assert sales.stages.count() == 5


def test_a_copy_has_the_stages_and_no_opportunities(cast):
    row = make.opportunity()
    row.pipeline.change(people=[cast.dora.pk])
    copy = pipelines.duplicate(row.pipeline)
    assert copy.name == "Sales (copy)" and copy.people == [cast.dora.pk]
    assert [stage.name for stage in make.stages(copy)] == [stage.name for stage in make.stages(row.pipeline)]
    assert not copy.opportunities.exists()


def test_a_shared_pipeline_is_seen_by_the_people_and_teams_named(cast, as_):
    sales = make.pipeline()
    team = Team.record_new(name="East", members=[cast.dora.pk])
    pipelines.share(sales, [], [team.pk])

    def seen_by(user):
        return Pipeline.objects.visible_to(actor_at(user, cast.location)).exists()

    assert (seen_by(cast.alice), seen_by(cast.bob), seen_by(cast.dora)) == (True, False, True)
    pipelines.share(sales, [cast.bob.pk], [])
    assert (seen_by(cast.bob), seen_by(cast.dora)) == (True, False)
    pipelines.share(sales, [], [])
    assert seen_by(cast.dora)
    with pytest.raises(Invalid, match="works at this location"):
        pipelines.share(sales, [cast.charlie.pk], [])


def test_a_deleted_pipeline_takes_its_opportunities_along_and_brings_them_back(cast):
    row = make.opportunity()
    alone = make.opportunity("Alone", stage=row.stage)
    dealing.trash(alone)
    assert pipelines.delete(row.pipeline) == 1
    row.refresh_from_db()
    assert row.deleted_with == row.pipeline_id and not Opportunity.objects.live().exists()
    assert not Pipeline.objects.live().exists()
    assert pipelines.restore(row.pipeline) == 1
    row.refresh_from_db()
    alone.refresh_from_db()
    assert row.deleted_at is None and alone.deleted_at is not None


def test_what_belongs_to_a_deleted_contact_waits_for_it(cast, drain):
    row = make.opportunity()
    pipelines.delete(row.pipeline)
    with drain():
        row.contact.trash()
    assert pipelines.restore(row.pipeline) == 0
    with drain():
        row.contact.restore()
    row.refresh_from_db()
    assert row.deleted_at is None


def test_what_lies_in_a_deleted_pipeline_waits_for_it(cast, drain):
    row = make.opportunity()
    with drain():
        row.contact.trash()
    pipelines.delete(row.pipeline)
    with drain():
        row.contact.restore()
    row.refresh_from_db()
    assert row.deleted_at is not None and row.deleted_with == row.pipeline_id
    assert pipelines.restore(row.pipeline) == 1


def test_after_thirty_days_it_is_gone_for_good(cast):
    row = make.opportunity()
    kept = make.opportunity("Kept", pipeline=make.pipeline("Kept"))
    pipelines.delete(row.pipeline)
    with clock.moved(dt.timedelta(days=31)):
        with pytest.raises(Refused, match="30 days"):
            pipelines.restore(row.pipeline)
        assert tasks.empty() == 2
        assert tasks.empty() == 0
    assert not Pipeline.objects.filter(pk=row.pipeline_id).exists()
    assert not Opportunity.objects.filter(pk=row.pk).exists() and Opportunity.objects.get() == kept
    assert row.history().filter(verb="opportunity.purged").exists()


def test_pipelines_are_put_in_order(cast):
    one, two, three = make.pipeline("1"), make.pipeline("2"), make.pipeline("3")
    pipelines.arrange([three.pk, "nonsense", one.pk])
    assert list(Pipeline.objects.live()) == [three, one, two]


def test_a_stale_opportunity_is_told_by_the_threshold_of_its_stage(cast):
    row = dealing.add(contact(), pipeline=make.pipeline())
    assert not row.is_stale
    row.stage.change(stale_after_days=7)
    assert not row.is_stale
    with clock.moved(dt.timedelta(days=7, minutes=1)):
        assert row.is_stale
        row.set_status("won")
        assert not row.is_stale
