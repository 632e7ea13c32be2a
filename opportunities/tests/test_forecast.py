"""The forecast: months, categories, what is overdue or has no date, and how full the stages are."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import current
from core import clock
from core.pages import link
from journal.recorded import quietly
from opportunities import forecasting, money
from opportunities.models import Opportunity
from opportunities.tests import make
from opportunities.views.forecast import round_up, span


def today() -> dt.date:
    return clock.today(current.location().zone)


def read(number: int = 6) -> forecasting.Forecast:
    return forecasting.forecast(Opportunity.objects.live(), today().replace(day=1), number)


@pytest.fixture
def stages(cast):
    return make.stages(make.pipeline("Sales", (("Discovery", 25), ("Proposal", 50))))


def test_contacts_017_118_fifty_thousand_at_a_quarter_weigh_twelve_and_a_half(browse, cast, stages):
    make.opportunity("Big", stage=stages[0], value=50000, expected_close_on=today())
    assert read().whole.weighted == 1_250_000
    page = browse(cast.alice).get(link("opportunities:forecast")).content.decode()
    assert "$12,500" in page and "$50,000" in page


def test_overdue_ones_count_in_the_present_month_and_are_flagged(browse, cast, stages):
    make.opportunity("Late", stage=stages[1], value=1000, expected_close_on=today() - dt.timedelta(days=90))
    found = read()
    month, sums = found.months[0]
    assert month == today().replace(day=1) and sums.overdue == 1 and sums.weighted == 50_000
    assert "1 overdue" in browse(cast.alice).get(link("opportunities:forecast")).content.decode()


def test_those_without_a_date_stand_apart(cast, stages):
    make.opportunity("Some day", stage=stages[1], value=1000)
    found = read()
    assert found.undated.weighted == 50_000 and found.undated.number == 1 and found.whole.number == 0


def test_won_counts_in_full_when_it_was_won_and_lost_and_abandoned_nowhere(cast, stages):
    make.opportunity(
        "Won", stage=stages[0], value=800, status="won", expected_close_on=today() + dt.timedelta(days=300)
    )
    make.opportunity("Lost", stage=stages[0], value=900, status="lost", expected_close_on=today())
    make.opportunity("Left", stage=stages[0], value=900, status="abandoned", expected_close_on=today())
    found = read()
    assert found.whole.weighted == found.whole.won == found.whole.floor == 80_000 and found.whole.number == 1


def test_commit_is_the_floor_and_omitted_is_left_out(cast, stages):
    for category in ("commit", "best_case", "pipeline", "omitted"):
        make.opportunity(category, stage=stages[0], value=100, forecast_category=category, expected_close_on=today())
    found = read()
    assert (found.whole.floor, found.whole.commit, found.whole.best_case, found.whole.pipeline) == (10_000,) * 4
    assert found.whole.number == 3 and found.omitted == 1


def test_pipeline_owner_and_period_narrow_it(browse, cast, stages):
    other = make.stages(make.pipeline("Other"))[0]
    make.opportunity("Here", stage=stages[0], value=40001, expected_close_on=today(), assigned_to=cast.dora)
    make.opportunity("There", stage=other, value=70003, expected_close_on=today())
    client, url = browse(cast.alice), link("opportunities:forecast")

    def shows(query: str) -> set[str]:
        page = client.get(url + query).content.decode()
        return {amount for amount in ("$40,001", "$70,003", "$110,004") if amount in page}

    assert "$110,004" in shows("?pipeline=")
    assert shows(f"?pipeline={other.pipeline_id}") == {"$70,003"}
    assert "$70,003" not in shows(f"?owner={cast.dora.pk}&pipeline={stages[0].pipeline_id}")
    for period in ("month", "quarter", "6", "12", "year", "nonsense"):
        assert client.get(f"{url}?period={period}&by=category").status_code == 200


def test_a_restricted_users_forecast_has_only_what_is_theirs(browse, cast, stages):
    make.opportunity("Mine", stage=stages[0], value=40001, expected_close_on=today(), assigned_to=cast.bob)
    make.opportunity("Other", stage=stages[0], value=70003, expected_close_on=today())
    page = browse(cast.bob).get(link("opportunities:forecast")).content.decode()
    assert "$40,001" in page and "70,003" not in page and "110,004" not in page


def test_stages_have_count_total_weighted_open_open_weighted_and_won(cast, stages):
    make.opportunity("Open", stage=stages[0], value=400)
    make.opportunity("Won", stage=stages[0], value=100, status="won")
    make.opportunity("Lost", stage=stages[0], value=50, status="lost")
    first, second = forecasting.by_stage(Opportunity.objects.live(), stages)
    assert (first.count, first.total, first.weighted) == (3, 55_000, 20_000)
    assert (first.open, first.open_weighted, first.won) == (1, 10_000, 1)
    assert second.count == 0


def test_funnel_and_ring_honour_the_switches_of_pipeline_and_stage(browse, cast, stages):
    make.opportunity("Open", stage=stages[0], value=400)
    make.opportunity("Further", stage=stages[1], value=400)
    client, url = browse(cast.alice), f"{link('opportunities:forecast')}?pipeline={stages[0].pipeline_id}"

    def part(name: str) -> str:
        page = client.get(url).content.decode()
        return page.split(f'id="{name}"')[1].split("</section>")[0] if f'id="{name}"' in page else ""

    assert "Discovery" in part("forecast-funnel") and "100 %" in part("forecast-funnel")
    stages[0].change(show_in_funnel=False)
    assert "Discovery" not in part("forecast-funnel") and "Discovery" in part("forecast-ring")
    stages[0].change(show_in_pie_chart=False)
    assert "Discovery" not in part("forecast-ring") and "Proposal" in part("forecast-ring")
    stages[0].pipeline.change(show_in_pie_chart=False)
    assert part("forecast-ring") == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    deals=st.lists(
        st.tuples(
            st.integers(0, 10**11),
            st.integers(0, 1),
            st.sampled_from(["open", "won", "lost", "abandoned"]),
            st.sampled_from(["commit", "best_case", "pipeline"]),
        ),
        max_size=6,
    )
)
def test_the_weighted_sums_are_those_of_the_opportunities_one_by_one(cast, stages, deals):
    with quietly(reason="rows of a test"):
        Opportunity.objects.all().delete()
    for cents, place, status, category in deals:
        make.opportunity(
            stage=stages[place], status=status, forecast_category=category, expected_close_on=today()
        ).change(value_cents=cents)
    rows = list(Opportunity.objects.select_related("stage", "pipeline"))
    found = read(1)
    assert found.whole.weighted == sum(row.weighted_cents for row in rows)
    assert found.whole.total == sum(row.value_cents for row in rows if row.status in ("open", "won"))
    assert found.whole.floor + found.whole.best_case + found.whole.pipeline == found.whole.total
    by_stage = forecasting.by_stage(Opportunity.objects.live(), stages)
    assert sum(each.weighted for each in by_stage) == sum(row.weighted_cents for row in rows)


@given(st.integers(0, 10**15))
def test_the_axis_ends_at_a_round_figure_above_the_bars(cents):
    top = round_up(cents)
    assert top >= cents and (top <= cents * 2.5 or cents <= 1)


@given(st.dates(dt.date(2000, 1, 1), dt.date(2090, 12, 31)), st.sampled_from(["month", "quarter", "6", "12", "year"]))
def test_every_period_holds_the_present_month(day, period):
    first, number = span(period, day)
    assert day.replace(day=1) in forecasting.months_from(first, number)


@given(st.integers(0, 10**14))
def test_amounts_survive_being_written_and_read(cents):
    assert money.cents(money.shown(cents)) == cents and money.cents(money.plain(cents)) == cents


@pytest.mark.parametrize("text", ["-1", "much", "1e99", "NaN", "Infinity", "1.2.3", "--"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(money.BadAmount):
        money.cents(text)
