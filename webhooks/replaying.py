"""Sending again what has ended, whether it arrived or not: the same event and id, a new timestamp and signature."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from core import scope
from journal.writing import write
from webhooks import queueing
from webhooks.models import Delivery, Endpoint

BATCH = 1000


def again(rows: Iterable[Delivery]) -> int:
    """Put these back into their lines. Returns how many; those under way are left alone."""
    found = list(rows)
    with transaction.atomic():
        count = queueing.reopen([row.pk for row in found])
        if count:
            _tell(Counter(row.endpoint_id for row in found), {row.endpoint_id: row.endpoint for row in found})
    return count


def again_all(rows: Any, endpoints: list[Endpoint]) -> int:
    """The same for a queryset of any size, oldest first and a batch at a time; one entry per endpoint."""
    told: Counter[str] = Counter()
    after = ""
    while True:
        with transaction.atomic():
            ended = rows.exclude(status="waiting").filter(pk__gt=after).order_by("pk")
            batch = list(ended.values_list("pk", "endpoint_id")[:BATCH])
            if not batch:
                break
            queueing.reopen([pk for pk, _ in batch])
            told.update(endpoint_id for _, endpoint_id in batch)
            after = batch[-1][0]
    if told:
        _tell(told, {endpoint.pk: endpoint for endpoint in endpoints})
    return sum(told.values())


def _tell(counts: Counter[str], endpoints: dict[str, Endpoint]) -> None:
    for pk, number in counts.items():
        endpoint = endpoints[pk]
        with scope.use(company_id=endpoint.company_id or scope.current().company_id):
            write("webhook.replayed", endpoint, {}, {"name": str(endpoint), "count": number})
