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
    "smart_lists.share": "Share smart lists",
    "opportunities.bulk": "Run bulk actions on opportunities",
    "opportunities.values": "See the value of opportunities",
    "pipelines.write": "Manage pipelines and stages",
    "integrations.write": "Connect other services",
    "webhooks.write": "Manage webhooks",
    "domains.write": "Manage domains and redirects",
    "settings.write": "Change the settings of the location",
    "private_integrations.write": "Manage private integrations",
    "billing.readonly": "See the plan, invoices and usage",
    "billing.write": "Change the plan, pay and manage cards",
    "exports.write": "Export the data of the location",
    "privacy.write": "Handle privacy requests",
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
        "opportunities.readonly",
        "opportunities.write",
        "opportunities.values",
        "associations.readonly",
        "associations/relation.readonly",
        "associations/relation.write",
        "objects/schema.readonly",
        "objects/record.readonly",
        "objects/record.write",
    }
)

ADMIN = USER | {
    *OURS,
    "users.write",
    "associations.write",
    "objects/schema.write",
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
    "opportunities.readonly": "See opportunities",
    "opportunities.write": "Add and change opportunities",
    "objects/record.write": "Add and change records of custom objects",
    "associations/relation.write": "Link records with each other",
    "locations/tags.write": "Add, rename and delete tags",
    **OURS,
}

# What a role of a location's own may hold: all that an admin may do, save deciding about people.
FOR_ROLES = ADMIN - {"users.write"}

# What shows or opens the whole location is nobody's who sees only what is assigned to them.
UNRESTRICTED = frozenset(
    {
        "audit.readonly",
        "billing.readonly",
        "billing.write",
        "contacts.import",
        "integrations.write",
        "privacy.write",
        "private_integrations.write",
    }
    | {"webhooks.write"}
)


# What an account that is read-only leaves to its people, beside reading.
KEPT = frozenset(
    {
        "billing.write",
        "contacts.export",
        "domains.write",
        "exports.write",
        "integrations.write",
        "opportunities.values",
        "privacy.write",
        "private_integrations.write",
        "users.write",
    }
)


def while_read_only(held: frozenset[str]) -> frozenset[str]:
    """What of `held` is left in read-only mode: reading, taking one's data along, and taking rights away.

    Verbs refuse the rest on their own; without the abilities pages do not offer it.
    """
    return frozenset(name for name in held if name.endswith(".readonly") or name in KEPT)


@cache
def of_role(role: str) -> frozenset[str]:
    """The abilities that come with a role, before a membership's own switches."""
    return frozenset(ADMIN) if role == "admin" else USER
