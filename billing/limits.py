"""What a plan allows. Everything that is counted or capped asks here, in the transaction that writes.

Counting is exact: the meter's row is updated with the limit in its condition, so of two writers at the last place one
gets it and the other is refused. Where nothing limits, nothing is counted and nobody waits.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from accounts.models import Company
from billing.meters import COUNTED
from billing.models import Meter, Subscription
from core import clock, scope
from core.errors import LimitReached
from journal.writing import write

REARMS_BELOW = 75  # per cent; then the next crossing warns again


def limits_of(company_id: str) -> dict[str, int | None]:
    """The effective limits of a company; empty when it has no subscription. One query."""
    held = Subscription.objects.everywhere(reason="the company is named").filter(company_id=company_id)
    found = held.select_related("plan").first()
    return found.limits if found else {}


def cap(name: str) -> int | None:
    """The most of something one record or file may have (tags_per_contact, notes_per_contact, import_rows, ...).

    None where nothing limits it. One query.
    """
    return limits_of(scope.current().company_id or "").get(name)


def room(name: str) -> int | None:
    """How many more of something the company may have now, at least 0; None where nothing limits it."""
    company = scope.current().company_id or ""
    limit = limits_of(company).get(name)
    return None if limit is None else max(limit - _meter(company, name).used, 0)


def take(name: str, number: int = 1) -> None:
    """Count `number` more of something the company may have so many of (contacts, teams, pipelines, ...).

    Inside a transaction other writers of the same company wait for its end, and only where there is a limit.

    Raises:
        LimitReached: there is no room for all of them; nothing is counted.
    """
    company = scope.current().company_id or ""
    limit = limits_of(company).get(name)
    if limit is None or number <= 0:
        return
    with transaction.atomic():
        before = _meter(company, name)
        used = _add(before, number, limit)
        if used is None:
            raise LimitReached(_refusal(company, name, limit), meter=name, used=_meter(company, name).used, limit=limit)
        _warn(before, used, limit)


def take_up_to(name: str, number: int) -> int:
    """Count as many of `number` as there is room for, in one go.

    Returns:
        How many were counted; `number` where nothing limits it.
    """
    company = scope.current().company_id or ""
    limit = limits_of(company).get(name)
    if limit is None or number <= 0:
        return max(number, 0)
    with transaction.atomic():
        before = _meter(company, name, lock=True)
        granted = max(min(number, limit - before.used), 0)
        used = _add(before, granted, limit) if granted else None
        if used is not None:
            _warn(before, used, limit)
    return granted


def give_back(name: str, number: int = 1) -> None:
    """Count `number` fewer."""
    company = scope.current().company_id or ""
    if number <= 0:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE billing_meter SET used = greatest(used - %s, 0) WHERE company_id = %s AND name = %s "
            "RETURNING id, used, warned",
            [number, company, name],
        )
        row = cursor.fetchone()
    if row and row[2]:
        limit = limits_of(company).get(name)
        if limit is None or row[1] * 100 < limit * REARMS_BELOW:
            Meter.objects.filter(pk=row[0]).update(warned=0)


def recount(company_id: str, name: str) -> int:
    """Set a meter to what the rows say. Nightly, and whenever a plan changes.

    Returns:
        By how much it was off.
    """
    with transaction.atomic(), scope.use(company_id=company_id):
        meter = _meter(company_id, name, lock=True)
        used = COUNTED[name].count(company_id)
        off = used - meter.used
        Meter.objects.filter(pk=meter.pk).update(used=used, counted_at=clock.now())
    return off


def _meter(company: str, name: str, lock: bool = False) -> Meter:
    """The meter, made and filled from the rows when there is none."""
    rows = Meter.objects.everywhere(reason="the company is named").filter(company_id=company, name=name)
    found: Meter | None = (rows.select_for_update() if lock else rows).first()
    if found is not None:
        return found
    used = COUNTED[name].count(company) if name in COUNTED else 0
    row = Meter(company_id=company, name=name, used=used)
    Meter.objects.bulk_create([row], ignore_conflicts=True)
    made: Meter = (rows.select_for_update() if lock else rows).get()
    return made


def _add(meter: Meter, number: int, limit: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE billing_meter SET used = used + %s WHERE id = %s AND used + %s <= %s RETURNING used",
            [number, meter.pk, number, limit],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else None


def _warn(meter: Meter, used: int, limit: int) -> None:
    """One entry for each crossing of 80 and of 100 per cent; whoever reads it tells the people."""
    level = 100 if used >= limit else 80 if used * 100 >= limit * 80 else 0
    if not level:
        return
    first = Meter.objects.filter(pk=meter.pk, warned__lt=level).update(warned=level)
    if first:
        company = Company.objects.get(pk=meter.company_id)
        facts: dict[str, Any] = {"limit": meter.name, "label": _label(meter.name), "used": used, "most": limit}
        write("limit.reached" if level == 100 else "limit.neared", company, {}, facts)


def _label(name: str) -> str:
    return COUNTED[name].label.lower() if name in COUNTED else name.replace("_", " ")


def _refusal(company: str, name: str, limit: int) -> str:
    held = Subscription.objects.everywhere(reason="the company is named").select_related("plan").get(company_id=company)
    used = _meter(company, name).used
    return (
        f"The {held.plan} plan allows {limit:,} {_label(name)} and {used:,} are in use. "
        "Upgrade the plan, or remove some first."
    )
