"""Which column of a file goes to which field: worked out from its header and a few values, then checked as chosen."""

from __future__ import annotations

import re
from typing import Any

from accounts import current
from contacts.importing import presets
from contacts.importing.targets import (
    BY_KEY,
    CUSTOM,
    NEW,
    NEW_TYPES,
    SEVERAL,
    STANDARD,
    catalogue,
    custom_fields,
    label_of,
)
from core import ids
from core.errors import Invalid
from core.phones import BadPhone, e164
from objects.models import CustomField

MONTH_FIRST = {"US", "PH", "PR", "GU", "VI", "AS", "FM", "MH", "PW"}
ORDERS = {"mdy": "Month first (12/31/2026)", "dmy": "Day first (31/12/2026)"}
_SHORT_DATE = re.compile(r"^\s*(\d{1,2})[/\-._](\d{1,2})[/\-._]\d{4}")
_ISO_DATE = re.compile(r"^\s*\d{4}[/\-._]\d{1,2}[/\-._]\d{1,2}")
_EMAIL = re.compile(r"^[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]{2,}$")
Mapping = list[dict[str, Any]]


def guess(header: list[str], rows: list[list[str]]) -> tuple[Mapping, str]:
    """A mapping as good as the header and the first rows allow.

    Returns:
        One {"field"?, "order"?, "ambiguous"?, "type"} per column, and the program that made the export, or "".
    """
    preset = presets.recognise(header)
    fields = custom_fields()
    named: dict[str, str] = {}
    for field in fields:
        for word in (field.name, field.key, field.full_key, f"{{{{{field.full_key}}}}}", field.pk):
            named.setdefault(_plain(word), f"{CUSTOM}{field.pk}")
    words = {word: target.key for target in STANDARD for word in (*target.words, target.key, _plain(target.label))}
    taken: set[str] = set()
    mapping: Mapping = []
    for place, name in enumerate(header):
        values = [row[place].strip() for row in rows if place < len(row) and row[place].strip()]
        plain = _plain(name)
        if preset and plain in preset.columns:
            key = preset.columns[plain]
        else:
            key = named.get(plain) or words.get(plain) or words.get(re.sub(r" \(\d+\)$", "", plain)) or _counted(plain)
        column: dict[str, Any] = {"type": guess_type(values), **_order(values)}
        key = _free(key, taken)
        if key:
            taken.add(key)
            column["field"] = key
        mapping.append(column)
    _by_content(mapping, header, rows, taken)
    return mapping, preset.name if preset else ""


def guess_type(values: list[str]) -> str:
    """The type a new custom field for these values would have."""
    if not values:
        return "TEXT"
    if all(_EMAIL.match(value) for value in values):
        return "EMAIL"
    if all(_ISO_DATE.match(value) or _SHORT_DATE.match(value) for value in values):
        return "DATE"
    if all(re.fullmatch(r"-?\d{1,15}", value) and not re.match(r"-?0\d", value) for value in values):
        return "NUMERICAL"
    if all(re.fullmatch(r"-?\d{1,12}\.\d+", value) or re.fullmatch(r"-?\d{1,15}", value) for value in values) and any(
        "." in value for value in values
    ):
        return "FLOAT"
    if all(re.fullmatch(r"[$€£]\s?-?\d[\d,]*(\.\d+)?", value) for value in values):
        return "MONETORY"
    if all(_is_phone(value) for value in values):
        return "PHONE"
    return "LARGE_TEXT" if any(len(value) > 200 or "\n" in value for value in values) else "TEXT"


