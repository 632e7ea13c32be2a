"""A sender that is killed in the middle of its work: nothing is lost, and nothing of one record is reordered."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict

import pytest
from django.conf import settings
from django.db import connection

from contacts.tests import make
from core import clock
from journal.tasks import hand_over
from webhooks import sending
from webhooks.models import Delivery, Line

PROGRAM = "import django; django.setup(); from webhooks import sending; sending.run(60)"
CONTACTS, CHANGES = 240, 2


@pytest.fixture
def sender():
    """Starts senders as programs of their own, on the tests' database."""
    running = []
    held = connection.settings_dict
    address = f"postgres://{held['USER']}:{held['PASSWORD']}@{held['HOST']}:{held['PORT']}/{held['NAME']}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hoopai.settings",
        "DATABASE_URL": address,
        "HTTP_PRIVATE_ADDRESSES": "127.0.0.1",
        "SECRET_KEY": settings.SECRET_KEY,
    }

    def start():
        program = subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=settings.ROOT, env=environment)
        running.append(program)
        return program

    yield start
    for program in running:
        program.kill()
        program.wait()


@pytest.mark.django_db(transaction=True)
def test_senders_killed_at_any_point_lose_nothing_and_reorder_nothing(cast, receiver, endpoint, sender):
    made = [make.contact(f"Ann {number}") for number in range(CONTACTS)]
    for number in range(CHANGES):
        for contact in made:
            contact.change(city=f"City {number}")
    hand_over()
    total = CONTACTS * (CHANGES + 1)
    assert Delivery.objects.count() == total
    chance = random.Random(7)

    def answer(got):
        time.sleep(0.08)
        return 500 if chance.random() < 0.02 else 200

    receiver.answer = answer
    killed = 0
    for _ in range(4):
        program = sender()
        before = len(receiver.got)
        ends = time.monotonic() + 60
        while len(receiver.got) < before + 10 and program.poll() is None and time.monotonic() < ends:
            time.sleep(0.005)
        if program.poll() is None:
            program.send_signal(signal.SIGKILL)
            killed += program.wait() == -signal.SIGKILL
    assert killed >= 3
    leased = Line.objects.filter(next_at__gt=clock.now() + dt.timedelta(seconds=40))
    assert leased.exists(), "a sender was killed with deliveries in its hands"
    two = [sender(), sender()]
    assert [program.wait(180) for program in two] == [0, 0]
    receiver.answer = lambda got: 200
    for minutes in (2, 4, 8):  # the leases of the killed end, and what failed is tried again
        with clock.moved(dt.timedelta(minutes=minutes)):
            sending.run(30)
    assert Delivery.objects.filter(status="delivered").count() == total
    assert set(Line.objects.values_list("open", flat=True)) == {0}
    seen = defaultdict(list)
    for got in receiver.got:
        seen[got.data["id"]].append(got.sequence)
    assert len(seen) == CONTACTS
    for sequence in seen.values():
        first = list(dict.fromkeys(sequence))
        assert first == list(range(1, CHANGES + 2)), sequence
        assert sequence == sorted(sequence), "a repetition may follow its original, never a later one"


@pytest.mark.django_db(transaction=True)
def test_a_hand_over_that_is_killed_before_its_commit_is_done_again(cast, receiver, endpoint, deliver):
    make.contact("Ann")
    program = (
        "import django; django.setup(); import os; from webhooks import fanning, readers; from journal import verbs, tasks;"
        "held = fanning.fan_out\n"
        "def dies(entries):\n    held(entries); os._exit(9)\n"
        "fanning.fan_out = dies; tasks.hand_over()"
    )
    held = connection.settings_dict
    address = f"postgres://{held['USER']}:{held['PASSWORD']}@{held['HOST']}:{held['PORT']}/{held['NAME']}"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "hoopai.settings", "DATABASE_URL": address}
    done = subprocess.run([sys.executable, "-c", program], cwd=settings.ROOT, env=environment, timeout=60, check=False)
    assert done.returncode == 9 and not Delivery.objects.exists()
    deliver()
    assert receiver.types == ["ContactCreate"]
