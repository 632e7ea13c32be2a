"""The one way in which an entry is ever changed: the values of a person who is erased are blanked.

That something happened stays, with its time, its kind and whoever did it. Nothing else may use this, and no page, verb
or API leads here but the erasure of a person (see docs/areas/privacy.md).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from core import clock, scope
from journal.models import Entry

BATCH = 500
BLANK = "(SELECT coalesce(jsonb_object_agg(k, '[null, null]'::jsonb), '{{}}'::jsonb) FROM jsonb_object_keys(changes) AS k{})"


def blank(
    contact_ids: Sequence[str],
    subject_ids: Sequence[str],
    label: str,
    partly: Mapping[str, Sequence[str]],
    *,
    reason: str,
) -> int:
    """Empty the values of every entry about these contacts and what hung on them.

    Args:
        subject_ids: further rows whose entries name them, whoever's they are.
        label: who takes the place of a contact that acted itself.
        partly: {kind of subject: fields} of rows that stay, as deals do: only these fields of theirs are emptied.
        reason: for the reader.

    Returns:
        How many entries. They are handed to no reader any more.
    """
    assert reason
    who = "location_id = %s AND (contact_id = ANY(%s) OR subject_id = ANY(%s))"
    named = """actor_name = CASE WHEN actor_id = ANY(%s) THEN %s ELSE actor_name END,
        ip = CASE WHEN actor_id = ANY(%s) THEN NULL ELSE ip END, handed_over_at = coalesce(handed_over_at, %s)"""
    ids = list(contact_ids)
    setting: list[Any] = [ids, label, ids, clock.now()]
    chosen: list[Any] = [scope.location_id(), ids, [*ids, *subject_ids]]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE journal_entry SET changes = {BLANK.format('')}, facts = '{{}}', {named} "  # noqa: S608
            f"WHERE {who} AND subject_type <> ALL(%s)",
            [*setting, *chosen, list(partly)],
        )
        count = int(cursor.rowcount)
        for kind, fields in partly.items():
            cursor.execute(
                f"UPDATE journal_entry SET changes = changes || {BLANK.format(' WHERE k = ANY(%s)')}, "  # noqa: S608
                f"facts = facts - %s::text[], {named} WHERE {who} AND subject_type = %s",
                [list(fields), list(fields), *setting, *chosen, kind],
            )
            count += int(cursor.rowcount)
    return count


def rewrite(needles: Iterable[str], clean: Callable[[Any], Any], *, reason: str) -> int:
    """Let `clean` rewrite the values of every other entry of the location that mentions one of `needles`.

    Args:
        needles: ids, addresses, names; a whole location is looked through for them.
        clean: takes and returns a JSON value; what it leaves as it was is not written.

    Returns:
        How many entries were changed.
    """
    assert reason
    likes = [f"%{like(json.dumps(needle, ensure_ascii=False)[1:-1])}%" for needle in needles if needle]
    if not likes:
        return 0
    rows = Entry.objects.extra(  # one condition over the text of both columns; the ORM has no word for it
        where=["(changes::text || facts::text || actor_name) ILIKE ANY(%s)"], params=[likes]
    )
    count = 0
    changed: list[Entry] = []
    for entry in rows.only("id", "changes", "facts", "actor_name").iterator(chunk_size=BATCH):
        values = clean(entry.changes), clean(entry.facts), clean(entry.actor_name)
        if values != (entry.changes, entry.facts, entry.actor_name):
            entry.changes, entry.facts, entry.actor_name = values
            changed.append(entry)
        if len(changed) == BATCH:
            count += Entry.objects.bulk_update(changed, ["changes", "facts", "actor_name"])
            changed = []
    if changed:
        count += Entry.objects.bulk_update(changed, ["changes", "facts", "actor_name"])
    return count


def like(text: str) -> str:
    """`text` inside a pattern of LIKE, meaning itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
