"""What the left column of a record shows: standard and custom fields as rows, grouped, each with its editor."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from accounts import countries
from contacts import attachments
from contacts.models import Contact
from core import clock
from objects.models import CustomField
from objects.values import shown as shown_value

Option = tuple[str, str]
CHOICES: dict[str, list[Option]] = {"type": [("lead", "Lead"), ("customer", "Customer")]}
CONTACT = [
    ("first_name", "First name", "text"),
    ("last_name", "Last name", "text"),
    ("emails", "E-mail", "emails"),
    ("phones", "Phone", "phones"),
    ("type", "Type", "choice"),
    ("timezone", "Time zone", "zone"),
]
GENERAL = [
    ("business", "Company", "company"),
    ("address", "Street", "text"),
    ("city", "City", "text"),
    ("state", "State", "text"),
    ("postal_code", "Postal code", "text"),
    ("country", "Country", "country"),
    ("website", "Website", "url"),
    ("date_of_birth", "Birthday", "date"),
    ("gender", "Gender", "text"),
    ("source", "Source", "text"),
]
EDITORS = {
    "TEXT": "text",
    "LARGE_TEXT": "long",
    "TEXTBOX_LIST": "boxes",
    "NUMERICAL": "number",
    "FLOAT": "number",
    "PHONE": "phone",
    "EMAIL": "email",
    "MONETORY": "money",
    "SINGLE_OPTIONS": "choice",
    "MULTIPLE_OPTIONS": "choices",
    "RADIO": "radio",
    "CHECKBOX": "checks",
    "DATE": "date",
    "TIME": "time",
    "FILE_UPLOAD": "files",
    "SIGNATURE": "signature",
}
VIAS = {
    "ui": "by hand",
    "api": "through the API",
    "import": "by an import",
    "task": "by HoopAI",
    "admin": "by an operator",
}


@dataclass(frozen=True)
class Row:
    """One field of a contact. `kind` names its editor; `fixed` has none. `value` is as stored, `shown` as people read it."""

    name: str
    label: str
    kind: str
    value: Any = ""
    shown: str = ""
    options: list[Option] = field(default_factory=list)
    help: str = ""
    placeholder: str = ""
    note: str = ""  # beside the value: what time it is there, how old somebody is
    href: str = ""
    longest: int = 1000
    extra: Any = None

    @property
    def is_empty(self) -> bool:
        return self.value in (None, "", [], {})

    @property
    def may_type_own(self) -> bool:
        """Whether a choice may be something that is no option."""
        return bool(self.extra) and self.kind in ("choice", "choices", "radio", "checks")


@dataclass(frozen=True)
class Section:
    """Rows under a heading; `tab` is where the record shows them."""

    tab: str
    title: str
    rows: list[Row]

    @property
    def is_empty(self) -> bool:
        return all(row.is_empty for row in self.rows)


def contact_info(contact: Contact) -> Section:
    return Section("contact", "Contact Info", [standard(contact, *each) for each in CONTACT])


def general_info(contact: Contact) -> Section:
    return Section("general", "General Info", [*(standard(contact, *each) for each in GENERAL), *facts(contact)])


def additional_info(contact: Contact, fields: Iterable[CustomField]) -> list[Section]:
    """Custom fields by folder, in the order of the folders; those in none come last."""
    found: dict[str, Section] = {}
    for one in sorted(
        fields,
        key=lambda each: (each.folder is None, each.folder.position if each.folder else 0, each.position, each.pk),
    ):
        title = one.folder.name if one.folder else "Other fields"
        section = found.setdefault(one.folder_id or "", Section("additional", title, []))
        section.rows.append(custom(contact, one))
    return list(found.values())


def everything(contact: Contact, fields: Iterable[CustomField]) -> list[Section]:
    return [contact_info(contact), general_info(contact), *additional_info(contact, fields)]


def matching(sections: Iterable[Section], words: str) -> list[Section]:
    """Sections with only the rows whose label, or whose heading, contains `words`."""
    wanted = words.strip().lower()
    found = []
    for section in sections:
        rows = (
            section.rows
            if wanted in section.title.lower()
            else [row for row in section.rows if wanted in row.label.lower()]
        )
        if rows:
            found.append(Section(section.tab, section.title, rows))
    return found


def row_named(contact: Contact, name: str, field: CustomField | None = None) -> Row | None:
    """The row of a standard field, or of the custom field given; None for what is no field."""
    if field is not None:
        return custom(contact, field)
    known = next((each for each in CONTACT + GENERAL if each[0] == name), None)
    return standard(contact, *known) if known else None


def standard(contact: Contact, name: str, label: str, kind: str) -> Row:
    if name == "emails":
        return Row(name, label, kind, contact.emails)
    if name == "phones":
        return Row(name, label, kind, contact.phones)
    if name == "business":
        shown = contact.business.name if contact.business else contact.company_name
        return Row(name, label, kind, shown, shown, extra=contact.business)
    value = getattr(contact, name)
    longest = contact._meta.get_field(name).max_length or 1000
    if name == "timezone":
        return Row(name, label, kind, value, place_of(value), note=time_there(value))
    if name == "country":
        return Row(name, label, kind, value, countries.names().get(value, value))
    if name == "date_of_birth":
        shown = date_format(value, "j F Y") if value else ""
        return Row(name, label, kind, value.isoformat() if value else "", shown, note=age(value))
    if name == "website":
        return Row(name, label, kind, value, value, href=address_of(value), longest=longest)
    options = CHOICES.get(name, [])
    return Row(name, label, kind, value, dict(options).get(value, value), options, longest=longest)


def custom(contact: Contact, one: CustomField) -> Row:
    value = contact.custom.get(one.pk)
    kind = EDITORS.get(one.type, "fixed")
    shown = shown_value(one, value)
    options = [(label, label) for label in one.labels]
    href = ""
    extra: Any = one.allows_custom_option
    if kind == "date" and value:
        shown = date_format(dt.date.fromisoformat(value), "j F Y")
    elif kind == "number" and value is not None:
        shown = f"{value:,}"
    elif kind == "money" and value is not None:
        shown = f"{value:,.2f}"
    elif kind == "email" and value:
        href = f"mailto:{value}"
    elif kind == "phone" and value:
        href = f"tel:{value}"
    elif kind == "boxes":
        boxes = value if isinstance(value, dict) else {}
        extra = [
            (str(option["key"]), str(option["label"]), boxes.get(str(option["key"]), "")) for option in one.options
        ]
    elif kind in ("files", "signature"):
        extra = attachments.held(contact, one.pk)
        href = address_of(value) if isinstance(value, str) else ""
    elif kind == "fixed":
        shown = shown_value(one, value)
    if kind in ("choice", "radio") and value and value not in one.labels:
        options.append((str(value), str(value)))
    if kind in ("choices", "checks"):
        options += [(str(each), str(each)) for each in value or () if each not in one.labels]
    if kind == "choice":
        options = [("", "–"), *options]
    longest = {"LARGE_TEXT": 10_000}.get(one.type, 1000)
    return Row(
        one.pk, one.name, kind, value, shown, options, one.description, one.placeholder, "", href, longest, extra
    )


def facts(contact: Contact) -> list[Row]:
    """What nobody can edit."""
    via = VIAS.get(contact.created_via, "")
    by = " ".join(part for part in (via, f"({contact.created_by})" if contact.created_by else "") if part)
    rows = [
        Row("date_added", "Added", "fixed", contact.date_added, moment(contact.date_added), note=by),
        Row("last_activity_at", "Last activity", "fixed", contact.last_activity_at, moment(contact.last_activity_at)),
        Row("id", "Id", "fixed", contact.pk, contact.pk),
    ]
    if contact.score:
        rows.insert(0, Row("score", "Score", "fixed", contact.score, f"{contact.score:,}"))
    return rows


def moment(when: dt.datetime) -> str:
    return date_format(timezone.localtime(when), "j M Y, H:i")


def place_of(zone: str) -> str:
    """A zone as people call it: "Los Angeles"."""
    return zone.rpartition("/")[2].replace("_", " ")


def time_there(zone: str) -> str:
    try:
        return f"{clock.now().astimezone(zoneinfo.ZoneInfo(zone)):%H:%M} there" if zone else ""
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return ""


def age(born: dt.date | None) -> str:
    if born is None:
        return ""
    today = clock.today(timezone.get_current_timezone())
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return f"{years} years" if years >= 2 else ""


def address_of(text: str) -> str:
    """A link to a website as typed, or "" where it is none."""
    if text.startswith(("http://", "https://")):
        return text
    return f"https://{text}" if "." in text and ":" not in text and " " not in text else ""
