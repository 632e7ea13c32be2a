"""Bulk actions: who may start one, freezing the audience, and steering what runs. The work itself is in `bulk_steps`.

| Status | May be edited | May be |
|---|---|---|
| queued | its whole schedule | paused, cancelled |
| processing | of a drip: batch size, interval, days and hours | paused, cancelled |
| paused | as before it was paused | resumed, cancelled |
| completed, cancelled | nothing | undone; what failed tried again |
| failed | nothing | tried again |
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery

from accounts import current, hipaa
from contacts import bulk_kinds
from contacts.bulk_forms import MOST_TAGS, tag_params
from contacts.bulk_kinds import BulkKind
from contacts.bulk_pace import Pace
from contacts.models import BulkAction, BulkActionRow
from contacts.models.bulk_action import MODES, RUNNING
from contacts.tasks import bulk as tasks
from contacts.tasks import exports as export_tasks
from core import clock, ids, scope
from core.errors import Forbidden, Invalid, Refused
from journal.recorded import quietly
from journal.writing import write

__all__ = ["MOST_CHOSEN", "MOST_TAGS", "tag_params"]
MOST_CHOSEN = 10_000  # contacts ticked one by one; more go by "all matching"
SOON = dt.timedelta(minutes=5)  # a start this little ago is now: somebody took their time with the dialog
FURTHEST = dt.timedelta(days=366)
ONLY_BATCHES = "This has started: only the settings of its batches can be changed."


def start(
    kind: str,
    audience: QuerySet[Any],
    *,
    name: str = "",
    params: dict[str, Any] | None = None,
    mode: str = "now",
    start_at: dt.datetime | None = None,
    pace: Pace | None = None,
    undoes: BulkAction | None = None,
    column: str = "pk",
) -> BulkAction:
    """Freeze the audience and queue the work. The audience is copied inside the database: two statements for any size.

    Args:
        kind: a key of `bulk_kinds.KINDS`.
        audience: what is acted on, in the order of its rows; the caller has narrowed it to what the actor may see.
        name: for the tracking page; made up from the kind when empty.
        params: what the kind's form gives.
        mode: now, scheduled (all from `start_at` on), or drip (by `pace`, not before `start_at`).
        column: the column of `audience` that holds the ids.

    Raises:
        Forbidden: the actor lacks the ability. Refused: nobody is in the audience, or too many are.
        Invalid: {field: sentence} about the schedule, or an export in HIPAA mode without a purpose.
    """
    found = bulk_kinds.get(kind)
    require(bulk_kinds.get(undoes.kind) if undoes else found)
    if found.opens:
        raise Refused(f"{found.label} has a page of its own.")
    params = dict(params or {})
    if kind == "export":
        params["purpose"] = hipaa.purpose(params.get("purpose", ""))
    schedule = _schedule(found, mode, start_at, pace)
    with transaction.atomic():
        action = BulkAction.record_new(
            name=(name.strip() or found.label)[:200],
            kind=kind,
            params={name: value for name, value in params.items() if name != "purpose" or value},
            owner_id=scope.current().actor.user_id,
            undoes=undoes,
            **schedule,
        )
        total = _freeze(action, audience, column)
        if not total:
            raise Refused("None of these contacts is here any more.")
        if found.most and total > found.most:
            raise Refused(f"{found.label} takes at most {found.most:,} contacts at once.")
        with quietly(reason="the size of the audience belongs to bulk_action.created"):
            BulkAction.objects.filter(pk=action.pk).update(total=total)
        action.total = total
        send(action)
    return action


def require(kind: BulkKind) -> None:
    """Raise Forbidden unless the actor may start or steer such actions."""
    if not scope.current().actor.may(kind.ability):
        raise Forbidden("You do not have the permission for this. An admin of this location can grant it.")


def _schedule(kind: BulkKind, mode: str, start_at: dt.datetime | None, pace: Pace | None) -> dict[str, Any]:
    """The columns of a schedule.

    Raises:
        Invalid: {field: sentence}.
    """
    now = clock.now()
    if mode not in dict(MODES):
        raise Invalid({"mode": "choose when it runs"})
    if mode == "now":
        return {"mode": mode, "start_at": None, "pace": {}, "next_at": None, "state": {}}
    if not kind.can_schedule:
        raise Invalid({"mode": f"{kind.label} runs at once only"})
    if mode == "scheduled" and start_at is None:
        raise Invalid({"start_at": "choose a day and a time"})
    if start_at is not None and start_at < now - SOON:
        raise Invalid({"start_at": "this is in the past"})
    if start_at is not None and start_at > now + FURTHEST:
        raise Invalid({"start_at": "at most a year ahead"})
    begins = max(start_at or now, now)
    if mode == "scheduled":
        return {"mode": mode, "start_at": start_at, "pace": {}, "next_at": begins, "state": {}}
    if pace is None:
        raise Invalid({"quantity": "say how many at a time"})
    first = pace.check().first(begins, current.location().zone)
    return {
        "mode": mode,
        "start_at": start_at,
        "pace": pace.stored(),
        "next_at": first,
        "state": {"slot": clock.iso(first)},
    }


def _freeze(action: BulkAction, audience: QuerySet[Any], column: str) -> int:
    inner, params = audience.values_list(column, flat=True).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO contacts_bulkactionrow (id, location_id, action_id, subject_id, outcome, reason, changed)
            SELECT %s || lpad(to_hex(row_number() OVER ()), 6, '0'), %s, %s, chosen.id, '', '', '{{}}'
            FROM ({inner}) AS chosen (id)""",  # noqa: S608  the inner statement is Django's own
            [ids.id_prefix(), scope.location_id(), action.pk, *params],
        )
        return int(cursor.rowcount)


