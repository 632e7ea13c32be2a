"""What an actor may do, in one list. The names of the API's scopes serve roles as well; a few are ours alone."""

from __future__ import annotations

from functools import cache

OURS = {
    "contacts.delete": "Delete single contacts",
    "contacts.bulk": "Run bulk actions on contacts",
    "contacts.bulk_delete": "Delete contacts in bulk",
    "contacts.import": "Import contacts",
    "contacts.export": "Export contacts",
    "contacts.merge": "Merge contacts",
    "contacts.purge": "Delete contacts from the trash for good",
    "audit.readonly": "Read the audit log",
    "smart_lists.share": "Share smart lists with everyone",
    "settings.write": "Change the settings of the location",
    "private_integrations.write": "Manage private integrations",
}

USER = frozenset(
    {
        "contacts.readonly",
        "contacts.write",
        "contacts.bulk",
        "businesses.readonly",
        "businesses.write",
        "users.readonly",
        "locations.readonly",
        "locations/customFields.readonly",
        "locations/customValues.readonly",
        "locations/tags.readonly",
        "locations/tasks.readonly",
    }
)

ADMIN = USER | {
    *OURS,
    "users.write",
    "locations.write",
    "locations/customFields.write",
    "locations/customValues.write",
    "locations/tags.write",
    "oauth.readonly",
    "oauth.write",
    "companies.readonly",
}

SWITCHES = {
    "contacts.readonly": "See contacts",
    "contacts.write": "Add and change contacts",
    "businesses.write": "Add and change companies",
    "locations/tags.write": "Add, rename and delete tags",
    **OURS,
}

# What shows or opens the whole location is nobody's who sees only what is assigned to them.
UNRESTRICTED = frozenset({"audit.readonly", "contacts.import", "private_integrations.write"})


@cache
def of_role(role: str) -> frozenset[str]:
    """The abilities that come with a role, before a membership's own switches."""
    return frozenset(ADMIN) if role == "admin" else USER
