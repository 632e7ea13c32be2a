"""When a domain that waits is looked at: every minute, then every ten, then hourly, and after 72 hours no more."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from domains import schedule

SINCE = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)


def looks() -> list[dt.timedelta]:
    found, now = [], SINCE
    while (after := schedule.next_look(SINCE, now)) is not None:
        found.append(after - SINCE)
        now = after
    return found


def test_every_minute_for_ten_every_ten_to_a_day_hourly_to_three():
    found = looks()
    minutes = [one for one in found if one <= dt.timedelta(minutes=10)]
    day = [one for one in found if dt.timedelta(minutes=10) < one <= dt.timedelta(days=1)]
    rest = [one for one in found if one > dt.timedelta(days=1)]
    assert minutes == [dt.timedelta(minutes=number) for number in range(1, 11)]
    assert day == [dt.timedelta(minutes=number) for number in range(20, 1441, 10)]
    assert rest == [dt.timedelta(hours=number) for number in range(25, 73)]


@given(st.timedeltas(dt.timedelta(0), dt.timedelta(days=5)))
def test_the_next_look_is_later_than_now_and_never_after_the_end(waited):
    after = schedule.next_look(SINCE, SINCE + waited)
    assert (after is None) == (waited >= dt.timedelta(hours=72))
    assert after is None or SINCE + waited < after <= SINCE + dt.timedelta(hours=72)


def test_five_tries_for_a_certificate_over_a_day():
    found = [schedule.next_try(SINCE, tries) for tries in range(6)]
    assert found[5] is None and found[0] == SINCE and found[4] == SINCE + dt.timedelta(days=1)
    assert found[:5] == sorted(found[:5])
