"""Installs as webhooks tell of them. There are no plans, trials or white labels of apps here, so none are told."""

from __future__ import annotations

from typing import Any

from journal.models import Entry
from oauth.models import Install


def install(entry: Entry) -> dict[str, Any]:
    """An install in a location, or in the agency without location and user. One query."""
    row = Install.objects.select_related("app", "company").filter(pk=entry.subject_id).first()
    if row is None:
        return {"companyId": entry.company_id}
    place = {"locationId": row.location_id, "userId": row.user_id} if row.location_id else {}
    found: dict[str, Any] = {
        "appId": row.app.app_id,
        "companyId": row.company_id,
        **place,
        "isWhitelabelCompany": False,
        "whitelabelDetails": {},
        "companyName": row.company.name,
    }
    return {name: value for name, value in found.items() if value is not None}


def uninstall(entry: Entry) -> dict[str, Any]:
    """The end of an install: where it was. One query."""
    row = Install.objects.select_related("app").filter(pk=entry.subject_id).first()
    app = {"appId": row.app.app_id} if row else {}
    return {**app, **({"locationId": entry.location_id} if entry.location_id else {"companyId": entry.company_id})}
