"""The order of fields and folders: their position among each other."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max

from journal.recorded import quietly
from journal.writing import write


def next_place(rows: Any) -> int:
    """The position behind the last."""
    return int((rows.aggregate(last=Max("position"))["last"] or 0) + 1)


def arrange(rows: Any, ids: list[str], verb: str) -> None:
    """The named rows take, in their new order, the places they held between them."""
    with transaction.atomic():
        held = {row.pk: row for row in rows.select_for_update()}
        wanted = [held[pk] for pk in dict.fromkeys(ids) if pk in held]
        if not wanted:
            return
        everything = list(held.values())
        named = iter(wanted)
        chosen = {row.pk for row in wanted}
        moved = []
        for place, row in enumerate(everything):
            next_row = next(named) if row.pk in chosen else row
            if next_row.position != place:
                next_row.position = place
                moved.append(next_row)
        if moved:
            with quietly(reason="one entry speaks for the new order"):
                rows.bulk_update(moved, ["position"])
            write(verb, moved[0], {}, {"order": [row.pk for row in wanted]})
