"""Repeating tasks: when they come, that each comes once, and what changing one of them does."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import recurring, rhythm
from contacts.models import RecurringTask, Task
from contacts.tasks import recurring as by_the_clock
from contacts.tests import make
from core import clock
from core.errors import Invalid, Refused
from journal.models import Entry

NEW_YORK = ZoneInfo("America/New_York")
UTC = dt.UTC


def rule_of(**fields):
    given = {"kind": "daily", "interval": 1, "starts_at": dt.datetime(2027, 1, 4, 9, tzinfo=UTC), "skips_first": False}
    return RecurringTask(location_id="0" * 20, **{**given, **fields})


def days(rule, number, zone=UTC):
    return [rhythm.at(rule, each, zone).astimezone(zone).date().isoformat() for each in range(number)]


def begun(days_ago, of, title="Call every week", **fields):
    """A daily rule that began so many days ago, with all its tasks made in time or caught up with."""
    with clock.moved(dt.timedelta(days=-days_ago)):
        start = clock.now() - dt.timedelta(minutes=1)
        rule = make.recurring_task(of, title, **{"kind": "daily", "starts_at": start, **fields})
    by_the_clock.generate()
    rule.refresh_from_db()
    return rule


def numbers(rule):
    return sorted(Task.objects.filter(rule=rule).values_list("occurrence", flat=True))


def test_weeks_begin_with_the_first_such_day_and_every_nth_week_follows():
    rule = rule_of(kind="weekly", interval=2, weekday=2)
    assert days(rule, 3) == ["2027-01-06", "2027-01-20", "2027-02-03"]


def test_contacts_043_a_monthly_task_on_day_31_is_due_on_the_last_day_of_a_shorter_month():
    rule = rule_of(kind="monthly", day_of_month=31, starts_at=dt.datetime(2027, 1, 10, 9, tzinfo=UTC))
    assert days(rule, 5) == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]
    assert days(rule_of(kind="monthly", day_of_month=31, starts_at=dt.datetime(2028, 2, 1, tzinfo=UTC)), 1) == [
        "2028-02-29"
    ]
    moment = rhythm.at(rule, 1, UTC)
    assert rhythm.due(rule, moment, UTC) == dt.datetime(2027, 2, 28, 9, tzinfo=UTC)


def test_years_keep_month_and_day_and_the_29th_of_february_falls_back():
    rule = rule_of(kind="yearly", month=2, day_of_month=29, starts_at=dt.datetime(2027, 3, 1, 9, tzinfo=UTC))
    assert days(rule, 3) == ["2028-02-29", "2029-02-28", "2030-02-28"]


def test_the_local_time_stays_over_a_clock_change_and_hours_are_counted_in_real_time():
    rule = rule_of(starts_at=dt.datetime(2027, 3, 13, 2, 30, tzinfo=NEW_YORK))
    local = [rhythm.at(rule, each, NEW_YORK).astimezone(NEW_YORK) for each in range(3)]
    assert [(one.day, one.hour, one.minute) for one in local] == [(13, 2, 30), (14, 3, 30), (15, 2, 30)]
    hours = rule_of(kind="hourly", starts_at=dt.datetime(2027, 3, 14, 0, tzinfo=NEW_YORK))
    gaps = {rhythm.at(hours, each + 1, NEW_YORK) - rhythm.at(hours, each, NEW_YORK) for each in range(6)}
    assert gaps == {dt.timedelta(hours=1)}


@given(
    kind=st.sampled_from(["hourly", "daily", "weekly", "monthly", "yearly"]),
    interval=st.integers(1, 40),
    start=st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2040, 1, 1)),
    weekday=st.none() | st.integers(0, 6),
    day=st.none() | st.integers(1, 31),
    month=st.none() | st.integers(1, 12),
    zone=st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"]),
    first=st.integers(0, 50),
)
def test_occurrences_rise_strictly_and_never_come_before_the_day_of_the_start(
    kind, interval, start, weekday, day, month, zone, first
):
    place = ZoneInfo(zone)
    rule = rule_of(
        kind=kind,
        interval=interval,
        starts_at=start.replace(tzinfo=UTC),
        weekday=weekday,
        day_of_month=day,
        month=month,
    )
    found = [rhythm.upcoming(rule, number, place) for number in range(first, first + 4)]
    known = [one for one in found if one is not None]
    assert all(early < late for early, late in zip(known, known[1:], strict=False))
    assert found == known + [None] * (4 - len(known))
    if known:
        assert known[0].astimezone(place).date() >= rule.starts_at.astimezone(place).date()
        assert rhythm.first_after(rhythm.places(rule, place), 0, known[0]) == first + 1


def test_contacts_042_a_weekly_task_on_monday_with_four_occurrences_is_created_exactly_four_times(cast):
    start = clock.now() + dt.timedelta(minutes=1)
    rule = make.recurring_task(make.contact("Ann"), starts_at=start, weekday=0, count=4)
    counts = []
    for week in range(8):
        with clock.moved(dt.timedelta(weeks=week, days=1)):
            for _ in range(2):
                by_the_clock.generate()
            counts.append(Task.objects.filter(rule=rule).count())
    assert counts[-1] == 4 and counts[-2] == 4 and counts == sorted(counts)
    tasks = Task.objects.filter(rule=rule)
    assert {task.due_at.astimezone(cast.location.zone).weekday() for task in tasks} == {0}
    assert sorted(tasks.values_list("occurrence", flat=True)) == [0, 1, 2, 3]
    rule.refresh_from_db()
    assert rule.next_at is None and rule.made == 4
    assert Entry.objects.filter(verb="task.created", subject_type="task").count() == 4


@pytest.mark.parametrize("steps", [[40], [1, 1, 40], [7, 7, 7, 7, 7], [6, 9, 1, 30, 2], [0, 0, 8, 0, 300]])
@pytest.mark.parametrize("kind", ["daily", "weekly"])
def test_contacts_042_however_the_clock_steps_four_occurrences_are_four_tasks(cast, steps, kind):
    rule = make.recurring_task(
        make.contact("Ann"), kind=kind, starts_at=clock.now() - dt.timedelta(seconds=5), count=4, skips_first=True
    )
    passed = 0
    for step in [*steps, 40]:
        passed += step
        with clock.moved(dt.timedelta(days=passed)):
            by_the_clock.generate()
    assert sorted(Task.objects.filter(rule=rule).values_list("occurrence", flat=True)) == [1, 2, 3, 4]


def test_a_scheduler_that_stood_still_makes_up_for_ten_at_most(cast):
    rule = make.recurring_task(make.contact("Ann"), kind="hourly", starts_at=clock.now() + dt.timedelta(minutes=1))
    with clock.moved(dt.timedelta(days=30)):
        by_the_clock.generate()
        assert Task.objects.filter(rule=rule).count() == 10
        assert Task.objects.filter(rule=rule, due_at__gt=clock.now() - dt.timedelta(hours=11)).count() == 10
        by_the_clock.generate()
        assert Task.objects.filter(rule=rule).count() == 10
        rule.refresh_from_db()
        assert clock.now() < rule.next_at <= clock.now() + dt.timedelta(hours=1)


def test_every_contact_and_owner_gets_a_task_and_those_who_left_or_are_in_the_trash_get_none(cast):
    ann, ben, gone = make.contact("Ann"), make.contact("Ben"), make.contact("Gone")
    rule = recurring.start(
        [ann, ben, gone],
        title="Ring",
        kind="daily",
        interval=1,
        starts_at=clock.now() + dt.timedelta(minutes=1),
        owners=[cast.alice.pk, cast.dora.pk, cast.charlie.pk],
    )
    gone.trash()
    with clock.moved(dt.timedelta(minutes=2)):
        by_the_clock.generate()
    made = set(Task.objects.filter(rule=rule).values_list("contact_id", "assigned_to_id"))
    assert made == {(contact.pk, owner.pk) for contact in (ann, ben) for owner in (cast.alice, cast.dora)}


def test_the_next_one_waits_for_nobody_only_where_the_rule_says_so(cast):
    start = clock.now() + dt.timedelta(minutes=1)
    strict = make.recurring_task(make.contact("Ann"), kind="daily", starts_at=start, creates_when_overdue=False)
    loose = make.recurring_task(make.contact("Ben"), kind="daily", starts_at=start)
    for day in (1, 2):
        with clock.moved(dt.timedelta(days=day)):
            by_the_clock.generate()
    assert Task.objects.filter(rule=strict).count() == 1 and Task.objects.filter(rule=loose).count() == 2
    Task.objects.get(rule=strict).complete()
    with clock.moved(dt.timedelta(days=3)):
        by_the_clock.generate()
    assert Task.objects.filter(rule=strict).count() == 2


def test_the_first_one_is_made_at_once_or_left_out(cast):
    start = clock.now() - dt.timedelta(minutes=1)
    assert Task.objects.filter(rule=make.recurring_task(make.contact("Ann"), starts_at=start)).count() == 1
    left_out = make.recurring_task(make.contact("Ben"), starts_at=start, skips_first=True)
    assert not Task.objects.filter(rule=left_out).exists()
    assert left_out.next_at > clock.now()


@pytest.mark.parametrize(
    "wrong", [{"interval": 0}, {"count": 0}, {"day_of_month": 32}, {"kind": "secondly"}, {"title": ""}, {"month": 13}]
)
def test_a_rule_that_makes_no_sense_is_refused_and_nothing_is_written(cast, wrong):
    with pytest.raises(Invalid):
        make.recurring_task(make.contact("Ann"), **{"title": "x", **wrong})
    with pytest.raises(Invalid):
        make.recurring_task(make.contact("Ben"), ends_at=clock.now() - dt.timedelta(days=9))
    assert not RecurringTask.objects.exists() and not Task.objects.exists()


def test_changing_this_and_following_changes_later_ones_and_leaves_earlier_ones(cast):
    rule = begun(2, make.contact("Ann"), "Old", owners=[cast.alice.pk])
    first, second, third = Task.objects.filter(rule=rule).order_by("occurrence").select_related("rule")
    shift = dt.timedelta(hours=3)
    recurring.change_following(second, title="New", due_at=second.due_at + shift, assigned_to=cast.dora)
    with clock.moved(dt.timedelta(days=1)):
        by_the_clock.generate()
    rows = {task.occurrence: task for task in Task.objects.filter(rule=rule)}
    assert [rows[number].title for number in range(4)] == ["Old", "New", "New", "New"]
    assert [rows[number].assigned_to_id for number in range(4)] == [cast.alice.pk, *[cast.dora.pk] * 3]
    assert rows[0].due_at == first.due_at and rows[2].due_at == third.due_at + shift
    assert rows[3].due_at - rows[2].due_at == dt.timedelta(days=1)


def test_deleting_this_and_following_stops_the_rule_and_keeps_what_is_done(cast):
    rule = begun(3, make.contact("Ann"))
    first, second, third, fourth = Task.objects.filter(rule=rule).order_by("occurrence").select_related("rule")
    third.complete()
    assert recurring.remove_following(second) == 2
    assert set(Task.objects.values_list("pk", flat=True)) == {first.pk, third.pk}
    assert not RecurringTask.objects.exists()
    with clock.moved(dt.timedelta(days=9)):
        assert by_the_clock.generate() == 0


def test_a_new_rhythm_goes_on_after_what_was_made_and_repeats_nothing(cast):
    rule = begun(1, make.contact("Ann"))
    assert Task.objects.filter(rule=rule).count() == 2
    recurring.change(rule, kind="hourly", interval=6)
    with clock.moved(dt.timedelta(hours=12)):
        by_the_clock.generate()
    tasks = list(Task.objects.filter(rule=rule).order_by("due_at").values_list("due_at", flat=True))
    assert len(tasks) == len(set(tasks)) == 4


def test_a_rarer_rhythm_counts_on_and_never_meets_a_number_that_exists(cast):
    rule = begun(9, make.contact("Ann"), count=12)
    assert numbers(rule) == list(range(10))
    recurring.change(rule, kind="weekly", weekday=None)
    for week in range(1, 6):
        with clock.moved(dt.timedelta(weeks=week)):
            by_the_clock.generate()
    assert numbers(rule) == list(range(12))
    due = list(Task.objects.filter(rule=rule).order_by("occurrence").values_list("due_at", flat=True))
    assert due == sorted(due) and due[11] - due[10] == dt.timedelta(weeks=1)
    assert due[10] > clock.now()


def test_a_start_in_the_past_makes_one_task_and_no_backlog_and_the_count_begins_there(cast):
    start = clock.now() - dt.timedelta(days=400, minutes=1)
    rule = make.recurring_task(make.contact("Ann"), kind="daily", starts_at=start, count=3)
    assert numbers(rule) == [0] and Task.objects.get().due_at > clock.now() - dt.timedelta(days=1, hours=1)
    old = make.recurring_task(make.contact("Ben"), kind="hourly", starts_at=dt.datetime(1970, 1, 2, tzinfo=UTC))
    assert numbers(old) == [0]
    with clock.moved(dt.timedelta(days=30)):
        by_the_clock.generate()
    assert numbers(rule) == [0, 1, 2]


def test_moving_the_start_of_a_rule_that_has_begun_makes_nothing_for_the_past(cast):
    rule = begun(3, make.contact("Ann"))
    recurring.change(rule, starts_at=clock.now() - dt.timedelta(days=90), skips_first=True)
    by_the_clock.generate()
    assert numbers(rule) == [0, 1, 2, 3] and not rule.skips_first
    with clock.moved(dt.timedelta(days=1)):
        by_the_clock.generate()
    assert numbers(rule) == [0, 1, 2, 3, 4]


def test_where_one_waits_for_the_one_before_a_scheduler_that_stood_still_makes_the_latest_only(cast):
    start = clock.now() + dt.timedelta(minutes=1)
    rule = make.recurring_task(make.contact("Ann"), kind="daily", starts_at=start, creates_when_overdue=False)
    with clock.moved(dt.timedelta(days=5)):
        by_the_clock.generate()
        assert numbers(rule) == [4] and Task.objects.get().due_at > clock.now() - dt.timedelta(days=1)


@given(
    kind=st.sampled_from(["hourly", "daily", "weekly", "monthly", "yearly"]),
    interval=st.integers(1, 5),
    count=st.integers(1, 6),
    skips_first=st.booleans(),
    steps=st.lists(st.floats(0, 1.9), max_size=5),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_contacts_042_any_rule_under_any_clock_is_made_exactly_as_often_as_it_says(
    cast, kind, interval, count, skips_first, steps
):
    """Steps are in intervals of the rule; what lies behind more than ten occurrences is another test."""
    with transaction.atomic():
        start = clock.now() + dt.timedelta(minutes=1)
        rule = make.recurring_task(
            make.contact("Ann"), kind=kind, interval=interval, count=count, skips_first=skips_first, starts_at=start
        )
        length = {"hourly": 1 / 24, "daily": 1, "weekly": 7, "monthly": 31, "yearly": 366}[kind] * interval
        passed = 0.0
        for step in [*steps, count + 1]:
            passed += step
            with clock.moved(dt.timedelta(days=passed * length)):
                for _ in range(2):
                    by_the_clock.generate()
        first = int(skips_first)
        assert numbers(rule) == list(range(first, first + count))
        rule.refresh_from_db()
        assert rule.next_at is None and rule.made == count
        transaction.set_rollback(True)


def test_following_tasks_move_by_the_clock_on_the_wall_over_a_clock_change(cast):
    zone = cast.location.zone
    before = dt.datetime(2027, 3, 10, 9, tzinfo=ZoneInfo("America/New_York"))
    assert rhythm.moved(before, dt.timedelta(days=7, hours=2), ZoneInfo("America/New_York")) == dt.datetime(
        2027, 3, 17, 11, tzinfo=ZoneInfo("America/New_York")
    )
    rule = begun(2, make.contact("Ann"), due_after=86_400)
    first = Task.objects.filter(rule=rule).select_related("rule").order_by("occurrence").first()
    recurring.change_following(first, due_at=rhythm.moved(first.due_at, dt.timedelta(hours=-3), zone))
    rule.refresh_from_db()
    assert rule.due_after == 86_400 - 3 * 3600


def test_following_tasks_that_come_due_earlier_are_created_earlier_or_that_is_refused(cast):
    rule = begun(2, make.contact("Ann"))
    before = rule.next_at
    first = Task.objects.filter(rule=rule).select_related("rule").order_by("occurrence").first()
    recurring.change_following(first, due_at=first.due_at - dt.timedelta(hours=2))
    rule.refresh_from_db()
    assert before - rule.next_at == dt.timedelta(hours=2) and rule.due_after == 0
    weekly = begun(14, make.contact("Ben"), kind="weekly")
    second = Task.objects.filter(rule=weekly, occurrence=1).select_related("rule").get()
    held = list(Task.objects.filter(rule=weekly).order_by("occurrence").values_list("due_at", flat=True))
    with pytest.raises(Refused):
        recurring.change_following(second, due_at=second.due_at - dt.timedelta(days=2))
    assert list(Task.objects.filter(rule=weekly).order_by("occurrence").values_list("due_at", flat=True)) == held


def test_following_tasks_of_contacts_that_one_does_not_see_are_not_changed_by_the_way(cast, as_):
    mine, hidden = make.contact("Mine", assigned_to=cast.bob), make.contact("Hidden", assigned_to=cast.dora)
    with clock.moved(dt.timedelta(days=-1)):
        rule = recurring.start(
            [mine, hidden], title="Ring", kind="daily", interval=1, starts_at=clock.now() - dt.timedelta(minutes=1)
        )
    by_the_clock.generate()
    task = Task.objects.filter(contact=mine, occurrence=0).select_related("rule").get()
    with as_(cast.bob):
        for deed in (lambda: recurring.change_following(task, title="New"), lambda: recurring.remove_following(task)):
            with pytest.raises(Refused):
                deed()
    assert set(Task.objects.filter(rule=rule).values_list("title", flat=True)) == {"Ring"}
    assert Task.objects.count() == 4 and RecurringTask.objects.filter(pk=rule.pk).exists()
    recurring.change_following(task, title="New")
    after = Task.objects.filter(rule=rule).order_by("occurrence", "contact__first_name")
    assert [row.title for row in after] == ["Ring", "New", "New", "New"]


def test_a_task_is_told_of_once_when_its_time_comes_and_again_when_it_is_put_off(cast):
    task = make.task(make.contact("Ann"), due_at=clock.now() + dt.timedelta(hours=1), assigned_to=cast.dora)
    hidden = make.contact("Gone")
    make.task(hidden, due_at=clock.now() + dt.timedelta(hours=1))
    hidden.trash()
    make.task(make.contact("Ben"), due_at=clock.now() + dt.timedelta(hours=1)).complete()
    assert by_the_clock.tell_of_due() == 0
    with clock.moved(dt.timedelta(hours=2)):
        assert by_the_clock.tell_of_due() == 1 and by_the_clock.tell_of_due() == 0
    entry = Entry.objects.get(verb="task.due")
    assert entry.subject_id == task.pk and entry.facts["assigned_to"] == cast.dora.pk
    task.refresh_from_db()
    task.change(due_at=clock.now() + dt.timedelta(hours=3))
    with clock.moved(dt.timedelta(hours=4)):
        assert by_the_clock.tell_of_due() == 1
