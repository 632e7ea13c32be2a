"""From a record at a DNS provider to HTTPS, and back: a real DNS server, a real TLS server, the clock moved."""

from __future__ import annotations

import datetime as dt

import pytest
import trustme
from django.core import mail
from django.db import IntegrityError, connection, transaction

from accounts import standing
from core import access, clock, scope
from core.errors import Refused
from domains import checking, lifecycle, tasks
from domains.models import Domain
from domains.tests import make
from domains.tests.conftest import ADDRESS, TARGET, again
from journal.models import Entry

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


def told(row) -> list[str]:
    return list(Entry.objects.filter(subject_id=row.pk).order_by("pk").values_list("verb", flat=True))


def test_accounts_107_a_right_cname_becomes_active_with_https_without_further_clicks(cast, zones, front, drain):
    row = make.waiting()
    zones.set("www.example.com", CNAME=TARGET)
    with clock.moved(10 * MINUTE), drain():
        tasks.look.delay()
    row = again(row)
    assert row.state == "active" and row.faults == [] and front.asked == ["www.example.com"]
    assert row.certificate_until > clock.now() and row.next_check_at > clock.now() + 23 * HOUR
    assert told(row) == ["domain.created", "domain.verified", "domain.activated"]
    mails = [one for one in mail.outbox if "www.example.com is active" in one.subject]
    assert [one.to for one in mails] == [[cast.alice.email]]


def test_accounts_107_a_right_a_record_at_a_root_becomes_active(cast, zones, front):
    row = make.waiting("example.org")
    zones.set("example.org", A=ADDRESS)
    checking.check(row.pk, by_clock=True)
    assert again(row).state == "active"


FAULTY = {
    "nothing": {},
    "wrong_target": {"CNAME": "shops.example.org"},
    "several_a": {"A": [ADDRESS, "198.51.100.7"]},
    "aaaa": {"A": ADDRESS, "AAAA": "2001:db8::1"},
    "proxied": {"A": "104.16.3.4"},
    "caa": {"A": ADDRESS, "CAA": '0 issue "pki.goog"'},
}


@pytest.mark.parametrize("code", FAULTY)
def test_accounts_107_a_wrong_record_names_the_fault_and_stays_pending(cast, zones, front, browse, code):
    row = make.waiting()
    if FAULTY[code]:
        zones.set("www.example.com", **FAULTY[code])
    checking.check(row.pk, by_clock=True)
    row = again(row)
    assert row.state == "pending_dns" and [fault["code"] for fault in row.faults] == [code]
    page = browse(cast.alice).get(f"/l/{cast.location.pk}/settings/domains/{row.pk}").content.decode()
    assert row.faults[0]["text"].replace('"', "&quot;") in page
    assert front.asked == [] and told(row) == ["domain.created"]


def test_accounts_107_a_cname_at_a_root_is_named(cast, zones):
    row = make.waiting("example.org")
    zones.set("example.org", CNAME=TARGET)
    checking.check(row.pk, by_clock=True)
    assert [fault["code"] for fault in again(row).faults] == ["cname_at_root"]


def test_a_caa_record_further_up_counts_unless_a_nearer_one_allows(cast, zones):
    row = make.waiting("a.b.example.com")
    zones.set("a.b.example.com", A=ADDRESS)
    zones.set("example.com", CAA=['0 iodef "mailto:a@example.com"', '0 issue ";"'])
    checking.check(row.pk, by_clock=True)
    (fault,) = again(row).faults
    assert fault["code"] == "caa" and fault["found"] == "nobody" and "example.com lets nobody" in fault["text"]
    zones.set("b.example.com", CAA='0 issue "letsencrypt.org; validationmethods=http-01"')
    checking.check(row.pk, by_clock=True)
    assert again(row).state == "issuing_ssl"


def test_servers_that_fail_or_are_silent_say_nothing_about_a_record(cast, zones):
    row = make.waiting()
    zones.set("www.example.com", CNAME=TARGET)
    zones.is_failing = True
    checking.check(row.pk, by_clock=True)
    assert [fault["code"] for fault in again(row).faults] == ["no_answer"]
    zones.is_failing = False
    checking.check(row.pk, by_clock=True)
    assert again(row).state == "issuing_ssl"


