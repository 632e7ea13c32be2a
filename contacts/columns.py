"""Columns of the contact list and of exports: which there are, what each reads, and its value in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from accounts import names as people
from contacts.filters import sorting
from contacts.models import Tag
from core import ids
from objects.models import CustomField
from objects.models.custom_field import NUMBERS
from objects.values import shown

Row = Mapping[str, Any]
Names = Mapping[str, str]

MOST = 40
WIDTHS = {"": "Fits", "narrow": "Narrow", "medium": "Medium", "wide": "Wide"}
CUSTOM = "Custom fields"
NAME_PARTS = ("id", "first_name", "last_name", "email", "phone", "picture", "dnd")
TYPES = {"lead": "Lead", "customer": "Customer"}
VALIDITY = {"valid": "Valid", "invalid": "Invalid"}
VIA = {"ui": "Pages", "api": "API", "import": "Import", "task": "HoopAI"}


@dataclass(frozen=True)
class Column:
    """`name` is as filters and orders spell it; `reads` are the database columns it needs; `kind` says how it looks."""

    name: str
    label: str
    category: str
    kind: str = "text"
    reads: tuple[str, ...] = ()
    custom: CustomField | None = None
    width: str = ""  # of WIDTHS

    @property
    def spec(self) -> str:
        """The column as a list keeps it."""
        return f"{self.name}:{self.width}" if self.width else self.name

    @property
    def sorts(self) -> bool:
        return self.name in sorting.COLUMNS or (self.custom is not None and self.kind in ("text", "number", "date"))

    @property
    def is_number(self) -> bool:
        return self.kind in ("number", "score")


def _one(name: str, label: str, category: str, kind: str = "text", *reads: str) -> Column:
    return Column(name, label, category, kind, reads)


STANDARD = (
    _one("name", "Name", "Identity", "name", *NAME_PARTS),
    _one("firstNameLowerCase", "First name", "Identity", "text", "first_name"),
    _one("lastNameLowerCase", "Last name", "Identity", "text", "last_name"),
    _one("phone", "Phone", "Identity", "phone", "phone", "phone_validity"),
    _one("email", "E-mail", "Identity", "email", "email", "email_validity", "has_bounced"),
    _one("allPhones", "All phones", "Identity", "phones", "phone", "more_phones"),
    _one("allEmails", "All e-mails", "Identity", "emails", "email", "more_emails"),
    _one("companyName", "Company", "Identity", "text", "company_name"),
    _one("website", "Website", "Identity", "text", "website"),
    _one("type", "Type", "Identity", "type", "type"),
    _one("id", "Contact id", "Identity", "text", "id"),
    _one("tags", "Tags", "People and labels", "tags", "tags"),
    _one("assignedTo", "Owner", "People and labels", "person", "assigned_to_id", "team_id"),
    _one("followers", "Followers", "People and labels", "people", "followers"),
    _one("lastActivity", "Last activity", "Dates", "moment", "last_activity_at"),
    _one("dateAdded", "Created", "Dates", "moment", "date_added"),
    _one("dateUpdated", "Updated", "Dates", "moment", "date_updated"),
    _one("dateOfBirth", "Date of birth", "Dates", "date", "date_of_birth"),
    _one("score", "Score", "Quality", "score", "score"),
    _one("dnd", "Do not disturb", "Quality", "dnd", "dnd", "dnd_settings"),
    _one("validEmail", "E-mail validity", "Quality", "validity", "email_validity"),
    _one("validPhone", "Phone validity", "Quality", "validity", "phone_validity"),
    _one("source", "Source", "Origin", "text", "source"),
    _one("createdVia", "Created through", "Origin", "via", "created_via"),
    _one("createdBy", "Created by", "Origin", "text", "created_by"),
    _one("address", "Street", "Address", "text", "address"),
    _one("city", "City", "Address", "text", "city"),
    _one("state", "State", "Address", "text", "state"),
    _one("postalCode", "Postal code", "Address", "text", "postal_code"),
    _one("country", "Country", "Address", "text", "country"),
    _one("timezone", "Time zone", "Address", "text", "timezone"),
    _one("gender", "Gender", "Identity", "text", "gender"),
)
BY_NAME = {column.name: column for column in STANDARD}


def of_custom(definition: CustomField) -> Column:
    kind = "number" if definition.type in NUMBERS else "date" if definition.type == "DATE" else "text"
    if definition.type in ("FILE_UPLOAD", "SIGNATURE", "MULTIPLE_OPTIONS", "CHECKBOX", "TEXTBOX_LIST"):
        kind = "shown"
    return Column(f"customFields.{definition.pk}", definition.name, CUSTOM, kind, ("custom",), definition)


def catalogue() -> list[Column]:
    """Every column that can be chosen. One query."""
    return [*STANDARD, *(of_custom(row) for row in CustomField.objects.filter(model="contact")[:500])]


def chosen(names: Sequence[str]) -> list[Column]:
    """The columns of these names in their order; unknown names and those of deleted fields are left out.

    A name may carry a width: "email:wide". One query when custom fields are named.
    """
    widths: dict[str, str] = {}
    for given in names:
        name, _, width = given.partition(":")
        widths.setdefault(name, width if width in WIDTHS else "")
    wanted = list(widths)[:MOST]
    custom_ids = [name.removeprefix("customFields.") for name in wanted if name.startswith("customFields.")]
    definitions = {}
    if custom_ids:
        rows = CustomField.objects.filter(pk__in=[pk for pk in custom_ids if ids.is_id(pk)], model="contact")
        definitions = {f"customFields.{row.pk}": of_custom(row) for row in rows}
    found = [BY_NAME.get(name) or definitions.get(name) for name in wanted]
    return [replace(column, width=widths[column.name]) for column in found if column] or [BY_NAME["name"]]


def reads(columns: Iterable[Column]) -> list[str]:
    """The database columns needed for these columns and for a row's head, each once."""
    return list(dict.fromkeys([*NAME_PARTS, *(name for column in columns for name in column.reads)]))


