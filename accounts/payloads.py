"""Locations and users as webhooks tell of them."""

from __future__ import annotations

from typing import Any

from accounts.api import permissions
from accounts.models import Location, Membership, User
from journal.models import Entry


def location(entry: Entry) -> dict[str, Any]:
    """The location of the entry. One query."""
    row = Location.objects.filter(pk=entry.subject_id).first()
    found = {"id": entry.subject_id, "companyId": entry.company_id}
    if row:
        found["name"] = row.name
    if row and row.email:
        found["email"] = row.email
    return found


def user(entry: Entry) -> dict[str, Any]:
    """The user of the entry: with the first of their locations, or of the agency with all of them. Two queries."""
    row = User.objects.filter(pk=entry.subject_id).first()
    if row is None:
        return {"id": entry.subject_id, "companyId": entry.company_id}
    every = Membership.objects.everywhere(reason="the entry names the user, whose places lie in several locations")
    places = list(every.filter(user=row, disabled_at=None).select_related("custom_role").order_by("pk"))
    here = places[0] if places else None
    found: dict[str, Any] = {
        "id": row.pk,
        "firstName": row.first_name,
        "lastName": row.last_name,
        "email": row.email,
        "phone": row.phone,
        "extension": row.extension,
        "role": row.agency_role or (here.role if here else "user"),
        "permissions": permissions.shown_switches(row, here),
    }
    found = {name: value for name, value in found.items() if value != ""}
    if here and not row.agency_role:
        return {"locationId": here.location_id, **found}
    return {"companyId": row.company_id, **found, "locations": [one.location_id for one in places]}
