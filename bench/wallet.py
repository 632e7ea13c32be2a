"""Debits of one wallet by sixteen writers, against a bare `UPDATE … RETURNING` loop on one row.

Ours is `wallet.charge`: a price, a lock, idempotency, an entry, two postings that must sum to nothing, the balance.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from accounts.models import Company
from bench.measure import spread
from billing import wallet
from billing.models import WalletEntry
from billing.wallet import ledger
from core import scope

WRITERS = 16
SHARE = 0.5  # of the floor's rate, at least
EACH = 400  # debits of a writer in a round


def run(rounds: int = 5, each: int = EACH) -> dict[str, Any]:
    """`each` debits by each of sixteen writers, in rounds of ours and the floor's in turn."""
    connection.close()
    connection.settings_dict["OPTIONS"]["pool"] = False  # a pool is smaller than sixteen
    with scope.fresh():
        company = Company.record_new(name="Bench wallet")
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS bench_wallet (id text PRIMARY KEY, micros bigint NOT NULL)")
            cursor.execute("INSERT INTO bench_wallet VALUES (%s, 1000000000000)", [company.pk])
        wallet.give(company.pk, "promotional", 10**12, "funds", about="Bench")
        floor, ours = [], []
        for number in range(rounds + 1):
            pair = [("floor", _bare(company.pk)), ("ours", _ours(company.pk, number))]
            for name, work in pair if number % 2 else reversed(pair):
                rate = WRITERS * each / _together(work, each)
                if number:
                    (floor if name == "floor" else ours).append(rate)
        done = WRITERS * each * (rounds + 1)
        proved = _proved(company.pk, done)
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE bench_wallet")
    ratio = statistics.median(ours) / statistics.median(floor)
    return {
        "writers": WRITERS,
        "debits": done,
        "ours_per_second": round(statistics.median(ours)),
        "floor_per_second": round(statistics.median(floor)),
        "floor_spread": spread(floor),
        "ratio": round(ratio, 2),
        "sums_are_zero": proved,
        "aim": f">= {SHARE}",
        "met": ratio >= SHARE and proved,
    }


def _bare(company_id: str) -> Callable[[int, int], None]:
    def debit(writer: int, number: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE bench_wallet SET micros = micros - %s WHERE id = %s AND micros >= %s RETURNING micros",
                [7_900, company_id, 7_900],
            )
            cursor.fetchone()

    return debit


def _ours(company_id: str, round_number: int) -> Callable[[int, int], None]:
    def debit(writer: int, number: int) -> None:
        wallet.charge(company_id, "sms.out", 1, f"SM{round_number}-{writer}-{number}", channel="sms")

    return debit


def _together(debit: Callable[[int, int], None], each: int) -> float:
    """Seconds that sixteen threads take, each with a connection of its own that is open before the clock starts."""
    start = threading.Barrier(WRITERS + 1)
    failed: list[BaseException] = []

    def write(writer: int) -> None:
        try:
            with scope.fresh():
                connection.ensure_connection()
                start.wait(60)
                for number in range(each):
                    debit(writer, number)
        except BaseException as problem:
            failed.append(problem)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    start.wait(60)
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    if failed:
        raise failed[0]
    return took


def _proved(company_id: str, done: int) -> bool:
    """Every debit is there once, all postings come to nothing, and the wallet shows what they say."""
    rows = WalletEntry.objects.everywhere(reason="the company is named").filter(company_id=company_id, kind="charge")
    sums = ledger.sums(company_id)
    return rows.count() == done and sums["revenue"] == done * 7_900 and ledger.is_true(company_id)
