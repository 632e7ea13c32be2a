"""One chunk after the other: which rows are next, when, and how far the action is then."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, transaction

from accounts import current
from contacts import bulk_kinds
from contacts.bulk_pace import Pace
from contacts.bulk_steps import rechecking
from contacts.bulk_steps.chunks import CHUNK_ROWS
from contacts.models import BulkAction, BulkActionRow
from core import clock, scope
from core.dates import parse_moment
from journal.recorded import quietly
from journal.writing import write

CHUNK = 1_000
COUNTERS = {"done": "done", "failed": "failed", "skipped": "skipped"}
SAVED = (
    "status", "done", "failed", "skipped", "reasons", "started_at", "ended_at", "next_at", "state", "date_updated",
)  # fmt: skip


def advance(action_id: str, size: int = CHUNK) -> bool:
    """Do the next chunk of an action, in its location and as its actor.

    Returns:
        Whether there is more to do now. False too when it has ended, is paused, waits for its time, or somebody else is
        at it.
    """
    with transaction.atomic():
        action = BulkAction.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=action_id).first()
        now = clock.now()
        if action is None or action.has_ended or action.status == "paused" or action.is_waiting(now):
            return False
        action.next_at = None
        if action.mode == "drip":
            size = min(size, _allowance(action, now))
        if not size:
            _save(action)
            return False
        kind = bulk_kinds.get(action.kind)
        waiting = BulkActionRow.objects.filter(action=action, outcome="").order_by("pk")
        rows = list(waiting.values_list("pk", "subject_id")[: size + 1])
        more = len(rows) > size
        rows = rows[:size]
        if rows:
            _work(action, kind, rows)
        if not more:
            finish(action)
        elif action.mode == "drip":
            more = _spend(action, len(rows))
        _save(action)
        if action.has_ended:
            announce(action)
        return more


def _work(action: BulkAction, kind: bulk_kinds.BulkKind, rows: list[tuple[str, str]]) -> None:
    keys = [pk for pk, _ in rows]
    bounds: dict[str, Any] = {
        "action": action.pk,
        "location": scope.location_id(),
        "rows": keys,
        "contacts": [subject for _, subject in rows],
    }
    if kind.subject == "contact":
        bounds = rechecking.recheck(kind, bounds)
    if bounds["rows"]:
        if kind.step is None:
            raise LookupError(f"{kind.key} has no step")
        kind.step(action, bounds)
    _count(action, {**bounds, "rows": keys})


def _allowance(action: BulkAction, now: dt.datetime) -> int:
    """How many contacts may go now; at none, `next_at` says when. A batch in progress goes on where it was."""
    pace, zone, state = Pace.of(action.pace), current.location().zone, dict(action.state)
    if not pace.is_open(now, zone):
        _wait(action, pace.first(now, zone))
        return 0
    day = now.astimezone(zone).date().isoformat()
    today = state.get("today", 0) if state.get("day") == day else 0
    left = min(state.get("left", 0), pace.quantity)
    if pace.most_per_day and today >= pace.most_per_day:
        _wait(action, pace.tomorrow(now, zone))
        return 0
    if not left:
        if state.get("slot") and parse_moment(state["slot"]) > now:
            _wait(action, parse_moment(state["slot"]))
            return 0
        left = pace.quantity
        state["ran"] = clock.iso(now)
    if pace.most_per_day:
        left = min(left, pace.most_per_day - today)
    action.state = {**state, "day": day, "today": today, "left": left}
    return int(left)


def _spend(action: BulkAction, taken: int) -> bool:
    """Take a chunk off the batch; whether the batch has more. After the last chunk it waits for the next batch."""
    state = action.state
    action.state = {**state, "left": state["left"] - taken, "today": state["today"] + taken}
    if action.state["left"]:
        return True
    pace, zone, ran = Pace.of(action.pace), current.location().zone, parse_moment(state["ran"])
    slot = parse_moment(state["slot"]) if state.get("slot") else ran
    _wait(action, pace.after(slot, ran, zone))
    return False


def _wait(action: BulkAction, until: dt.datetime) -> None:
    action.next_at = until
    action.state = {**action.state, "slot": clock.iso(until)}
    action.status = "processing" if action.handled else action.status


def finish(action: BulkAction) -> None:
    """Mark as completed; the caller saves and announces."""
    action.status = "completed_with_errors" if action.failed else "completed"
    action.ended_at = clock.now()
    action.next_at = None


def announce(action: BulkAction, verb: str = "bulk_action.completed", **facts: Any) -> None:
    """Write the entry that a bulk action is over, with its figures: what tells its owner."""
    figures = {"total": action.total, "done": action.done, "failed": action.failed, "skipped": action.skipped}
    told = {"name": action.name, "kind": action.kind, "owner": action.owner_id, "status": action.status}
    write(verb, action, {}, {**told, **figures, **facts})


def fail(action_id: str, sentence: str) -> None:
    """Mark as failed as a whole: it can be tried again from where it stands."""
    with transaction.atomic():
        action = BulkAction.objects.select_for_update(of=("self",)).filter(pk=action_id).first()
        if action is not None and not action.has_ended:
            action.status, action.ended_at, action.next_at = "failed", clock.now(), None
            action.reasons = {**action.reasons, sentence: action.total - action.handled}
            _save(action)
            announce(action, "bulk_action.failed", reason=sentence)


def _save(action: BulkAction) -> None:
    action.date_updated = clock.now()
    with quietly(reason="progress of the machinery; each contact has its own entry"):
        action.save(update_fields=SAVED)


def _count(action: BulkAction, bounds: dict[str, Any]) -> None:
    reasons = dict(action.reasons)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT outcome, reason, count(*) FROM contacts_bulkactionrow r WHERE {CHUNK_ROWS} GROUP BY 1, 2",  # noqa: S608
            bounds,
        )
        for outcome, reason, count in cursor.fetchall():
            setattr(action, COUNTERS[outcome], getattr(action, COUNTERS[outcome]) + count)
            if reason:
                reasons[reason] = reasons.get(reason, 0) + count
    action.reasons = reasons
    action.status = "processing"
    action.started_at = action.started_at or clock.now()