def settled(chosen: Mapping, header: list[str]) -> Mapping:
    """A mapping as a person chose it, checked; new fields get their id in advance.

    Raises:
        Invalid: {"column-<place>": sentence} for every column that cannot go where it should.
    """
    fields = {field.pk: field for field in custom_fields()}
    known = {target.key for target in catalogue(list(fields.values()))}
    errors: dict[str, str] = {}
    taken: dict[str, int] = {}
    names = {field.name.lower() for field in fields.values()}
    mapping: Mapping = []
    if len(chosen) != len(header):
        raise Invalid("The mapping does not fit the columns of the file. Reload the page.")
    for place, column in enumerate(chosen):
        key = str(column.get("field") or "")
        kept: dict[str, Any] = {"type": column.get("type", "TEXT")}
        if column.get("order") in ORDERS:
            kept["order"] = column["order"]
        if column.get("ambiguous"):
            kept["ambiguous"] = True
        if key == NEW or key.startswith(f"{NEW}."):
            name = " ".join(str(column.get("name") or header[place]).split())[:200]
            if column.get("type") not in NEW_TYPES:
                errors[f"column-{place}"] = "choose a type for the new field"
            elif name.lower() in names:
                errors[f"column-{place}"] = f"there is a field called {name} already; choose it, or give another name"
            names.add(name.lower())
            kept |= {
                "field": key if key.startswith(f"{NEW}.") and ids.is_id(key[4:]) else f"{NEW}.{ids.new_id()}",
                "name": name,
            }
        elif key:
            if key not in known:
                errors[f"column-{place}"] = "there is no such field any more; choose another"
            elif key in taken and key not in SEVERAL:
                errors[f"column-{place}"] = f"column {header[taken[key]]} goes to {label_of(key, fields)} already"
            taken.setdefault(key, place)
            kept["field"] = key
        mapping.append(kept)
    if errors:
        raise Invalid(errors)
    if not errors and any(column.get("field") for column in mapping) and not identifies(mapping):
        raise Invalid("Map a column to E-mail or Phone: a contact needs one of them.")
    return mapping


def identifies(mapping: Mapping) -> bool:
    """Whether rows can have an e-mail or a phone at all."""
    return any(column.get("field") in ("email", "phone", "more_emails", "more_phones") for column in mapping)


def ambiguous(mapping: Mapping, fields: dict[str, CustomField]) -> list[int]:
    """Places of the columns that hold dates whose order nothing tells."""
    return [place for place, column in enumerate(mapping) if column.get("ambiguous") and is_date(column, fields)]


def is_date(column: dict[str, Any], fields: dict[str, CustomField]) -> bool:
    """Whether the column goes to a field of dates."""
    key = str(column.get("field") or "")
    if key.startswith(NEW):
        return column.get("type") == "DATE"
    field = fields.get(key.removeprefix(CUSTOM))
    return key == "date_of_birth" or (field is not None and field.type == "DATE")


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").lower().split())


def _counted(plain: str) -> str:
    found = re.fullmatch(
        r"(?:additional |other |alternate |secondary )?(e-?mail|phone|mobile)(?: address| number)?s?[ #]*(\d+)?", plain
    )
    if not found:
        return ""
    several = bool(found[2] and int(found[2]) > 1) or plain.startswith(
        ("additional", "other", "alternate", "secondary")
    )
    kind = "email" if "mail" in found[1] else "phone"
    return f"more_{kind}s" if several else kind


def _free(key: str, taken: set[str]) -> str:
    """`key`, or where it is taken the field for further values, or nothing."""
    if key not in taken or key in SEVERAL:
        return key
    return {"email": "more_emails", "phone": "more_phones"}.get(key, "")


def _order(values: list[str]) -> dict[str, Any]:
    pairs = [(int(found[1]), int(found[2])) for value in values if (found := _SHORT_DATE.match(value))]
    if not pairs:
        return {}
    day_first = any(first > 12 for first, _ in pairs)
    month_first = any(second > 12 for _, second in pairs)
    if day_first != month_first:
        return {"order": "dmy" if day_first else "mdy"}
    return {"order": default_order(), "ambiguous": True}


def default_order() -> str:
    """How people of the location's country write dates."""
    return "mdy" if (current.location().country or "US") in MONTH_FIRST else "dmy"


def _is_phone(value: str) -> bool:
    if len(value) < 7 or not re.fullmatch(r"\+?[\d\s().\-/]+", value):
        return False
    try:
        e164(value, current.location().country)
    except BadPhone:
        return False
    return True


def _by_content(mapping: Mapping, header: list[str], rows: list[list[str]], taken: set[str]) -> None:
    """Where no header says e-mail or phone, the values may."""
    for key, looks in (("email", "EMAIL"), ("phone", "PHONE")):
        if key in taken:
            continue
        for column in mapping:
            if not column.get("field") and column["type"] == looks:
                column["field"] = key
                taken.add(key)
                break


def shown_targets(fields: list[CustomField]) -> list[tuple[str, list[tuple[str, str]]]]:
    """[(group, [(key, label)])] for a select."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for target in catalogue(fields):
        groups.setdefault(target.group, []).append((target.key, target.label))
    return list(groups.items())


__all__ = [
    "BY_KEY",
    "Mapping",
    "ambiguous",
    "default_order",
    "guess",
    "identifies",
    "is_date",
    "settled",
    "shown_targets",
]
