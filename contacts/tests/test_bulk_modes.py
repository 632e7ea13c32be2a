"""When bulk actions run: at a set time, in batches, paused, edited, tried again, and after a killed worker."""

import datetime as dt
import os
import subprocess
import sys
import time
import zoneinfo
from contextlib import contextmanager
from unittest import mock
from urllib.parse import quote

import pytest
from django.db import connection

from contacts import bulk, bulk_kinds, bulk_steps, consent
from contacts.bulk_kinds import BulkKind
from contacts.bulk_pace import Pace
from contacts.models import BulkAction, BulkActionRow, ConsentReceipt, Contact
from contacts.tasks import bulk as tasks
from contacts.tests import make
from core import clock, scope
from core.errors import Invalid, Refused
from journal.models import Entry

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
OFFICE = Pace(1000, 1, "hours", (0, 1, 2, 3, 4), "09:00", "17:00")
FRIDAY = dt.datetime(2027, 1, 15, tzinfo=NEW_YORK)


def live():
    return Contact.objects.live().order_by("pk")


@contextmanager
def at(moment):
    """The clock stands at `moment`: what a batch takes on a slow machine is no part of these tests."""
    with clock.moved(moment - clock.now()), mock.patch.object(clock, "now", lambda: moment.astimezone(dt.UTC)):
        yield


def people(number):
    Contact.record_many([Contact(first_name=f"N{position}") for position in range(number)])


def tagged():
    return Contact.objects.exclude(tags=[]).count()


def begin(**schedule):
    return bulk.start("add_tags", live(), params=bulk.tag_params(["vip"], create=True), **schedule)


def look(moment, size=1000):
    """What the scheduler and a worker do a little after that moment; how many contacts were handled."""
    with at(moment + dt.timedelta(seconds=45)):
        before = tagged()
        action = BulkAction.objects.get()
        while bulk_steps.advance(action.pk, size):
            pass
        return tagged() - before


def test_contacts_074_nothing_goes_between_friday_evening_and_monday_morning_then_a_batch_an_hour(cast):
    people(25)
    pace = Pace(**{**OFFICE.stored(), "weekdays": (0, 1, 2, 3, 4), "quantity": 2})
    with at(FRIDAY.replace(hour=15, minute=30)):
        begin(mode="drip", pace=pace)
    handled = {}
    moment = FRIDAY.replace(hour=15, minute=30)
    for _ in range(24 * 4):
        count = look(moment)
        if count:
            handled[moment.astimezone(NEW_YORK).strftime("%a %H:%M")] = count
        moment += dt.timedelta(minutes=60)
    assert list(handled.values()) == [2] * 12 + [1]
    assert list(handled)[:3] == ["Fri 15:30", "Fri 16:30", "Mon 09:30"]
    assert list(handled)[-1] == "Tue 11:30"


def test_contacts_074_twenty_five_thousand_by_a_thousand_take_twenty_five_batches(cast):
    people(25_000)
    with at(FRIDAY.replace(hour=16)):
        action = begin(mode="drip", pace=OFFICE)
    assert look(FRIDAY.replace(hour=16, minute=1)) == 1000
    for hours in (1, 8, 24, 48):
        assert look(FRIDAY.replace(hour=16, minute=1) + dt.timedelta(hours=hours)) == 0
    monday = FRIDAY + dt.timedelta(days=3)
    assert look(monday.replace(hour=8, minute=59)) == 0
    assert [look(monday.replace(hour=hour, minute=1)) for hour in range(9, 19)] == [1000] * 8 + [0, 0]
    action.refresh_from_db()
    assert (action.status, action.done) == ("processing", 9000)


def test_a_worker_away_for_a_day_makes_nothing_up_for_in_a_rush(cast):
    people(30)
    start = dt.datetime(2027, 1, 11, 9, 0, tzinfo=NEW_YORK)
    with at(start):
        begin(mode="drip", pace=Pace(3, 10, "minutes"))
    assert look(start) == 3
    late = start + dt.timedelta(hours=20)
    assert [look(late + dt.timedelta(minutes=minutes)) for minutes in (0, 1, 5, 9, 11, 15, 22)] == [3, 0, 0, 0, 3, 0, 3]


