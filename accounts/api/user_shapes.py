"""A user as the contract has it."""

from __future__ import annotations

from typing import Any

from accounts.api import permissions
from accounts.models import Membership, User


def shown_all(users: Any, place: str | None) -> list[dict[str, Any]]:
    """Users as the contract has them; their memberships in one more query."""
    rows = list(users)
    every = Membership.objects.everywhere(reason="roles name all of a person's locations").filter(user__in=rows)
    held: dict[str, list[Membership]] = {}
    for membership in every.filter(disabled_at=None).select_related("custom_role").order_by("pk"):
        held.setdefault(membership.user_id, []).append(membership)
    return [shown(user, held.get(user.pk, []), place) for user in rows]


def shown(user: User, memberships: list[Membership], place: str | None) -> dict[str, Any]:
    """One user. Access is told as it is in `place`, else in the user's first location."""
    memberships = [one for one in memberships if not one.disabled_at]
    here = next((one for one in memberships if one.location_id == place), None) or next(iter(memberships), None)
    is_agency = bool(user.agency_role)
    return {
        "id": user.pk,
        "name": user.name,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "email": user.email,
        "phone": user.phone,
        "extension": user.extension,
        "permissions": permissions.shown_switches(user, here),
        "scopes": permissions.shown_scopes(user, here),
        "scopesAssignedToOnly": user.scopes_for_assigned,
        "roles": {
            "type": "agency" if is_agency else "account",
            "role": user.agency_role or (here.role if here else "user"),
            "locationIds": [one.location_id for one in memberships if place is None or one.location_id == place],
            "restrictSubAccount": False,
        },
        "deleted": user.deleted_at is not None,
        "profilePhoto": user.photo_url,
        "lcPhone": user.lines,
        "platformLanguage": user.language,
    }
