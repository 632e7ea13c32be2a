"""The fields of a record as rows of its page: the value as people read it, and the editor that fits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.formats import date_format

from core.phones import pretty
from core.text import is_web_address
from objects import attached
from objects.models import CustomField, Record
from objects.models.custom_field import NUMBERS
from objects.values import money
from objects.values import shown as shown_value

EDITORS = {
    "TEXT": "text", "LARGE_TEXT": "long", "TEXTBOX_LIST": "boxes", "NUMERICAL": "number", "FLOAT": "number",
    "PHONE": "phone", "EMAIL": "email", "MONETORY": "money", "SINGLE_OPTIONS": "choice", "MULTIPLE_OPTIONS": "choices",
    "RADIO": "radio", "CHECKBOX": "checks", "DATE": "date", "TIME": "time", "FILE_UPLOAD": "files",
    "SIGNATURE": "signature",
}  # fmt: skip
FORMATS = ".pdf,.doc,.docx,.jpg,.jpeg,.png,.gif,.csv,.xls,.xlsx"


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    image: str = ""


@dataclass(frozen=True)
class FieldRow:
    """One field of a record. `kind` names its editor; `value` is as stored, `shown` as people read it."""

    name: str
    label: str
    kind: str
    value: Any = None
    shown: str = ""
    options: list[Option] = field(default_factory=list)
    help: str = ""
    placeholder: str = ""
    href: str = ""
    longest: int = 1000
    takes_own: bool = False  # a typed answer beside the options
    is_required: bool = False
    boxes: list[tuple[str, str, str]] = field(default_factory=list)  # key, label, text
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    accepts: str = ""

    @property
    def is_empty(self) -> bool:
        return self.value in (None, "", [], {})


@dataclass(frozen=True)
class Group:
    title: str
    rows: list[FieldRow]


def groups(record: Record, fields: Iterable[CustomField]) -> list[Group]:
    """What names the record, then the fields by folder in the order of the folders; those in none come last, under
    "Additional Info" where there are folders."""
    found: dict[str, Group] = {}
    primary = record.schema.primary_field_id
    fields = list(fields)
    first = [Group("", [row(record, one)]) for one in fields if one.pk == primary]
    ordered = sorted(
        fields,
        key=lambda one: (one.folder is None, one.folder.position if one.folder else 0, one.position, one.pk),
    )
    for one in ordered:
        if one.pk == primary:
            continue
        title = one.folder.name if one.folder else "Additional Info"
        found.setdefault(one.folder_id or "", Group(title, [])).rows.append(row(record, one))
    if list(found) == [""]:
        return [Group("", [*(each for one in first for each in one.rows), *found[""].rows])]
    return [*first, *found.values()]


def words(one: CustomField, value: Any) -> str:
    """A stored value as pages show it; files and exports have `objects.values.shown`."""
    if value is None:
        return ""
    if one.type == "DATE":
        return date_format(dt.date.fromisoformat(value), "j F Y")
    if one.type == "PHONE":
        return pretty(value).replace("-", " ")
    if one.type in NUMBERS and isinstance(value, (int, float)):
        return money(value) if one.type == "MONETORY" else f"{value:,}"
    return shown_value(one, value)


def row(record: Record, one: CustomField) -> FieldRow:
    value = record.custom.get(one.pk)
    kind = EDITORS[one.type]
    href = ""
    if kind == "email" and value:
        href = f"mailto:{value}"
    elif kind == "phone" and value:
        href = f"tel:{value}"
    elif kind == "text" and value and value.startswith(("http://", "https://")) and is_web_address(value):
        href = value
    boxes = value if isinstance(value, dict) else {}
    held = {"choice": [value], "radio": [value], "choices": value, "checks": value}.get(kind) or []
    choices = [Option(str(item["label"]), str(item["label"]), str(item.get("image", ""))) for item in one.options]
    return FieldRow(
        name=one.pk,
        label=one.name,
        kind=kind,
        value=value,
        shown=words(one, value),
        options=[*choices, *(Option(str(item), str(item)) for item in held if item and item not in one.labels)],
        help=one.description,
        placeholder=one.placeholder,
        href=href,
        longest=10_000 if kind == "long" else 1000,
        takes_own=one.allows_custom_option and kind == "radio",
        is_required=one.is_required,
        boxes=[(str(item["key"]), str(item["label"]), str(boxes.get(str(item["key"]), ""))) for item in one.options]
        if kind == "boxes"
        else [],
        files=attached.held(record, one.pk) if kind in ("files", "signature") else {},
        accepts=",".join(f".{name}" for name in one.accepted_formats) or FORMATS,
    )


def given(request: HttpRequest, one: FieldRow) -> Any:
    """What the editor of a row sent, in the shape that `objects.values` takes."""
    if one.kind in ("choices", "checks"):
        return [text for text in request.POST.getlist("value") if text.strip()]
    if one.kind == "boxes":
        held = dict(one.value) if isinstance(one.value, dict) else {}
        for key, _, _ in one.boxes:
            typed = request.POST.get(f"box_{key}")
            if typed is not None:
                held[key] = typed.strip()
        return {key: text for key, text in held.items() if text} or None
    return request.POST.get("own", "").strip() or request.POST.get("value", "")
