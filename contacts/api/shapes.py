"""Contacts as the wire has them. Members without a value are left out: the contract's schema knows no null."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, TextField

from contacts import attribution
from contacts.api.file_values import to_wire
from contacts.filters.sorting import Order, cursor_of
from contacts.models.querysets import ContactQuerySet
from core import clock

COLUMNS = (
    "id", "location_id", "first_name", "last_name", "email", "more_emails", "phone", "phone_label", "more_phones",
    "type", "source", "company_name", "business_id", "address", "city", "state", "postal_code", "country", "website",
    "date_of_birth", "gender", "timezone", "assigned_to_id", "followers", "custom", "dnd", "dnd_settings", "inbound_dnd",
    "email_validity", "has_bounced", "has_unsubscribed", "first_attribution", "last_attribution", "last_activity_at",
    "date_added", "date_updated", "tag_names",
)  # fmt: skip


class TagNames(Func):
    """The names of the tags in an array of ids, in its order, in the same statement."""

    template = (
        "ARRAY(SELECT held.name FROM contacts_tag held WHERE held.id = ANY(%(expressions)s)"
        " ORDER BY array_position(%(expressions)s, held.id))"
    )
    output_field = ArrayField(TextField())


def rows(contacts: ContactQuerySet, *more: str) -> Any:
    """The queryset as dicts of what the shapes need, plus `more` columns or annotations."""
    return contacts.annotate(tag_names=TagNames(F("tags"))).values(*COLUMNS, *more)


def _filled(shape: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shape.items() if value is not None and value != ""}


def custom_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"id": key, "value": to_wire(row["id"], key, value) if type(value) is dict else value}
        for key, value in row["custom"].items()
    ]


def dnd_of(settings: dict[str, Any]) -> dict[str, Any]:
    """Only what the contract knows of a channel's state."""
    return {
        channel: {name: state.get(name, "") for name in ("status", "message", "code")}
        for channel, state in settings.items()
    }


def name_of(row: dict[str, Any]) -> str:
    return f"{row['first_name']} {row['last_name']}".strip()


def _common(row: dict[str, Any]) -> dict[str, Any]:
    name = name_of(row)
    return {
        "id": row["id"],
        "locationId": row["location_id"],
        "firstName": row["first_name"],
        "lastName": row["last_name"],
        "email": row["email"],
        "phone": row["phone"],
        "type": row["type"],
        "source": row["source"],
        "companyName": row["company_name"],
        "businessId": row["business_id"],
        "assignedTo": row["assigned_to_id"],
        "city": row["city"],
        "state": row["state"],
        "postalCode": row["postal_code"],
        "country": row["country"],
        "website": row["website"],
        "timezone": row["timezone"],
        "dateOfBirth": row["date_of_birth"] and row["date_of_birth"].isoformat(),
        "dateAdded": clock.iso(row["date_added"]),
        "dateUpdated": clock.iso(row["date_updated"]),
        "dnd": row["dnd"],
        "dndSettings": dnd_of(row["dnd_settings"]),
        "tags": row["tag_names"],
        "customFields": custom_of(row),
        "contactName": name,
        "additionalEmails": row["more_emails"],
        "additionalPhones": [held["number"] for held in row["more_phones"]],
    }


def whole(row: dict[str, Any]) -> dict[str, Any]:
    """The answer of get by id, create, update and upsert."""
    shape = _common(row)
    name = shape.pop("contactName")
    born = row["date_of_birth"]
    return _filled(
        {
            **shape,
            "name": name,
            "address1": row["address"],
            "gender": row["gender"],
            "emailLowerCase": row["email"],
            "firstNameLowerCase": row["first_name"].lower(),
            "lastNameLowerCase": row["last_name"].lower(),
            "fullNameLowerCase": name.lower(),
            "birthMonth": born and born.month,
            "birthDay": born and born.day,
            "lastActivity": clock.iso(row["last_activity_at"]),
            "inboundDndSettings": row["inbound_dnd"] or None,
            "followers": row["followers"],
            "attributionSource": attribution.to_wire(row["first_attribution"]),
            "lastAttributionSource": attribution.to_wire(row["last_attribution"]),
        }
    )


def created(row: dict[str, Any]) -> dict[str, Any]:
    """The answer of create has a few members more."""
    return whole(row) | {
        "deleted": False,
        "bounceEmail": row["has_bounced"],
        "unsubscribeEmail": row["has_unsubscribed"],
        "lastSessionActivityAt": clock.iso(row["last_activity_at"]),
        "offers": [],
        "products": [],
    }


def listed(row: dict[str, Any]) -> dict[str, Any]:
    """An item of the lists by location and by business."""
    attributions = [attribution.to_wire(one) for one in (row["first_attribution"], row["last_attribution"]) if one]
    return _filled(
        {**_common(row), "address1": row["address"], "followers": row["followers"], "attributions": attributions}
    )


def searched(row: dict[str, Any], orders: list[Order]) -> dict[str, Any]:
    """An item of the advanced search. Dates of birth are epoch milliseconds here."""
    born = row["date_of_birth"]
    return _filled(
        {
            **_common(row),
            "address": row["address"],
            "firstNameLowerCase": row["first_name"].lower(),
            "lastNameLowerCase": row["last_name"].lower(),
            "businessName": row["company_name"],
            "phoneLabel": row["phone_label"],
            "dateOfBirth": born and int(clock.epoch_ms(clock.midnight(born))),
            "followers": row["followers"],
            "inboundDndSettings": row["inbound_dnd"] or None,
            "validEmail": {"valid": True, "invalid": False}.get(row["email_validity"]),
            "attributionSource": attribution.to_wire(row["first_attribution"]),
            "lastAttributionSource": attribution.to_wire(row["last_attribution"]),
            "searchAfter": cursor_of(orders, row),
        }
    )
