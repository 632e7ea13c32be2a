"""The nightly billing run: many subscriptions, one in thirty of them due, each renewed, invoiced and charged.

The gateway is the sandbox, in the same process and database. The floor does by hand, for each company, what no billing
can do without: lock the subscription, insert an invoice with a line and an attempt, commit; insert a charge; mark the
invoice paid, move the period on, commit.
"""

from __future__ import annotations

import datetime as dt
import resource
import time
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Company
from bench.measure import timed
from billing import plans, turning
from billing.models import Invoice, PaymentMethod, SandboxCard, Subscription
from core import clock, ids, scope
from journal.recorded import quietly

ONE_IN = 30
BATCH = 2000
A_NIGHT = 100_000 / ONE_IN  # renewals
AIM = 60  # minutes for them, in one process


def run(size: int = 100_000, rounds: int = 5) -> dict[str, Any]:
    """One night over `size` subscriptions; `rounds` of selecting what is due."""
    with scope.fresh():
        due = seed(size)
        with CaptureQueriesContext(connection) as asked:
            found = turning.due()
        selecting = sorted(timed(turning.due) for _ in range(rounds))[rounds // 2]
        plan = explained()
        floor = by_hand(due)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        turned = 0
        while found:
            turned += turning.turn_all_of(found)
            found = turning.due()
        seconds = time.perf_counter() - began
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        idle = timed(turning.due)
        paid = Invoice.objects.everywhere(reason="bench").filter(state="paid", purpose="renewal").count()
    if paid < due or turned < due:
        raise RuntimeError(f"{paid} of {due} renewals were paid")
    rate = due / seconds
    return {
        "subscriptions": size,
        "due": due,
        "selecting_ms": round(selecting * 1000, 2),
        "selecting_statements": len(asked.captured_queries),
        "selecting_by_index": plan,
        "per_second": round(rate, 1),
        "seconds": round(seconds, 1),
        "memory_grown_mb": round(grown, 1),
        "floor_per_second": round(due / floor, 1),
        "ratio": round(seconds / floor, 1),
        "nothing_due_ms": round(idle * 1000, 2),
        "night_of_100000_minutes": round(A_NIGHT / rate / 60, 1),
        "aim": f"<= {AIM} minutes",
        "met": A_NIGHT / rate / 60 <= AIM,
    }


def seed(size: int) -> int:
    """`size` companies with a monthly subscription and a good card; the number of those that are due."""
    now = clock.now()
    plan = plans.named("professional")
    due = 0
    with quietly(reason="bench: rows by the thousand"):
        for first in range(0, size, BATCH):
            numbers = range(first, min(first + BATCH, size))
            companies = [Company(name=f"Company {number}") for number in numbers]
            Company.objects.bulk_create(companies)
            cards = [
                SandboxCard(
                    customer=one.pk,
                    behaviour="succeeds",
                    brand="Visa",
                    last4="4242",
                    exp_month=12,
                    exp_year=now.year + 4,
                )
                for one in companies
            ]
            SandboxCard.objects.bulk_create(cards)
            PaymentMethod.objects.bulk_create(
                PaymentMethod(
                    company=one, gateway="sandbox", token=card.pk, brand="Visa", last4="4242", exp_month=12,
                    exp_year=now.year + 4, is_default=True,
                )
                for one, card in zip(companies, cards, strict=True)
            )  # fmt: skip
            rows = []
            for number, one in zip(numbers, companies, strict=True):
                is_due = number % ONE_IN == 0
                due += is_due
                ends = now - dt.timedelta(minutes=1) if is_due else now + dt.timedelta(days=1 + number % ONE_IN)
                starts = ends - dt.timedelta(days=30)
                rows.append(
                    Subscription(
                        company=one, plan=plan, is_billed=True, anchor_at=starts, period_start=starts, period_end=ends,
                        due_at=ends,
                    )
                )  # fmt: skip
            Subscription.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return due


def explained() -> bool:
    """Whether the due ones are found by the index, without looking at the rest."""
    rows = Subscription.objects.everywhere(reason="bench").order_by("due_at").filter(due_at__lte=clock.now())
    return "subscription_due" in rows.values_list("company_id")[: turning.MOST_COMPANIES].explain()


def by_hand(number: int) -> float:
    """Seconds for the floor over as many companies as are due."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE bench_subscription (id int PRIMARY KEY, period_end timestamptz, due_at timestamptz);"
            'CREATE TEMP TABLE bench_invoice (id text COLLATE "C" PRIMARY KEY, subscription int, state text, total int);'
            'CREATE TEMP TABLE bench_line (id text COLLATE "C" PRIMARY KEY, invoice text, words text, amount int);'
            'CREATE TEMP TABLE bench_attempt (id text COLLATE "C" PRIMARY KEY, invoice text, state text);'
            'CREATE TEMP TABLE bench_charge (id text COLLATE "C" PRIMARY KEY, key text UNIQUE, amount int);'
        )
        cursor.execute("INSERT INTO bench_subscription SELECT n, now(), now() FROM generate_series(1, %s) n", [number])

        def one(place: int) -> None:
            invoice, attempt = ids.new_id(), ids.new_id()
            with transaction.atomic():
                cursor.execute("SELECT * FROM bench_subscription WHERE id = %s FOR UPDATE", [place])
                cursor.execute("INSERT INTO bench_invoice VALUES (%s, %s, 'open', 29700)", [invoice, place])
                cursor.execute("INSERT INTO bench_line VALUES (%s, %s, 'plan', 29700)", [ids.new_id(), invoice])
                cursor.execute("INSERT INTO bench_attempt VALUES (%s, %s, 'processing')", [attempt, invoice])
            cursor.execute("INSERT INTO bench_charge VALUES (%s, %s, 29700)", [ids.new_id(), attempt])
            with transaction.atomic():
                cursor.execute("SELECT * FROM bench_subscription WHERE id = %s FOR UPDATE", [place])
                cursor.execute("UPDATE bench_attempt SET state = 'succeeded' WHERE id = %s", [attempt])
                cursor.execute("UPDATE bench_invoice SET state = 'paid' WHERE id = %s", [invoice])
                cursor.execute(
                    "UPDATE bench_subscription SET period_end = period_end + interval '1 month', due_at = now() "
                    "WHERE id = %s",
                    [place],
                )

        def all_of_them() -> None:
            for place in range(1, number + 1):
                one(place)

        return timed(all_of_them)