def test_a_batch_of_several_chunks_stays_one_batch_over_a_crash(cast):
    people(30)
    start = dt.datetime(2027, 1, 11, 9, 0, tzinfo=NEW_YORK)
    with at(start):
        action = begin(mode="drip", pace=Pace(12, 1, "hours"))
        assert bulk_steps.advance(action.pk, 5)  # the worker dies after the first chunk
    assert look(start + dt.timedelta(minutes=3), 5) == 7
    assert look(start + dt.timedelta(minutes=50), 5) == 0
    assert look(start + dt.timedelta(minutes=61), 5) == 12


def test_the_daily_cut_off_ends_the_day(cast):
    people(30)
    start = dt.datetime(2027, 1, 11, 9, 0, tzinfo=NEW_YORK)
    with at(start):
        begin(mode="drip", pace=Pace(4, 1, "hours", opens="09:00", closes="20:00", most_per_day=10))
    counts = [look(start + dt.timedelta(hours=hour)) for hour in range(26)]
    assert counts == [4, 4, 2] + [0] * 21 + [4, 4]


def test_all_at_a_set_time_waits_for_it_and_then_runs_through(cast, drain):
    people(5)
    start = clock.now() + dt.timedelta(days=2)
    with drain():
        action = begin(mode="scheduled", start_at=start)
    action.refresh_from_db()
    assert action.status == "queued" and tagged() == 0
    with scope.fresh(), drain():
        assert tasks.resume() == 0
    with at(start + dt.timedelta(seconds=5)), scope.fresh(), drain():
        assert tasks.resume() == 1
    action.refresh_from_db()
    assert action.status == "completed" and tagged() == 5
    assert Entry.objects.filter(verb="contact.tagged").first().actor_id == cast.alice.pk


def test_what_is_due_is_queued_once(cast, drain):
    people(3)
    begin(mode="scheduled", start_at=clock.now() + dt.timedelta(hours=1))
    sent = []
    with at(clock.now() + dt.timedelta(hours=1, seconds=10)), scope.fresh():
        for _ in range(3):
            sent.append(tasks.resume())
    assert sent == [1, 0, 0]


