"""Deleting a location for good once its week is over: store by store, in bounded batches, resumable at any moment.

What is the account's rather than the location's stays: its people, its bills, its wallet, its tickets.
"""

from __future__ import annotations

import time
from typing import Any

from django.db import connection, transaction

from accounts.models import Location
from billing.models import Subscription
from core import clock, scope
from core.scope import SYSTEM
from journal.writing import write
from privacy import files
from privacy.purging import BATCH, raze
from privacy.stores import SOFT, Store, stores


def is_due(place: Location) -> bool:
    """Whether a location was deleted longer than a week ago and no legal hold keeps its account."""
    if place.is_active or place.delete_after is None or clock.now() < place.delete_after:
        return False
    every = Subscription.objects.everywhere(reason="the company is named")
    return not every.filter(company_id=place.company_id, is_kept=True).exists()


def go_on(place_id: str, seconds: float = 200) -> bool:
    """Empty a location for about so many seconds; harmless to repeat and beside itself.

    Returns:
        Whether there is nothing more to do: it is gone, it was brought back, or it is kept.
    """
    ends = time.monotonic() + seconds
    for store in stores():
        while True:
            with transaction.atomic():
                place = _held(place_id)
                if place is None:
                    return True
                with scope.fresh(company_id=place.company_id, actor=SYSTEM):
                    if not _batch(store, place_id):
                        break
            if time.monotonic() > ends:
                return False
    files.delete([place_id])
    with transaction.atomic():
        place = _held(place_id)
        if place is not None:
            with scope.fresh(company_id=place.company_id, actor=SYSTEM):
                write("location.emptied", place.company, facts={"name": place.name})
                raze(Location, [place.pk])
    return True


def _held(place_id: str) -> Location | None:
    every = Location.objects.everywhere(reason="the location is named").select_for_update(of=("self",))
    place: Location | None = every.filter(pk=place_id).first()
    return place if place is not None and is_due(place) else None


def _batch(store: Store, place_id: str) -> bool:
    if store.model is Location or _may_let_go(store.model):
        return False
    chosen = list(store.rows("", [place_id]).values_list("pk", flat=True)[:BATCH])
    if chosen:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL hoopai.purging = 'on'")
        raze(store.model, chosen)
    return bool(chosen)


def _may_let_go(model: Any) -> bool:
    """Whether a row stays with the account when its location goes."""
    return any(
        column.related_model is Location and column.remote_field.on_delete in SOFT
        for column in model._meta.concrete_fields
        if column.remote_field
    )
