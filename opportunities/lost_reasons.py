"""The location's list of reasons why opportunities are lost."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from core.errors import Invalid, LimitReached
from opportunities.models import LostReason

MOST = 500
TAKEN = "there is a reason of this name already"


def add(name: Any) -> LostReason:
    """Add a reason.

    Raises:
        Invalid: no name, a long one, or one that is taken. LimitReached: five hundred are there.
    """
    if LostReason.objects.count() >= MOST:
        raise LimitReached(f"A location can have {MOST} lost reasons.")
    try:
        with transaction.atomic():
            return LostReason.record_new(name=_normal(name))
    except IntegrityError:
        raise Invalid({"name": TAKEN}) from None


def rename(reason: LostReason, name: Any) -> None:
    """Call a reason something else, everywhere it was given.

    Raises:
        Invalid: as in `add`.
    """
    try:
        with transaction.atomic():
            reason.change(name=_normal(name))
    except IntegrityError:
        raise Invalid({"name": TAKEN}) from None


def delete(reason: LostReason) -> int:
    """Take a reason off the list. Opportunities that were lost for it have none then; their history keeps the word.

    Returns:
        How many opportunities had it.
    """
    with transaction.atomic():
        reason.lock()
        used = reason.opportunities.count()
        reason.remove(facts={"opportunities": used})
    return int(used)


def _normal(name: Any) -> str:
    text = " ".join(str(name or "").replace("\x00", "").split())
    if not text:
        raise Invalid({"name": "enter a name"})
    if len(text) > 100:
        raise Invalid({"name": "longer than 100 characters"})
    return text