def send(action: BulkAction) -> None:
    """Queue the work after commit, unless its time has not come. Without a broker it waits: the scheduler finds what
    stands still and what is due."""
    if action.is_waiting(clock.now()):
        return
    run = export_tasks.run if action.kind == "export" else tasks.run
    transaction.on_commit(lambda: run.apply_async([action.pk], retry=False), robust=True)


def forecast(kind: BulkKind, audience: QuerySet[Any], params: dict[str, Any]) -> tuple[int, list[tuple[int, str]]]:
    """How many there are, and of how many one can tell already that nothing will change: [(88, "have the tag")]. One query."""
    tests = list(kind.passed_over(params).items())
    wanted = {f"n{number}": Count("pk", filter=test) for number, (_, test) in enumerate(tests)}
    told = audience.order_by().aggregate(total=Count("pk"), **wanted)
    found = [(told[f"n{number}"], sentence) for number, (sentence, _) in enumerate(tests)]
    return told["total"], [(count, sentence) for count, sentence in found if count]


def cancel(action: BulkAction) -> None:
    """Stop; what was done stays done.

    Raises:
        Refused: it has ended.
    """
    with transaction.atomic():
        action.lock()
        if action.has_ended:
            raise Refused("This has ended already.")
        _end(action, "cancelled")
        write("bulk_action.cancelled", action, {}, {"name": action.name})


def pause(action: BulkAction) -> None:
    """Stop for a while: the chunk at work is finished, none begins.

    Raises:
        Refused: it does not run, or is of a kind that runs through.
    """
    with transaction.atomic():
        action.lock()
        if not can_pause(action):
            raise Refused("Only what waits or runs can be paused.")
        _set(action, status="paused")
        write("bulk_action.paused", action, {}, {"name": action.name})


def resume(action: BulkAction) -> None:
    """Go on where it was paused, at its normal pace: nothing is made up for.

    Raises:
        Refused: it is not paused.
    """
    with transaction.atomic():
        action.lock()
        if action.status != "paused":
            raise Refused("This is not paused.")
        now = clock.now()
        next_at, state = action.next_at, action.state
        if action.mode == "drip" and not action.is_waiting(now):
            next_at = Pace.of(action.pace).first(now, current.location().zone)
            state = {**state, "slot": clock.iso(next_at)}
        _set(action, status="processing" if action.handled else "queued", next_at=next_at, state=state)
        write("bulk_action.resumed", action, {}, {"name": action.name})
        send(action)


def reschedule(
    action: BulkAction,
    *,
    mode: str | None = None,
    start_at: dt.datetime | None = None,
    pace: Pace | None = None,
) -> None:
    """Change when it runs. What has started keeps its mode and its start; what it does and to whom never changes.

    Raises:
        Refused: it has ended, or has started and more than its batches would change. Invalid: {field: sentence}.
    """
    with transaction.atomic():
        action.lock()
        if action.has_ended:
            raise Refused("This has ended: nothing about it can be changed.")
        if not action.handled and action.started_at is None:
            schedule = _schedule(bulk_kinds.get(action.kind), mode or action.mode, start_at, pace)
        else:
            if action.mode != "drip" or mode not in (None, "drip") or start_at not in (None, action.start_at):
                raise Refused(ONLY_BATCHES)
            if pace is None:
                raise Invalid({"quantity": "say how many at a time"})
            schedule = {"pace": pace.check().stored(), **_moved(action, pace)}
        machinery = {key: schedule.pop(key) for key in ("next_at", "state") if key in schedule}
        action.change(facts={"name": action.name}, **schedule)
        if machinery:
            _set(action, **machinery)
        if action.status in RUNNING:
            send(action)


