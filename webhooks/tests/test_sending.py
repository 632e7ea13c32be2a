"""Attempts: what is sent, when it is sent again, in which order, and when no more."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import threading
from base64 import b64decode
from contextlib import ExitStack

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from contacts.tests import make
from core import clock
from journal.models import Entry
from journal.tasks import hand_over
from webhooks import queueing, readers, replaying, retrying, sending, tasks
from webhooks.models import Delivery, Endpoint, Hour, Line, SigningKey
from webhooks.tests.receiver import Receiver


def later(**by) -> object:
    return clock.moved(dt.timedelta(**by))


def test_a_delivery_is_signed_three_ways_over_its_very_bytes(cast, receiver, key, deliver):
    Endpoint.add(receiver.url, chosen=["ContactCreate"], secret="s3cret")
    make.contact("Ann Müller", email="ann@example.com")
    deliver()
    got = receiver.got[0]
    load_pem_public_key(key.ed25519_public.encode()).verify(b64decode(got.headers["X-GHL-Signature"]), got.body)
    load_pem_public_key(key.rsa_public.encode()).verify(
        b64decode(got.headers["x-wh-signature"]), got.body, PKCS1v15(), SHA256()
    )
    assert got.headers["x-wl-signature"] == hmac.new(b"s3cret", got.body, hashlib.sha256).hexdigest()
    assert got.headers["Content-Type"] == "application/json" and b"M\xc3\xbcller" in got.body
    assert got.body == json.dumps(got.data, separators=(",", ":"), ensure_ascii=False).encode()


def test_an_endpoint_without_secret_and_legacy_gets_one_signature(cast, receiver, endpoint, deliver):
    make.contact("Ann")
    deliver()
    headers = {name.lower() for name in receiver.got[0].headers}
    assert "x-ghl-signature" in headers and not headers & {"x-wh-signature", "x-wl-signature"}


def test_a_retry_has_the_same_id_a_new_time_and_a_new_signature(cast, receiver, endpoint, deliver):
    receiver.answer = lambda got: 500 if len(receiver.got) == 1 else 200
    make.contact("Ann")
    deliver()
    row = Delivery.objects.get()
    assert row.status == "waiting" and row.answered == 500 and row.line.next_at > clock.now()
    assert deliver() == 0
    with later(minutes=1):
        deliver()
    first, second = receiver.got
    assert first.data["webhookId"] == second.data["webhookId"] == row.pk
    assert first.data["timestamp"] < second.data["timestamp"]
    assert first.headers["X-GHL-Signature"] != second.headers["X-GHL-Signature"]
    assert (first.headers["X-HoopAI-Attempt"], second.headers["X-HoopAI-Attempt"]) == ("1", "2")
    row.refresh_from_db()
    assert row.status == "delivered" and [one["status"] for one in row.tries] == [500, 200]


@pytest.mark.parametrize(("status", "attempts"), [(500, 6), (503, 6), (429, 7), (400, 1), (404, 1), (301, 1)])
def test_how_often_an_answer_is_tried_again(cast, receiver, endpoint, deliver, status, attempts):
    receiver.answer = lambda got: (status, {"Location": receiver.url}, b"no")
    make.contact("Ann")
    deliver()
    for hours in range(1, 12):
        with later(hours=hours * 3):
            deliver()
    row = Delivery.objects.get()
    assert len(receiver.got) == len(row.tries) == attempts
    assert row.status == "dead" and row.answered == status and row.answer == "no" and row.finished_at


def test_delays_grow_and_too_many_requests_wait_ten_minutes():
    grown = [retrying.delay(number, 500).total_seconds() for number in range(1, 6)]
    assert grown == sorted(grown) and 30 <= grown[0] <= 36 and 7680 <= grown[4] <= 9216
    waits = [retrying.delay(number, 429).total_seconds() for number in range(1, 7)]
    assert all(600 <= wait <= 750 for wait in waits) and 3600 <= sum(waits) <= 4500
    assert retrying.delay(1, 429, "1800").total_seconds() >= 1800
    assert retrying.delay(1, 429, "9999999").total_seconds() <= 3750
    assert retrying.delay(1, None).total_seconds() >= 30 and retrying.delay(6, None) is None
    assert retrying.delay(1, None, is_refused=True) is None


def test_a_receiver_that_is_not_there_is_tried_again_and_a_private_address_never(
    cast, receiver, endpoint, deliver, settings
):
    make.contact("Ann")
    receiver.__exit__()
    deliver()
    row = Delivery.objects.get()
    assert row.status == "waiting" and row.answered is None and row.error
    settings.HTTP_PRIVATE_ADDRESSES = []
    with later(minutes=5):
        deliver()
    row.refresh_from_db()
    assert row.status == "dead" and "not a public address" in row.error
    receiver.server.__init__(("127.0.0.1", 0), receiver.server.RequestHandlerClass)  # for the fixture's own end
    receiver.thread = type(receiver.thread)(target=receiver.server.serve_forever, daemon=True)
    receiver.thread.start()


def test_a_redirect_is_not_followed_and_a_large_answer_is_cut(cast, receiver, endpoint, deliver):
    receiver.answer = lambda got: (302, {"Location": receiver.url + "/elsewhere"}, b"x" * 300_000)
    make.contact("Ann")
    deliver()
    row = Delivery.objects.get()
    assert [got.path for got in receiver.got] == ["/hooks"]
    assert row.status == "dead" and "redirects" in row.error and len(row.answer) == sending.KEPT


def test_deliveries_of_one_record_keep_their_order_while_others_go_on(cast, receiver, endpoint, deliver):
    ann, ben = make.contact("Ann"), make.contact("Ben")
    for city in ("Salem", "Eugene", "Bend"):
        ann.change(city=city)
        ben.change(city=city)
    stuck = [True]
    receiver.answer = lambda got: 500 if stuck[0] and got.data["id"] == ann.pk else 200
    deliver()
    assert [got.sequence for got in receiver.got if got.data["id"] == ann.pk] == [1]
    assert [got.sequence for got in receiver.got if got.data["id"] == ben.pk] == [1, 2, 3, 4]
    stuck[0] = False
    receiver.got.clear()
    ann.change(city="Astoria")
    deliver()
    assert receiver.got == []
    with later(minutes=2):
        deliver()
    assert [got.sequence for got in receiver.got] == [1, 2, 3, 4, 5]
    assert receiver.types[0] == "ContactCreate"
    assert Line.objects.filter(open=0).count() == 2 == Line.objects.count()


def test_a_dead_delivery_lets_the_next_one_pass(cast, receiver, endpoint, deliver):
    receiver.answer = lambda got: 400 if got.sequence == 1 else 200
    ann = make.contact("Ann")
    ann.change(city="Salem")
    deliver()
    assert [(row.sequence, row.status) for row in Delivery.objects.order_by("sequence")] == [
        (1, "dead"),
        (2, "delivered"),
    ]


def test_reading_an_entry_again_delivers_nothing_twice(cast, receiver, endpoint, deliver):
    make.contact("Ann")
    deliver()
    Entry.objects.filter(verb="contact.created").update(handed_over_at=None)
    deliver()
    assert receiver.types == ["ContactCreate"] and Delivery.objects.count() == 1


def test_an_entry_that_was_overtaken_still_goes_first(cast, receiver, endpoint, deliver):
    ann = make.contact("Ann")
    ann.change(city="Salem")
    newest = Entry.objects.filter(subject_id=ann.pk).order_by("-pk")[0]
    hand_over([newest.pk])
    deliver()
    assert receiver.types == ["ContactCreate", "ContactUpdate"]


def test_ten_failures_in_a_row_over_an_hour_switch_it_off_and_nothing_is_lost(cast, receiver, endpoint, deliver):
    receiver.answer = lambda got: 400
    for _ in range(10):
        make.contact("Ann")
    deliver()
    endpoint.refresh_from_db()
    assert endpoint.state == "on" and endpoint.failures == 10
    with later(minutes=61):
        make.contact("Late")
        deliver()
        endpoint.refresh_from_db()
        assert endpoint.state == "failing" and endpoint.failures == 11
        entry = Entry.objects.get(verb="webhook.switched_off")
        assert entry.subject_id == endpoint.pk and "in a row" in entry.facts["reason"]
        receiver.got.clear()
        make.contact("Waits")
        assert deliver() == 0 and Delivery.objects.open().count() == 1
        receiver.answer = lambda got: 200
        endpoint.switch(True)
        deliver()
    assert receiver.types == ["ContactCreate"] and Entry.objects.filter(verb="webhook.switched_on").exists()
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since) == (0, None)


def test_admins_are_mailed_once_when_a_webhook_is_switched_off_and_not_when_they_did_it(
    cast, receiver, endpoint, deliver, mailoutbox
):
    receiver.answer = lambda got: 410
    make.contact("Ann")
    deliver()
    deliver()
    entry = Entry.objects.get(verb="webhook.switched_off")
    readers.warn(entry)
    assert [mail.to for mail in mailoutbox] == [[cast.alice.email]]
    assert "410" in mailoutbox[0].body and f"/settings/webhooks/{endpoint.pk}" in mailoutbox[0].body
    mailoutbox.clear()
    endpoint.refresh_from_db()
    endpoint.switch(True)
    endpoint.switch(False)
    deliver()
    assert mailoutbox == []


def test_receivers_that_hang_leave_room_for_others(cast, receiver, endpoint, monkeypatch):
    monkeypatch.setattr(sending, "IN_FLIGHT", 8)
    monkeypatch.setattr(sending, "TIMEOUT", 20.0)
    others_were_told = threading.Event()
    freed = []
    with ExitStack() as stack:
        for _ in range(6):
            stuck = stack.enter_context(Receiver())
            stuck.answer = lambda got: freed.append(others_were_told.wait(15)) or 200
            Endpoint.add(stuck.url, every_event=True, legacy_signature=False)
        for number in range(6):
            make.contact(f"Ann {number}")
        hand_over()
        receiver.answer = lambda got: (len(receiver.got) == 6 and others_were_told.set()) or 200
        sending.run(60.0)
    assert len(receiver.got) == 6
    assert freed and all(freed), "those that hang were waited for before others were told"


def test_a_large_replay_that_runs_twice_repeats_nothing(cast, receiver, endpoint, deliver):
    make.contact("Ann")
    deliver()
    asked = clock.now().isoformat()
    assert tasks.replay.run([endpoint.pk], asked, only_dead=False) == 1
    deliver()
    assert tasks.replay.run([endpoint.pk], asked, only_dead=False) == 0
    assert len(receiver.got) == 2


def test_one_success_starts_the_count_anew(cast, receiver, endpoint, deliver):
    receiver.answer = lambda got: 200 if len(receiver.got) == 6 else 400
    for _ in range(9):
        make.contact("Ann")
        deliver()
    endpoint.refresh_from_db()
    assert endpoint.failures == 3


def test_410_switches_it_off_and_nothing_more_is_kept(cast, receiver, endpoint, deliver):
    receiver.answer = lambda got: 410
    make.contact("Ann")
    deliver()
    endpoint.refresh_from_db()
    assert endpoint.state == "gone"
    make.contact("Ben")
    deliver()
    assert len(receiver.got) == 1 and Delivery.objects.count() == 1


def test_what_is_off_hears_nothing(cast, receiver, endpoint, deliver):
    endpoint.switch(False)
    make.contact("Ann")
    deliver()
    endpoint.switch(True)
    deliver()
    assert receiver.got == [] and not Delivery.objects.exists()


def test_replaying_sends_the_same_event_and_id_again(cast, receiver, endpoint, deliver):
    receiver.answer = lambda got: 400
    make.contact("Ann")
    make.contact("Ben")
    deliver()
    receiver.answer = lambda got: 200
    receiver.got.clear()
    assert replaying.again_all(Delivery.objects.dead(), [endpoint]) == 2
    deliver()
    assert sorted(got.data["webhookId"] for got in receiver.got) == sorted(
        Delivery.objects.values_list("pk", flat=True)
    )
    assert not Delivery.objects.exclude(status="delivered").exists()
    assert Entry.objects.get(verb="webhook.replayed").facts["count"] == 2
    row = Delivery.objects.first()
    assert replaying.again([row]) == 1 and replaying.again([row]) == 0


def test_a_replay_of_what_was_delivered_goes_before_what_waits(cast, receiver, endpoint, deliver):
    ann = make.contact("Ann")
    deliver()
    receiver.answer = lambda got: 500
    ann.change(city="Salem")
    deliver()
    receiver.answer = lambda got: 200
    replaying.again([Delivery.objects.get(sequence=1)])
    receiver.got.clear()
    with later(minutes=2):
        deliver()
    assert [got.sequence for got in receiver.got] == [2, 1]  # the one under way keeps its turn
    assert Line.objects.get().open == 0


def test_hours_count_what_arrived_and_what_did_not(cast, receiver, endpoint, deliver):
    receiver.answer = lambda got: 400 if len(receiver.got) == 1 else 200
    for name in ("Ann", "Ben", "Cleo"):
        make.contact(name)
        deliver()
    assert (Hour.objects.get().delivered, Hour.objects.get().failed) == (2, 1)


def test_an_announced_key_signs_only_where_it_was_taken_until_its_day(cast, receiver, endpoint, deliver, key):
    other = Endpoint.add(receiver.url + "/other", every_event=True, legacy_signature=False)
    new = SigningKey.announce()
    assert SigningKey.current() == key and SigningKey.next() == new
    other.take_next_key()
    make.contact("Ann")
    deliver()
    signed = {got.path: got for got in receiver.got}
    for path, by in (("/hooks", key), ("/hooks/other", new)):
        got = signed[path]
        load_pem_public_key(by.ed25519_public.encode()).verify(b64decode(got.headers["X-GHL-Signature"]), got.body)
    with later(days=31):
        assert SigningKey.current() == new and SigningKey.next() is None


def test_old_deliveries_are_forgotten(cast, receiver, endpoint, deliver):
    make.contact("Ann")
    deliver()
    assert tasks.forget.run() == 0
    with later(days=31):
        make.contact("Ben")
        deliver()
        assert tasks.forget.run() == 1
    assert Delivery.objects.count() == 1


def test_whatever_waits_is_dropped_with_its_line_in_order(cast, receiver, endpoint, deliver):
    receiver.answer = lambda got: 500
    ann = make.contact("Ann")
    ann.change(city="Salem")
    deliver()
    queueing.drop([Delivery.objects.get(sequence=1).pk])
    receiver.answer = lambda got: 200
    deliver()
    assert receiver.got[-1].sequence == 2 and Line.objects.get().open == 0
