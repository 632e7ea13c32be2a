"""What the stages of a pipeline hold, added up."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opportunities.models import Opportunity
from opportunities.tests import make
from opportunities.totals import StageTotals, stage_totals


def test_contacts_118_fifty_thousand_at_a_quarter_weigh_twelve_and_a_half(cast):
    sales = make.pipeline()
    row = make.opportunity(value=50_000, stage=make.stages(sales)[1])
    assert row.weighted_cents == 1_250_000
    assert stage_totals(sales) == {row.stage_id: StageTotals(1, 1, 0, 5_000_000, 1_250_000, 1_250_000)}


def test_won_counts_in_full_and_lost_not_at_all_in_one_query(cast):
    sales = make.pipeline(own_probability=True)
    stage = make.stages(sales)[1]
    make.opportunity(value=100, stage=stage, status="won")
    make.opportunity(value=100, stage=stage, status="lost")
    make.opportunity(value=100, stage=stage, status="abandoned")
    make.opportunity(value=100, stage=stage, probability=80)
    make.opportunity("Trashed", value=100, stage=stage).change(deleted_at="2026-01-01T00:00:00Z")
    other = make.pipeline("Other")
    make.opportunity(value=7, stage=make.stages(other)[0])
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = stage_totals(sales)
    assert len(queries) == 1
    assert found == {stage.pk: StageTotals(4, 1, 1, 40_000, 18_000, 8_000)}


def test_contacts_117_totals_have_no_amounts_for_who_may_not_see_values(cast, as_):
    row = make.opportunity(value=100)
    cast.dora.memberships.get().change(withheld=["opportunities.values"])
    with as_(cast.dora):
        assert stage_totals(row.pipeline) == {row.stage_id: StageTotals(1, 1, 0, None, None, None)}


def test_a_restricted_user_adds_up_only_their_own(cast, as_):
    sales = make.pipeline()
    make.opportunity(value=100, stage=make.stages(sales)[0])
    make.opportunity(value=30, stage=make.stages(sales)[0], assigned_to=cast.bob)
    with as_(cast.bob):
        (found,) = stage_totals(sales).values()
    assert (found.count, found.total) == (1, 3_000)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(
    deals=st.lists(
        st.tuples(
            st.integers(0, 10**12),
            st.sampled_from(["open", "won", "lost", "abandoned"]),
            st.none() | st.integers(0, 100),
        ),
        max_size=6,
    )
)
def test_the_database_weighs_as_the_model_does(cast, deals):
    sales = make.pipeline(own_probability=True)
    stage = make.stages(sales)[1]
    for cents, status, probability in deals:
        make.opportunity(value=cents / 100, stage=stage, status=status, probability=probability)
    rows = list(Opportunity.objects.filter(stage=stage).select_related("stage", "pipeline"))
    found = stage_totals(sales).get(stage.pk, StageTotals())
    assert found.total == sum(row.value_cents for row in rows)
    assert found.weighted == sum(row.weighted_cents for row in rows)
