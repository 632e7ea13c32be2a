"""Deleting an account for good: store by store, in bounded batches, resumable at any moment, proved at the end.

The subscription decides when: it must be in the state "deleting", past its `delete_after`, and under no legal hold.
Every batch is a transaction of its own that also counts it, so a killed worker repeats nothing and miscounts nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from accounts.models import Company
from billing import gateways, lifecycle, profile
from billing.holding import held
from billing.models import PaymentMethod, Subscription
from billing.readers import admins_of
from core import clock, scope
from core.errors import Refused
from core.scope import SYSTEM
from journal.models import Entry
from journal.recorded import quietly
from journal.writing import write
from privacy import files
from privacy.models import Deletion
from privacy.models.deletion import KEPT_YEARS
from privacy.remains import BY_STORE
from privacy.stores import Store, places_of, pointing_at, stores

log = logging.getLogger(__name__)
BATCH = 1000
EMPTIED = ("email", "phone", "website", "domain", "address", "city", "state", "postal_code", "logo_url")


def begin(company_id: str) -> Deletion:
    """Note that the deletion runs; the same when it already does.

    Raises:
        Refused: the account is not to be deleted, not yet, or is kept by a legal hold.
        NotFound: the company has taken no plan.
    """
    with held(company_id) as row:
        running = _of(company_id)
        if row.is_kept:
            raise Refused("A legal hold keeps this account.")
        if running is not None:
            return running
        if row.state != lifecycle.DELETING:
            raise Refused("This account is not to be deleted: its subscription goes on or its data is still kept.")
        if row.delete_after is None or clock.now() < row.delete_after:
            raise Refused("The time for which this account's data is kept is not over.")
        legal = profile.billed_to(company_id)
        deletion = Deletion(
            company_id=company_id,
            legal={**legal, "name": legal["name"] or row.company.name},
            location_ids=places_of(company_id),
            recipients=_recipients(row),
            due_at=row.delete_after,
            began_at=clock.now(),
        )
        deletion.save(force_insert=True)
        write("deletion.started", row)
    return deletion


def go_on(deletion: Deletion, seconds: float = 200) -> bool:
    """Delete for about so many seconds.

    Returns:
        Whether the account is gone: every store was counted and holds nothing but what the law wants kept.

    Raises:
        Refused: a legal hold was set meanwhile.
    """
    ends = time.monotonic() + seconds
    with scope.fresh(company_id=deletion.company_id, actor=SYSTEM):
        for place in places_of(deletion.company_id):  # one that was opened after the start
            if place not in deletion.location_ids:
                deletion.location_ids.append(place)
                deletion.save(update_fields=["location_ids"])
        _forget_cards(deletion.company_id)
        for store in stores():
            while _batch(deletion, store):
                if time.monotonic() > ends:
                    return False
        _delete_files(deletion)
        return _finish(deletion)


def counts(company_id: str) -> tuple[dict[str, int], dict[str, int], int]:
    """What a deletion would do now: rows that go and rows that stay, by store, and files that go. Writes nothing."""
    places = places_of(company_id)
    going, staying = {}, {}
    for store in stores():
        doomed = store.doomed(company_id, places).count()
        if doomed:
            going[store.label] = doomed
        if store.label in BY_STORE:
            rest = store.rows(company_id, places).count() - doomed
            if rest:
                staying[store.label] = rest
    return going, staying, sum(1 for _ in files.of(places))


def forget(company_id: str) -> None:
    """Delete what was kept of a deleted account, once its seven years are over.

    Raises:
        Refused: they are not over.
    """
    with transaction.atomic(), scope.fresh(company_id=company_id, actor=SYSTEM):
        deletion = _of(company_id)
        if deletion is None or deletion.keep_until is None or clock.now() < deletion.keep_until:
            raise Refused("What the law wants kept is kept for seven years.")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL hoopai.purging = 'on'")
        for store in stores():
            rows = store.rows(company_id, deletion.location_ids)
            raze(store.model, list(rows.values_list("pk", flat=True)))


def _of(company_id: str) -> Deletion | None:
    rows = Deletion.objects.everywhere(reason="the company is named").select_for_update()
    found: Deletion | None = rows.filter(company_id=company_id).first()
    return found


def _recipients(row: Subscription) -> list[str]:
    owner = [row.company.owner.email] if row.company.owner else []
    return list(dict.fromkeys([*owner, *(user.email for user in admins_of(row.company_id))]))


def _batch(deletion: Deletion, store: Store) -> int:
    """Delete the next rows of a store and count them. Returns how many; 0 when it is empty."""
    with transaction.atomic():
        with held(deletion.company_id) as row:
            if row.is_kept:
                raise Refused("A legal hold keeps this account.")
        fresh = _of(deletion.company_id)
        if fresh is None or fresh.state == "done":
            return 0
        chosen = list(store.doomed(fresh.company_id, fresh.location_ids).values_list("pk", flat=True)[:BATCH])
        if not chosen:
            return 0
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL hoopai.purging = 'on'")
        raze(store.model, chosen)
        fresh.counts[store.label] = fresh.counts.get(store.label, 0) + len(chosen)
        fresh.save(update_fields=["counts"])
        deletion.counts = fresh.counts
        return len(chosen)


def raze(model: Any, chosen: list[Any]) -> None:
    """Delete rows by key, with what operators noted about them; whatever points at them and may let go does so."""
    if not chosen:
        return
    for other, column in pointing_at(model):
        _execute(
            other,
            f"UPDATE {{table}} SET {_quoted(column.column)} = NULL WHERE {_quoted(column.column)} = ANY(%s)",
            chosen,
        )
    kind = ContentType.objects.get_for_model(model)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_admin_log WHERE content_type_id = %s AND object_id = ANY(%s)",
            [kind.pk, [str(pk) for pk in chosen]],
        )
    _execute(model, f"DELETE FROM {{table}} WHERE {_quoted(model._meta.pk.column)} = ANY(%s)", chosen)


def _execute(model: Any, statement: str, chosen: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement.format(table=_quoted(model._meta.db_table)), [chosen])


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))


def _forget_cards(company_id: str) -> None:
    """Have the payment provider forget the cards; one that does not answer is asked again when the job goes on."""
    rows = PaymentMethod.objects.filter(company_id=company_id).order_by("pk")
    for method in rows[:100]:
        gateways.named(method.gateway).forget(method.token)


def _delete_files(deletion: Deletion) -> None:
    gone = files.delete(deletion.location_ids)
    if gone:
        deletion.files += gone
        deletion.save(update_fields=["files"])


def _finish(deletion: Deletion) -> bool:
    """Count every store once more; where nothing is left, empty what stays and write the certificate."""
    with held(deletion.company_id) as row:
        fresh = _of(deletion.company_id)
        if fresh is None or fresh.state == "done":
            return True
        left, kept, left_files = counts(fresh.company_id)
        if left or left_files:
            log.info("deletion of %s goes on: %s", fresh.company_id, left)
            return False
        row.enter("purged", cancel_reason="", cancel_comment="", overrides={}, due_at=None)
        with quietly(reason="what stays of a deleted account is not told to a journal that is gone"):
            Company.objects.filter(pk=fresh.company_id).update(
                name=fresh.legal["name"], owner=None, **dict.fromkeys(EMPTIED, "")
            )
        _entries_left(fresh).delete()
        now = clock.now()
        fresh.done_at = max(now, fresh.began_at)
        fresh.keep_until = _years_later(fresh.done_at, KEPT_YEARS)
        fresh.kept, fresh.state = kept, "done"
        fresh.hash = hashlib.sha256(certificate(fresh).encode()).hexdigest()
        fresh.save()
    deletion.refresh_from_db(from_queryset=Deletion.objects.everywhere(reason="the row is at hand"))
    return True


def _entries_left(deletion: Deletion) -> Any:
    rows = Entry.objects.everywhere(reason="the company is named")
    return rows.filter(company_id=deletion.company_id, location_id=None)


def _years_later(moment: datetime, years: int) -> datetime:
    day = 28 if (moment.month, moment.day) == (2, 29) else moment.day
    return moment.replace(year=moment.year + years, day=day)


def certificate(deletion: Deletion) -> str:
    """The certificate of a deletion as JSON that is always the same; its hash is kept beside it."""
    assert deletion.done_at is not None and deletion.keep_until is not None
    content = {
        "company": deletion.company_id,
        "name": deletion.legal["name"],
        "allowed_since": clock.iso(deletion.due_at),
        "began_at": clock.iso(deletion.began_at),
        "done_at": clock.iso(deletion.done_at),
        "deleted_rows": deletion.counts,
        "deleted_files": deletion.files,
        "left_rows": dict.fromkeys((store.label for store in stores() if store.label not in BY_STORE), 0),
        "kept_rows": deletion.kept,
        "kept_until": clock.iso(deletion.keep_until),
        "kept_because": {label: BY_STORE[label].why for label in sorted(deletion.kept)},
    }
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)


def is_genuine(deletion: Deletion) -> bool:
    """Whether the certificate still is the one that was written when the deletion was done."""
    return hashlib.sha256(certificate(deletion).encode()).hexdigest() == deletion.hash