def names_in(rows: Sequence[Row], columns: Sequence[Column]) -> dict[str, str]:
    """{id: name} of every tag, person and team that these rows show: at most one query each."""
    kinds = {column.kind for column in columns}
    found: dict[str, str] = {}
    if "tags" in kinds:
        found |= Tag.objects.names_of({tag for row in rows for tag in row["tags"]})
    wanted: set[str] = set()
    if "person" in kinds:
        wanted |= {row["assigned_to_id"] for row in rows if row["assigned_to_id"]}
        found |= people.of_teams({row["team_id"] for row in rows if row["team_id"]})
    if "people" in kinds:
        wanted |= {person for row in rows for person in row["followers"]}
    return found | people.of_users(wanted)


def title(row: Row) -> str:
    """What a contact is called: its name, else its e-mail or phone."""
    name = f"{row['first_name']} {row['last_name']}".strip()
    return name or row["email"] or row["phone"] or "Contact without a name"


def words(column: Column, row: Row, names: Names, zone: dt.tzinfo) -> str:
    """The value of a cell as plain text; dates are ISO in `zone`, several values are joined by comma and blank."""
    if column.custom is not None:
        return shown(column.custom, row["custom"].get(column.custom.pk))
    kind = column.kind
    if kind == "name":
        return f"{row['first_name']} {row['last_name']}".strip()
    if kind in ("tags", "people"):
        return ", ".join(names[pk] for pk in row[column.reads[0]] if pk in names)
    if kind == "phones":
        return ", ".join(
            number for number in (row["phone"], *(held["number"] for held in row["more_phones"])) if number
        )
    if kind == "emails":
        return ", ".join(email for email in (row["email"], *row["more_emails"]) if email)
    if kind == "dnd":
        return dnd_words(row)
    value = row[column.reads[0]]
    if kind == "person":
        return names.get(value or row["team_id"] or "", "")
    if kind == "moment":
        return value.astimezone(zone).isoformat(timespec="seconds") if value else ""
    if kind == "date":
        return value.isoformat() if value else ""
    table = {"type": TYPES, "validity": VALIDITY, "via": VIA}.get(kind)
    if table:
        return table.get(value, value or "")
    return "" if value is None else str(value)


def dnd_words(row: Row) -> str:
    """On, Partial or Off."""
    if row["dnd"]:
        return "On"
    states = (state.get("status") for state in row["dnd_settings"].values())
    return "Partial" if any(state in ("active", "permanent") for state in states) else "Off"