def _moved(action: BulkAction, pace: Pace) -> dict[str, Any]:
    """When the next batch of a running drip comes under a new pace, reckoned from the batch before."""
    if action.next_at is None:
        return {}
    zone, now = current.location().zone, clock.now()
    ran = action.state.get("ran")
    last = dt.datetime.fromisoformat(ran) if ran else now
    next_at = max(pace.after(last, last, zone), pace.first(now, zone))
    return {"next_at": next_at, "state": {**action.state, "slot": clock.iso(next_at)}}


def retry(action: BulkAction) -> int:
    """Go on with what failed as a whole, or try the contacts again that failed. What is done or skipped stays.

    Returns:
        How many contacts will be tried.

    Raises:
        Refused: it still runs, or nothing failed.
    """
    with transaction.atomic():
        action.lock()
        if not action.has_ended or not (action.failed or action.status == "failed"):
            raise Refused("Only what has failed can be tried again.")
        if action.undone_by.exists():
            raise Refused("This has been undone.")
        failed = BulkActionRow.objects.filter(action=action, outcome="failed")
        count = failed.update(outcome="", reason="", changed=[], was=None)
        rows = BulkActionRow.objects.filter(action=action).exclude(outcome="").exclude(reason="")
        reasons = dict(rows.order_by().values_list("reason").annotate(Count("pk")))
        state = {key: value for key, value in action.state.items() if key != "left"}
        _set(action, status="queued", ended_at=None, failed=0, reasons=reasons, next_at=None, state=state)
        waiting = BulkActionRow.objects.filter(action=action, outcome="").count() if action.total > count else count
        write("bulk_action.retried", action, {}, {"name": action.name, "count": waiting})
        send(action)
    return waiting


def undo(action: BulkAction) -> BulkAction:
    """Start the inverse over the contacts that the action really changed; an action still running stops first.

    Raises:
        Refused: it cannot be undone, or has been.
    """
    inverse = bulk_kinds.KINDS[action.kind].inverse if action.kind in bulk_kinds.KINDS else ""
    if not inverse or action.undoes_id:
        raise Refused("This cannot be undone.")
    with transaction.atomic():
        action.lock()
        if action.undone_by.exists():
            raise Refused("This has been undone already.")
        if not action.has_ended:
            _end(action, "cancelled")
        return start(
            inverse,
            BulkActionRow.objects.filter(action=action, outcome="done").order_by("pk"),
            column="subject_id",
            name=f"Undo: {action.name}",
            params=action.params,
            undoes=action,
        )


def _end(action: BulkAction, status: str) -> None:
    _set(action, status=status, ended_at=clock.now(), next_at=None)


def _set(action: BulkAction, **values: Any) -> None:
    values["date_updated"] = clock.now()
    with quietly(reason="a state of the machinery; the verb is written by the caller"):
        BulkAction.objects.filter(pk=action.pk).update(**values)
    for name, value in values.items():
        setattr(action, name, value)


def can_pause(action: BulkAction) -> bool:
    """Whether it waits or runs, and is of a kind that stops between chunks."""
    kind = bulk_kinds.KINDS.get(action.kind)
    return action.status in RUNNING and kind is not None and kind.can_pause


def can_reschedule(action: BulkAction) -> bool:
    """Whether there is something about its schedule that may change."""
    kind = bulk_kinds.KINDS.get(action.kind)
    if action.has_ended or kind is None or not kind.can_schedule:
        return False
    return action.mode == "drip" or (not action.handled and action.started_at is None)


def can_undo(action: BulkAction, actor: scope.Actor) -> bool:
    """Whether `actor` may undo it, as far as one row tells."""
    kind = bulk_kinds.KINDS.get(action.kind)
    return (
        kind is not None
        and bool(kind.inverse)
        and action.undoes_id is None
        and (action.done > 0 or (not action.has_ended and action.started_at is not None))
        and actor.may(kind.ability)
    )


def last_undo(actions: Any) -> Any:
    """`actions` with `undone_id`: the action that undid each, or None. No query of its own."""
    latest = BulkAction.objects.filter(undoes=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    return actions.annotate(undone_id=Subquery(latest))
