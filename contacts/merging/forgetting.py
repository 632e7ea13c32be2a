"""What a merge keeps for undoing is erased when its time is over, or when the master is deleted for good."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from contacts import attachments, pictures
from contacts.merging import moving
from contacts.models import Contact, Merge
from core import clock
from journal.recorded import quietly

BATCH = 200


def forget_due() -> int:
    """Forget merges of the present location whose time is over, at most 200. Returns how many."""
    due = Merge.objects.filter(undone_at=None, forgotten_at=None, undo_until__lt=clock.now()).order_by("undo_until")
    with transaction.atomic():
        rows = list(due.select_for_update(skip_locked=True)[:BATCH])
        for row in rows:
            moving.move(row)  # whatever still reached an old id belongs to the master
        _forget(rows)
    return len(rows)


def forget_with(contact_ids: Sequence[str]) -> None:
    """These contacts are being deleted for good: what was folded into them goes with them."""
    wanted = list(contact_ids)
    while wanted:
        rows = list(Merge.objects.filter(master__in=wanted, undone_at=None).select_for_update())
        _forget(rows, names=False)
        wanted = [pk for row in rows for pk in row.absorbed]


def _forget(rows: list[Merge], names: bool = True) -> None:
    """Erase the absorbed contacts and the values kept; old ids go on leading to the master."""
    if not rows:
        return
    gone = [pk for row in rows for pk in row.absorbed]
    absorbed = list(
        Contact.objects.filter(pk__in=gone).exclude(merged_into="").only("id", "location_id", "picture", "custom")
    )
    with quietly(reason="they left the location when they were merged; only what undoing needs is erased"):
        Contact.objects.filter(pk__in=[one.pk for one in absorbed]).delete()
        for row in rows:
            row.moves.all()._raw_delete(row.moves.db)
            row.changes, row.forgotten_at = {}, row.forgotten_at or clock.now()
            row.names = {row.master: row.names.get(row.master, "")} if names else {}
            row.save(update_fields=["changes", "forgotten_at", "names"])
    for one in absorbed:
        pictures.discard(one.picture)
        attachments.discard(one)
