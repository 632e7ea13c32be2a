import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.bulk_pace import LATE, Pace
from core.errors import Invalid

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
ZONES = [
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Asia/Kolkata",
    "Africa/Casablanca",
    "Atlantic/Azores",
    "America/Santiago",
    "UTC",
]
MINUTE = dt.timedelta(minutes=1)


def times():
    return st.times(min_value=dt.time(0, 0), max_value=dt.time(23, 58)).map(lambda time: time.strftime("%H:%M"))


@st.composite
def paces(draw):
    opens = closes = ""
    if draw(st.booleans()):
        opens, closes = sorted((draw(times()), draw(times())))
        if opens == closes:
            closes = "23:59"
    unit = draw(st.sampled_from(["minutes", "hours", "days"]))
    return Pace(
        quantity=draw(st.integers(1, 10_000)),
        every=draw(st.integers(1, {"minutes": 600, "hours": 60, "days": 9}[unit])),
        unit=unit,
        weekdays=tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=1)))),
        opens=opens,
        closes=closes,
    ).check()


def clock_changes(zone):
    """Moments of 2026 at which the clocks of the zone change, to the hour."""
    hours = (dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=number) for number in range(365 * 24))
    found, held = [], None
    for hour in hours:
        offset = hour.astimezone(zone).utcoffset()
        if held is not None and offset != held:
            found.append(hour)
        held = offset
    return found


CHANGES = {name: clock_changes(zoneinfo.ZoneInfo(name)) for name in ZONES}


@st.composite
def moments(draw):
    """A zone and a moment, two times of three within a day and a half of a change of its clocks."""
    name = draw(st.sampled_from(ZONES))
    around = draw(st.sampled_from([*CHANGES[name], dt.datetime(2026, 6, 17, 12, tzinfo=dt.UTC)]))
    return zoneinfo.ZoneInfo(name), around + draw(st.integers(-2160, 2160)) * MINUTE


@given(paces(), moments())
def test_the_first_moment_is_open_and_no_earlier_minute_is(pace, place):
    zone, since = place
    first = pace.first(since, zone)
    assert first >= since and pace.is_open(first, zone)
    for minute in range(min(int((first - since) / MINUTE), 3000)):
        assert not pace.is_open(since + minute * MINUTE, zone)


@given(paces(), moments(), st.lists(st.integers(0, 7200), min_size=1, max_size=8))
def test_batches_never_come_faster_than_the_pace_however_late_they_run(pace, place, delays):
    zone, since = place
    slot, ran = pace.first(since, zone), None
    for delay in delays:
        now = slot + dt.timedelta(seconds=delay)
        if ran is not None and pace.unit != "days":
            gap = dt.timedelta(**{pace.unit: pace.every})
            assert now - ran >= gap - min(LATE, gap / 2)
        following = pace.after(slot, now, zone)
        assert following > now - min(LATE, pace._gap() / 2) and pace.is_open(following, zone)
        slot, ran = following, now


@given(moments(), st.integers(1, 5), times())
def test_every_so_many_days_keeps_its_time_of_day_over_a_change_of_the_clocks(place, every, at):
    zone, since = place
    pace = Pace(100, every, "days")
    hour, minute = map(int, at.split(":"))
    local = since.astimezone(zone).replace(hour=hour, minute=minute, second=0, microsecond=0)
    slot = local.astimezone(dt.UTC)
    wanted = slot.astimezone(zone).replace(tzinfo=None) + dt.timedelta(days=every)
    found = pace.after(slot, slot, zone).astimezone(zone).replace(tzinfo=None)
    is_skipped = wanted.replace(tzinfo=zone).astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != wanted
    assert found == wanted or (is_skipped and wanted < found <= wanted + dt.timedelta(hours=1))


def test_contacts_074_a_weekday_drip_waits_from_friday_evening_until_monday_morning():
    pace = Pace(1000, 1, "hours", (0, 1, 2, 3, 4), "09:00", "17:00").check()
    slot = dt.datetime(2026, 11, 20, 16, 0, tzinfo=NEW_YORK)  # a Friday
    starts = []
    for _ in range(10):
        slot = pace.after(slot, slot, NEW_YORK)
        starts.append(slot.astimezone(NEW_YORK).strftime("%a %H:%M"))
    assert starts == [*(f"Mon {hour:02d}:00" for hour in range(9, 17)), "Tue 09:00", "Tue 10:00"]


def test_a_window_that_the_clocks_skip_opens_when_they_have_jumped():
    pace = Pace(10, opens="02:30", closes="05:00")
    found = pace.first(dt.datetime(2026, 3, 8, 0, 0, tzinfo=NEW_YORK), NEW_YORK)
    assert found.astimezone(NEW_YORK).strftime("%H:%M %z") == "03:00 -0400"


def test_a_window_within_the_skipped_hour_waits_for_the_next_day():
    pace = Pace(10, opens="02:15", closes="02:45")
    found = pace.first(dt.datetime(2026, 3, 8, 0, 0, tzinfo=NEW_YORK), NEW_YORK)
    assert found.astimezone(NEW_YORK) == dt.datetime(2026, 3, 9, 2, 15, tzinfo=NEW_YORK)


def test_a_batch_that_came_late_moves_those_after_it():
    pace = Pace(10, 1, "hours")
    slot = dt.datetime(2026, 6, 1, 9, 0, tzinfo=dt.UTC)
    assert pace.after(slot, slot + dt.timedelta(seconds=20), NEW_YORK) == slot + dt.timedelta(hours=1)
    late = slot + dt.timedelta(hours=5)
    assert pace.after(slot, late, NEW_YORK) == late + dt.timedelta(hours=1)


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": 10_001}, "quantity"),
        ({"unit": "weeks"}, "unit"),
        ({"every": 0}, "every"),
        ({"every": 366, "unit": "days"}, "every"),
        ({"weekdays": ()}, "weekdays"),
        ({"weekdays": (7,)}, "weekdays"),
        ({"opens": "09:00"}, "closes"),
        ({"opens": "9", "closes": "17:00"}, "opens"),
        ({"opens": "17:00", "closes": "09:00"}, "closes"),
        ({"most_per_day": -1}, "most_per_day"),
    ],
)
def test_a_pace_that_cannot_be_is_refused_by_field(wrong, field):
    with pytest.raises(Invalid) as told:
        Pace(**{"quantity": 100, **wrong}).check()
    assert list(told.value.errors) == [field]


def test_a_pace_survives_being_stored():
    pace = Pace(1000, 2, "days", (0, 4), "09:00", "17:00", 5000)
    assert Pace.of(pace.stored()) == pace
    assert pace.words() == "1,000 every 2 days, Monday, Friday, 09:00 to 17:00, at most 5,000 a day"