@pytest.mark.parametrize(
    "schedule, field",
    [
        ({"mode": "scheduled"}, "start_at"),
        ({"mode": "scheduled", "start_at": dt.timedelta(days=-1)}, "start_at"),
        ({"mode": "scheduled", "start_at": dt.timedelta(days=400)}, "start_at"),
        ({"mode": "drip"}, "quantity"),
        ({"mode": "weekly"}, "mode"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_and_starts_nothing(cast, schedule, field):
    people(1)
    if "start_at" in schedule:
        schedule = {**schedule, "start_at": clock.now() + schedule["start_at"]}
    with pytest.raises(Invalid) as told:
        begin(**schedule)
    assert list(told.value.errors) == [field] and not BulkAction.objects.exists()


def test_contacts_078_a_batch_of_ten_thousand_and_one_is_refused(cast):
    people(1)
    with pytest.raises(Invalid) as told:
        begin(mode="drip", pace=Pace(10_001))
    assert "quantity" in told.value.errors and not BulkAction.objects.exists()
    assert begin(mode="drip", pace=Pace(10_000)).pace["quantity"] == 10_000


def test_kinds_that_run_at_once_cannot_be_scheduled(cast):
    people(1)
    with pytest.raises(Invalid):
        bulk.start("delete", live(), mode="scheduled", start_at=clock.now() + dt.timedelta(hours=1))


def test_a_paused_action_does_nothing_until_it_is_resumed(cast, drain):
    people(20)
    action = begin()
    bulk_steps.advance(action.pk, 8)
    bulk.pause(action)
    assert not bulk_steps.advance(action.pk, 8) and tagged() == 8
    with at(clock.now() + dt.timedelta(hours=1)), scope.fresh():
        assert tasks.resume() == 0
    with pytest.raises(Refused):
        bulk.pause(action)
    with drain():
        bulk.resume(action)
    action.refresh_from_db()
    assert action.status == "completed" and tagged() == 20
    assert [entry.verb for entry in Entry.objects.filter(subject_id=action.pk).order_by("pk")] == [
        "bulk_action.created", "bulk_action.paused", "bulk_action.resumed", "bulk_action.completed",
    ]  # fmt: skip


def test_a_drip_resumed_after_days_goes_on_at_its_pace(cast):
    people(20)
    start = dt.datetime(2027, 1, 11, 9, 0, tzinfo=NEW_YORK)
    with at(start):
        action = begin(mode="drip", pace=Pace(2, 1, "hours"))
        bulk_steps.advance(action.pk)
        bulk.pause(action)
    assert look(start + dt.timedelta(hours=5)) == 0
    later = start + dt.timedelta(days=3)
    with at(later):
        bulk.resume(action)
    assert [look(later + dt.timedelta(minutes=minutes)) for minutes in (0, 30, 61)] == [2, 0, 2]


def test_contacts_076_a_queued_actions_whole_schedule_can_be_changed(cast):
    people(3)
    action = begin(mode="scheduled", start_at=clock.now() + dt.timedelta(days=1))
    later = clock.now() + dt.timedelta(days=3)
    bulk.reschedule(action, mode="scheduled", start_at=later)
    action.refresh_from_db()
    assert action.start_at == action.next_at == later
    bulk.reschedule(action, mode="drip", start_at=later, pace=Pace(100))
    action.refresh_from_db()
    assert action.mode == "drip" and action.pace["quantity"] == 100
    assert Entry.objects.filter(verb="bulk_action.updated").count() == 2


def test_contacts_076_of_a_drip_that_runs_only_the_batches_can_be_changed(cast):
    people(20)
    start = dt.datetime(2027, 1, 11, 9, 0, tzinfo=NEW_YORK)
    with at(start):
        action = begin(mode="drip", pace=Pace(2, 1, "hours"))
        bulk_steps.advance(action.pk)
        for wrong in ({"mode": "now"}, {"start_at": start + dt.timedelta(days=1), "pace": Pace(5)}):
            with pytest.raises(Refused, match="only the settings of its batches"):
                bulk.reschedule(action, **wrong)
        action.refresh_from_db()
        assert action.pace["quantity"] == 2 and action.mode == "drip"
        bulk.reschedule(action, pace=Pace(5, 2, "hours"))
    assert look(start + dt.timedelta(minutes=61)) == 0
    assert look(start + dt.timedelta(minutes=121)) == 5


def test_contacts_076_what_runs_at_once_or_has_ended_cannot_be_changed(cast, drain):
    people(20)
    action = begin()
    bulk_steps.advance(action.pk, 5)
    with pytest.raises(Refused):
        bulk.reschedule(action, mode="scheduled", start_at=clock.now() + dt.timedelta(days=1))
    bulk.cancel(action)
    with pytest.raises(Refused):
        bulk.reschedule(action, mode="drip", pace=Pace(1))


def test_only_those_that_failed_are_tried_again(cast, drain):
    full, free = make.contact("Full"), make.contact("Free", email="f@example.com")
    with drain():
        params = {"field": "first_name", "label": "First name", "value": ""}
        action = bulk.start("update_field", live(), params=params)
    action.refresh_from_db()
    assert (action.done, action.failed) == (1, 1)
    full.refresh_from_db()
    full.change(phone="+14155550132")
    with drain():
        assert bulk.retry(action) == 1
    action.refresh_from_db(), full.refresh_from_db(), free.refresh_from_db()
    assert full.first_name == free.first_name == ""
    assert (action.status, action.done, action.failed, action.reasons) == ("completed", 2, 0, {})
    assert Entry.objects.filter(verb="contact.updated", contact_id=free.pk).count() == 1
    with pytest.raises(Refused):
        bulk.retry(action)


@pytest.fixture
def send_kind():
    """A sender as another app would register it: each contact that is reached gets an entry of its own."""

    def step(action, bounds):
        BulkActionRow.objects.filter(pk__in=bounds["rows"]).update(outcome="done")
        reached.extend(bounds["contacts"])

    reached: list[str] = []
    for key, channel in (("test_send", "Email"), ("test_text", "SMS")):
        bulk_kinds.register(
            BulkKind(
                key, "Send", "mail", "contacts.bulk", step, can_schedule=True, channel=channel, purpose="marketing"
            )
        )
    yield reached
    del bulk_kinds.KINDS["test_send"], bulk_kinds.KINDS["test_text"]


def test_a_sender_passes_over_whoever_cannot_or_may_not_be_reached(cast, drain, send_kind):
    ann = make.contact("Ann", email="ann@example.com")
    make.contact("Nobody")
    make.contact("Bad", email="bad@example.com", email_validity="invalid")
    quiet = make.contact("Quiet", email="quiet@example.com")
    quiet.set_dnd(channels={"Email": {"status": "active"}})
    silent = make.contact("Silent", email="silent@example.com")
    silent.set_dnd(everything=True)
    with drain():
        action = bulk.start("test_send", live())
    action.refresh_from_db()
    assert send_kind == [ann.pk]
    assert (action.done, action.skipped) == (1, 4)
    assert action.reasons == {
        "Has no e-mail": 1, "The e-mail is invalid": 1, "Do not disturb is on for E-mail": 2,
    }  # fmt: skip


def test_contacts_077_of_a_hundred_texts_the_ten_on_do_not_disturb_are_skipped_with_the_reason(cast, drain, send_kind):
    crowd = [make.contact(f"N{number}", phone=f"+1503555{number:04}") for number in range(100)]
    for one in crowd[:5]:
        one.set_dnd(channels={"SMS": {"status": "active"}})
    for one in crowd[5:9]:
        consent.opted_out(one)
    crowd[9].set_dnd(everything=True)
    with drain():
        action = bulk.start("test_text", live())
    action.refresh_from_db()
    assert sorted(send_kind) == sorted(one.pk for one in crowd[10:])
    assert (action.done, action.skipped, action.reasons) == (90, 10, {"Do not disturb is on for SMS": 10})
    receipts = ConsentReceipt.objects.filter(subject=f"bulk:{action.pk}", purpose="marketing")
    assert (receipts.filter(allowed=True).count(), receipts.filter(allowed=False).count()) == (90, 10)


def test_contacts_027_a_send_set_for_tomorrow_passes_over_whoever_opts_out_today(cast, drain, send_kind):
    ann, ben = make.contact("Ann", phone="+15035550001"), make.contact("Ben", phone="+15035550002")
    start = clock.now() + dt.timedelta(days=1)
    with drain():
        action = bulk.start("test_text", live(), mode="scheduled", start_at=start)
    consent.opted_out(ann)
    with clock.moved(dt.timedelta(days=1, minutes=1)):
        while bulk_steps.advance(action.pk, 100):
            pass
    action.refresh_from_db()
    assert send_kind == [ben.pk] and (action.done, action.skipped) == (1, 1)


WORKER = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hoopai.settings")
import django
django.setup()
from accounts import current
from accounts.models import Location
from contacts import bulk_steps
from core import scope
location, action = sys.argv[1:]
place = Location.objects.everywhere(reason="the test names it").get(pk=location)
with scope.fresh(), current.at(place):
    while bulk_steps.advance(action, 100):
        pass
"""


@pytest.mark.django_db(transaction=True)
def test_contacts_075_a_worker_killed_in_mid_batch_repeats_nobody_and_misses_nobody(cast):
    people(500)
    action = begin(mode="drip", pace=Pace(500, 1, "hours"))
    with connection.cursor() as cursor:  # entries are slow to write, so that the kill comes while a chunk is being done
        cursor.execute(
            "CREATE FUNCTION test_slowly() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_sleep(0.01); RETURN new; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER test_slowly BEFORE INSERT ON journal_entry FOR EACH ROW"
            " WHEN (new.verb = 'contact.tagged') EXECUTE FUNCTION test_slowly()"
        )
    address = connection.settings_dict
    who = f"{quote(address['USER'])}:{quote(address['PASSWORD'])}"
    url = f"postgres://{who}@{address['HOST']}:{address['PORT']}/{address['NAME']}"
    command = [sys.executable, "-c", WORKER, cast.location.pk, action.pk]
    try:
        first = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url})  # noqa: S603
        wait_for(lambda: handled(action) >= 100)
        time.sleep(0.5)  # half of the next chunk
        first.kill()
        assert first.wait() == -9
        killed_at = handled(action)
        assert 100 <= killed_at < 500 and killed_at % 100 == 0
        wait_for(lambda: is_free(action))
        assert subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, timeout=180).returncode == 0  # noqa: S603
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER test_slowly ON journal_entry")
            cursor.execute("DROP FUNCTION test_slowly()")
    action.refresh_from_db()
    assert (action.status, action.done) == ("completed", 500) and tagged() == 500
    told = Entry.objects.filter(verb="contact.tagged").values_list("contact_id", flat=True)
    assert len(told) == len(set(told)) == 500


def wait_for(true, seconds=90):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def handled(action):
    return BulkActionRow.objects.filter(action=action).exclude(outcome="").count()


def is_free(action):
    """Whether the killed worker's connection has let the action go."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM contacts_bulkaction WHERE id = %s FOR UPDATE SKIP LOCKED", [action.pk])
        return cursor.fetchone() is not None
