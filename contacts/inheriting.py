"""What becomes of the smart lists of somebody who leaves: shared ones pass to an admin, private ones are archived."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Membership, User
from contacts.models import SmartList
from core import clock, scope


@transaction.atomic
def pass_on_lists(user_id: str) -> int:
    """Find new owners for a person's lists in the present location, and share none with them. Harmless to repeat.

    Returns:
        How many lists were theirs.
    """
    heir = an_admin(user_id)
    rows = list(SmartList.objects.filter(owner_id=user_id, archived_at=None).select_for_update(of=("self",)))
    now = clock.now()
    for row in rows:
        facts = {"name": row.name, "left": True}
        if row.is_shared_at_all and heir is not None:
            row.change(facts=facts, owner=heir)
        else:
            row.change(facts=facts, archived_at=now)
    for row in SmartList.objects.filter(shared_users__contains=[user_id]).select_for_update(of=("self",)):
        kept = [pk for pk in row.shared_users if pk != user_id]
        row.change(facts={"name": row.name, "left": True}, shared_users=kept)
    return len(rows)


def an_admin(but: str) -> str | None:
    """The id of the admin of the location who has been one for longest, else of one of the agency; not `but`."""
    members = Membership.objects.filter(
        role="admin", disabled_at=None, user__is_active=True, user__deleted_at=None
    ).exclude(user_id=but)
    found = members.order_by("pk").values_list("user_id", flat=True).first()
    if found is None:
        agency = User.objects.filter(
            agency_role="admin", is_active=True, deleted_at=None, company_id=scope.current().company_id
        )
        found = agency.exclude(pk=but).order_by("pk").values_list("pk", flat=True).first()
    return found