def test_odd_records_of_others_do_no_harm(cast, zones, as_):
    make.active().remove_it()
    with as_(cast.charlie, cast.globex_location):
        row = make.waiting()
        zones.set("www.example.com", A=[f"198.51.100.{number}" for number in range(60)],
                  CAA=[f'0 issue "ca{number}.example.org\\000"' for number in range(20)])  # fmt: skip
        zones.set("_hoopai.www.example.com", TXT=['"a\\000b"', '"' + "x" * 250 + '" "' + "y" * 250 + '"'])
        checking.check(row.pk, by_clock=True)
        assert [fault["code"] for fault in again(row).faults] == ["several_a", "wrong_proof", "caa"]
        assert all(len(fault["text"]) < 500 for fault in again(row).faults)


def test_a_chain_of_aliases_in_a_circle_is_no_end(cast, zones):
    row = make.waiting()
    zones.set("www.example.com", CNAME="a.example.com")
    zones.set("a.example.com", CNAME="www.example.com")
    checking.check(row.pk, by_clock=True)
    assert again(row).state == "pending_dns"


def test_waiting_ends_after_72_hours_with_a_mail_and_can_begin_again(cast, zones, drain):
    row = make.waiting()
    begun = clock.now()
    zones.set("www.example.com", CNAME="old.example.org")
    with clock.moved(71 * HOUR):
        checking.check(row.pk, by_clock=True)
        row = again(row)
        assert row.state == "pending_dns" and row.next_check_at <= begun + 72 * HOUR + MINUTE
    mail.outbox.clear()
    with clock.moved(72 * HOUR + MINUTE), drain():
        checking.check(row.pk, by_clock=True)
    row = again(row)
    assert row.state == "failed" and "old.example.org" in row.reason and row.next_check_at is None
    assert any("could not be connected" in one.subject and "old.example.org" in one.body for one in mail.outbox)
    with clock.moved(80 * HOUR):
        row.try_again()
        assert row.state == "pending_dns" and row.waiting_since > begun + 79 * HOUR
        checking.check(row.pk, by_clock=True)
        assert again(row).state == "pending_dns"
        with pytest.raises(Refused):
            again(row).try_again()


def test_each_look_sets_the_next_one_by_the_age(cast, zones):
    row = make.waiting()
    for after, every in ((2 * MINUTE, MINUTE), (HOUR, 10 * MINUTE), (30 * HOUR, HOUR)):
        with clock.moved(after):
            checking.check(row.pk, by_clock=True)
            left = again(row).next_check_at - clock.now()
            assert every - dt.timedelta(seconds=50) < left <= every


def test_a_certificate_refused_five_times_over_a_day_fails_with_the_reason(cast, zones, front, drain):
    row = make.waiting()
    zones.set("www.example.com", CNAME=TARGET)
    front.may = lambda host: False
    begun = clock.now()
    checking.check(row.pk, by_clock=True)
    assert again(row).state == "issuing_ssl" and again(row).tries == 1
    checking.check(row.pk, by_clock=False)
    assert again(row).tries == 1  # a look that somebody asked for is none of the five
    for number in range(2, 6):
        due = again(row).next_check_at
        with clock.moved(due - clock.now()), drain():
            checking.check(row.pk, by_clock=True)
        assert again(row).tries == number
    row = again(row)
    assert row.state == "failed" and "has no certificate for www.example.com" in row.reason
    assert due - begun >= DAY - MINUTE
    assert any("could not be connected" in one.subject for one in mail.outbox)


def test_a_caa_record_that_came_later_is_the_reason(cast, zones, front):
    row = make.issuing()
    zones.set("www.example.com", A=ADDRESS, CAA='0 issue "pki.goog"')
    front.may = lambda host: False
    checking.check(row.pk, by_clock=True)
    assert "pki.goog" in again(row).faults[0]["text"]


@pytest.mark.parametrize("what", ["stranger", "other name", "too old", "nobody there"])
def test_a_certificate_that_browsers_refuse_is_none(cast, zones, front, settings, what):
    host = "www.example.com"
    zones.set(host, CNAME=TARGET)
    row = make.issuing()
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    front.shows[host] = {
        "stranger": lambda: front.certificate(host, authority=trustme.CA()),
        "other name": lambda: front.certificate("www.example.org"),
        "too old": lambda: front.certificate(host, not_before=past - DAY, not_after=past),
        "nobody there": lambda: front.certificate(host),
    }[what]()
    if what == "nobody there":
        settings.DOMAINS_FRONT = "127.0.0.1:9"
    checking.check(row.pk, by_clock=True)
    row = again(row)
    assert row.state == "issuing_ssl" and row.faults[0]["text"]


