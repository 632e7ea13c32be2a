"""Looking at contacts again when their turn has come: merged, deleted, out of reach since the action was confirmed."""

from __future__ import annotations

from typing import Any

from django.db import connection

from contacts import consent
from contacts.bulk_kinds import BulkKind
from contacts.bulk_steps.chunks import CHUNK_ROWS, HERE, run
from contacts.models import BulkActionRow, Contact

GONE = "Deleted meanwhile"
NOT_IN_TRASH = "Not in the trash any more"
TWICE = "Merged into a contact that is in this action too"
LONGEST_CHAIN = 20


def recheck(kind: BulkKind, bounds: dict[str, Any]) -> dict[str, Any]:
    """Lock the contacts of a chunk and pass over those it cannot be done to.

    Returns:
        The bounds of what is left.
    """
    found = _lock(bounds)
    merged = {pk: into for pk, (_, into) in found.items() if into}
    if merged and not kind.on_trash:
        bounds = _follow_merges(merged, bounds)
        found |= _lock(bounds)
    here = [pk for pk, (is_trashed, _) in found.items() if is_trashed == kind.on_trash]
    skipped = len(bounds["contacts"]) - len(here)
    if skipped:
        run(
            f"""UPDATE contacts_bulkactionrow r SET outcome = 'skipped', reason = %(gone)s
            WHERE {CHUNK_ROWS} AND r.outcome = '' AND NOT r.subject_id = ANY(%(here)s)""",  # noqa: S608
            {**bounds, "here": here, "gone": NOT_IN_TRASH if kind.on_trash else GONE},
        )
    if kind.channel:
        skipped += _skip_out_of_reach(kind, bounds)
    return _left(bounds) if skipped or merged else bounds


def _lock(bounds: dict[str, Any]) -> dict[str, tuple[bool, str]]:
    """Nobody changes the contacts of the chunk until it commits. Locked by id, so that two actions queue up.

    Returns:
        {id: (whether it is in the trash, the contact it was merged into)} of those there are.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT c.id, c.deleted_at IS NOT NULL, c.merged_into FROM contacts_contact c
            WHERE {HERE} ORDER BY c.id FOR NO KEY UPDATE""",  # noqa: S608
            bounds,
        )
        return {pk: (is_trashed, into) for pk, is_trashed, into in cursor.fetchall()}


def _left(bounds: dict[str, Any]) -> dict[str, Any]:
    rows = (
        BulkActionRow.objects.filter(pk__in=bounds["rows"], outcome="").order_by("pk").values_list("pk", "subject_id")
    )
    left = list(rows)
    return {**bounds, "rows": [pk for pk, _ in left], "contacts": [subject for _, subject in left]}


def _follow_merges(merged: dict[str, str], bounds: dict[str, Any]) -> dict[str, Any]:
    """Let rows of contacts that were merged meanwhile mean the master, once for the whole action."""
    masters = _masters(merged)
    rows = BulkActionRow.objects.filter(pk__in=bounds["rows"], subject_id__in=list(masters)).order_by("pk")
    in_action = BulkActionRow.objects.filter(action_id=bounds["action"], subject_id__in=set(masters.values()))
    taken = set(in_action.values_list("subject_id", flat=True))
    moved: dict[str, str] = {}
    twice: list[str] = []
    for row in rows.only("pk", "subject_id"):
        master = masters[row.subject_id]
        if master in taken:
            twice.append(row.pk)
        else:
            taken.add(master)
            moved[row.pk] = master
    BulkActionRow.objects.filter(pk__in=twice).update(outcome="skipped", reason=TWICE)
    run(
        """UPDATE contacts_bulkactionrow r SET subject_id = new.master
        FROM unnest(%(moved)s::varchar[], %(masters)s::varchar[]) AS new (row_id, master)
        WHERE r.id = new.row_id AND r.action_id = %(action)s AND r.location_id = %(location)s""",
        {**bounds, "moved": list(moved), "masters": list(moved.values())},
    )
    return {**bounds, "contacts": [*bounds["contacts"], *moved.values()]}


def _masters(merged: dict[str, str]) -> dict[str, str]:
    """{contact: the one it ended up in}, through masters that were merged in turn."""
    found = dict(merged)
    for _ in range(LONGEST_CHAIN):
        further = dict(
            Contact.objects.filter(pk__in=set(found.values())).exclude(merged_into="").values_list("pk", "merged_into")
        )
        if not further:
            break
        found = {contact: further.get(master, master) for contact, master in found.items()}
    return found


def _skip_out_of_reach(kind: BulkKind, bounds: dict[str, Any]) -> int:
    """Senders: whoever has no address for the channel, an invalid one, or does not want to be reached. How many."""
    refused = consent.decide_many(
        bounds["contacts"], kind.channel, kind.purpose or "marketing", f"bulk:{bounds['action']}"
    ).refused
    if not refused:
        return 0
    return run(
        f"""UPDATE contacts_bulkactionrow r SET outcome = 'skipped', reason = found.reason
        FROM unnest(%(refused)s::varchar[], %(reasons)s::varchar[]) AS found (contact_id, reason)
        WHERE r.subject_id = found.contact_id AND {CHUNK_ROWS} AND r.outcome = ''""",  # noqa: S608
        {
            **bounds,
            "refused": list(refused),
            "reasons": [consent.words_for(code, kind.channel) for code in refused.values()],
        },
    )
