"""Putting entries into the journal, one at a time or by the statement, and handing them over after commit."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction

from core import access, clock, ids, scope
from journal import verbs
from journal.models import DEEPEST, Entry, entry_for
from journal.tasks import hand_over

log = logging.getLogger(__name__)


def write(verb: str, subject: Any, changes: dict[str, Any] | None = None, facts: dict[str, Any] | None = None) -> Entry:
    """Write one entry about `subject`, in the caller's transaction.

    Raises:
        LookupError: the verb is declared nowhere.
    """
    refuse_while_read_only(verb)
    entry = entry_for(verb, subject, changes, facts)
    entry.save(force_insert=True)
    if entry.handed_over_at is None:
        hand_over_later([entry.pk])
    return entry


def write_many(entries: Sequence[Entry]) -> None:
    """Write prepared entries (see `entry_for`) in one go."""
    refuse_while_read_only(*{entry.verb for entry in entries})
    Entry.objects.bulk_create(entries, batch_size=2000)
    waiting = [entry.pk for entry in entries if entry.handed_over_at is None]
    if waiting:
        hand_over_later(waiting)


def write_selected(verb: str, noun: str, select: str, params: Iterable[Any] = ()) -> int:
    """Write one entry per row of a SELECT, in one statement.

    Args:
        select: SQL that yields subject_id, contact_id, changes (jsonb) and facts (jsonb), and names its location.
        params: its parameters.

    Returns:
        How many entries were written. At most 16 million rows fit one call.
    """
    verbs.get(verb)
    refuse_while_read_only(verb)
    now, at = scope.current(), clock.now()
    reads = now.depth <= DEEPEST and verbs.has_readers_here(verb)
    prefix = ids.id_prefix()
    sql = f"""
        INSERT INTO journal_entry (id, company_id, location_id, verb, subject_type, subject_id, contact_id, actor_id,
            actor_name, actor_kind, via, ip, changes, facts, cause_id, depth, at, handed_over_at)
        SELECT %s || lpad(to_hex(row_number() OVER ()), 6, '0'), %s, %s, %s, %s, chosen.subject_id, chosen.contact_id,
            %s, %s, %s, %s, %s, chosen.changes, chosen.facts, %s, %s, %s, %s
        FROM ({select}) AS chosen"""  # noqa: S608  the SELECT is ours, its values are parameters
    head = [prefix, now.company_id, scope.location_id(), verb, noun]
    tail = [now.actor.id, now.actor.name, now.actor.kind, now.via, now.address or None, now.cause_id, now.depth, at]
    tail.append(None if reads else at)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*head, *tail, *params])
        count: int = cursor.rowcount
    if reads and count:
        hand_over_later([])
    return count


def refuse_while_read_only(*names: str) -> None:
    """Stop here, and with it the caller's transaction, while the account may not write.

    Raises:
        core.access.AccountReadOnly: one of the verbs does not work in read-only mode.
    """
    if not access.is_full() and not all(verbs.is_always(name) for name in names):
        raise access.refusal()


def hand_over_later(entry_ids: list[str]) -> None:
    """After commit, ask a worker to hand these entries to their readers; an empty list means "whatever waits".

    A broker that is away loses nothing: the entries stay marked as waiting and the scheduler finds them.
    """

    def send() -> None:
        try:
            hand_over.apply_async([entry_ids], retry=False)
        except Exception:
            log.warning("hand-over postponed: the broker did not answer", exc_info=True)

    transaction.on_commit(send)