def test_a_record_gone_on_three_days_in_a_row_breaks_and_its_return_mends(cast, zones, front, drain):
    row = make.active()
    zones.set("www.example.com", CNAME="elsewhere.example.org")
    for day in (1, 2):
        with clock.moved(day * DAY):
            checking.check(row.pk, by_clock=True)
            checking.check(row.pk, by_clock=False)  # a click counts no day
        assert (again(row).state, again(row).days_gone) == ("active", day)
    with clock.moved(3 * DAY), drain():
        checking.check(row.pk, by_clock=True)
    row = again(row)
    assert row.state == "broken" and "elsewhere.example.org" in row.reason and row.is_served
    assert any("is broken" in one.subject for one in mail.outbox)
    zones.set("www.example.com", CNAME=TARGET)
    with clock.moved(3 * DAY + HOUR):
        checking.check(row.pk, by_clock=True)
    row = again(row)
    assert (row.state, row.days_gone, row.reason) == ("active", 0, "")
    assert told(row)[-2:] == ["domain.broken", "domain.mended"]


def test_a_day_on_which_the_record_was_right_begins_the_count_anew(cast, zones, front):
    row = make.active()
    for day, name in enumerate(("a.example.org", "a.example.org", TARGET, "a.example.org", "a.example.org")):
        zones.set("www.example.com", CNAME=name)
        with clock.moved((day + 1) * DAY):
            checking.check(row.pk, by_clock=True)
    assert (again(row).state, again(row).days_gone) == ("active", 2)


def test_days_without_any_answer_break_nothing(cast, zones, front):
    row = make.active()
    zones.is_failing = True
    for day in range(1, 6):
        with clock.moved(day * DAY):
            checking.check(row.pk, by_clock=True)
    assert (again(row).state, again(row).days_gone) == ("active", 0)


def test_the_clock_starts_each_due_domain_once(cast, zones, front, drain):
    make.waiting("www.example.com")
    make.waiting("www.example.org")
    with drain():
        tasks.look.delay()
    assert zones.asked == []  # not yet due: whoever adds one asks for the first look
    with clock.moved(6 * MINUTE), drain():
        tasks.look.delay()
        tasks.look.delay()
    assert zones.asked.count(("www.example.com", "CNAME")) == zones.asked.count(("www.example.org", "CNAME")) == 1


@pytest.mark.django_db(transaction=True)
def test_a_domain_removed_while_dns_is_asked_is_left_alone(cast, zones, as_):
    row = make.waiting()

    def remove():
        with scope.fresh(), as_(cast.alice):
            again(row).remove_it()
        connection.close()

    zones.on_question = remove
    checking.check(row.pk, by_clock=True)
    assert Domain.objects.count() == 0


def test_checks_go_on_while_the_account_is_read_only(cast, zones, front):
    row = make.waiting()
    zones.set("www.example.com", CNAME=TARGET)
    standing.set_standing(cast.company, access.READ_ONLY, reason="suspended")
    checking.check(row.pk, by_clock=True)
    assert again(row).state == "active"


@pytest.mark.parametrize(
    ("old", "new"),
    [(a, b) for a in lifecycle.STATES for b in lifecycle.STATES if a != b],
)
def test_the_database_holds_the_table_of_states(cast, old, new):
    row = make.waiting()
    way = {"pending_dns": [], "issuing_ssl": ["issuing_ssl"], "active": ["issuing_ssl", "active"],
           "failed": ["failed"], "broken": ["issuing_ssl", "active", "broken"]}  # fmt: skip
    allowed = {(move.state, move.next) for move in lifecycle.MOVES}

    def put(state: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE domains_domain SET state = %s WHERE id = %s", [state, row.pk])

    for state in way[old]:
        put(state)
    if (old, new) in allowed:
        put(new)
        assert again(row).state == new
    else:
        with pytest.raises(IntegrityError), transaction.atomic():
            put(new)
        assert again(row).state == old


def test_no_domain_begins_in_another_state(cast):
    row = make.waiting()
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute(
            "INSERT INTO domains_domain SELECT (jsonb_populate_record(d, %s)).* FROM domains_domain d WHERE id = %s",
            ['{"id": "11111111111111111111", "host": "www.example.org", "state": "active"}', row.pk],
        )
    assert Domain.objects.count() == 1
