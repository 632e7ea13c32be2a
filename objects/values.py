"""Values of custom fields: one way in for pages, API and imports."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from core.dates import parse_date
from core.errors import Invalid
from core.phones import BadPhone, e164
from objects.models import CustomField
from objects.models.custom_field import MANY, NUMBERS, WITH_OPTIONS

LONGEST = {"TEXT": 1000, "LARGE_TEXT": 10_000}
MOST_CHOICES = 200
LARGEST_NUMBER = 1e15


class BadValue(ValueError):
    """A value that the field cannot hold; the message is the sentence to show."""


def clean(field: CustomField, value: Any, country: str = "US", date_order: str = "mdy") -> Any:
    """`value` as it is stored under the field's id; None means that the field is cleared.

    Stored shapes: text for most types, a number for numbers and money, a list of labels for many choices, an object of
    {box key: text} for text box lists, an object or list for files and signatures, YYYY-MM-DD for dates, HH:MM for times.

    Raises:
        BadValue: the field cannot hold it.
    """
    if value is None or value == "" or value == [] or value == {}:
        return None
    if field.type in NUMBERS:
        return _number(value)
    if field.type in MANY:
        return _many(field, value)
    if field.type == "TEXTBOX_LIST":
        return _boxes(field, value)
    if field.type in ("FILE_UPLOAD", "SIGNATURE"):
        return _file(value)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise BadValue("must be a text")
    text = str(value).replace("\x00", "").strip()
    if not text:
        return None
    if field.type in ("SINGLE_OPTIONS", "RADIO"):
        return _choice(field, text)
    if field.type == "DATE":
        try:
            return parse_date(text, date_order).isoformat()
        except ValueError as error:
            raise BadValue(str(error)) from None
    if field.type == "TIME":
        found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?", text)
        if not found:
            raise BadValue("not a time; use HH:MM")
        return f"{int(found[1]):02d}:{found[2]}"
    if field.type == "PHONE":
        try:
            return e164(text, country)
        except BadPhone as error:
            raise BadValue(str(error)) from None
    if field.type == "EMAIL":
        try:
            validate_email(text)
        except ValidationError:
            raise BadValue("not an e-mail address") from None
        return text.lower()
    if len(text) > LONGEST.get(field.type, 1000):
        raise BadValue(f"longer than {LONGEST.get(field.type, 1000)} characters")
    return text


def clean_all(
    given: dict[str, Any], fields: Iterable[CustomField], country: str = "US", date_order: str = "mdy"
) -> dict[str, Any]:
    """{field id: value} cleaned; None where a value is cleared.

    Raises:
        Invalid: {"customFields.<id>": sentence} for every unknown field and every bad value.
    """
    known = {field.pk: field for field in fields}
    errors: dict[str, str] = {}
    cleaned: dict[str, Any] = {}
    for key, value in given.items():
        field = known.get(key)
        if field is None:
            errors[f"customFields.{key}"] = "no such custom field"
            continue
        try:
            cleaned[key] = clean(field, value, country, date_order)
        except BadValue as error:
            errors[f"customFields.{key}"] = f"{field.name}: {error}"
    if errors:
        raise Invalid(errors)
    return cleaned


def merged(held: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`held` with `changes`; what is None goes."""
    return {key: value for key, value in {**held, **changes}.items() if value is not None}


def _number(value: Any) -> int | float:
    if isinstance(value, bool):
        raise BadValue("must be a number")
    if isinstance(value, str):
        text = re.sub(r"[\s$€£]", "", value)
        if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text):
            text = text.replace(",", "")
        try:
            value = float(text)
        except ValueError:
            raise BadValue("must be a number") from None
    if not isinstance(value, (int, float)) or not math.isfinite(value) or abs(value) >= LARGEST_NUMBER:
        raise BadValue("must be a number")
    return int(value) if float(value).is_integer() else float(value)


def _choice(field: CustomField, text: str) -> str:
    for option in field.options:
        if text in (option["key"], option["label"]) or text.lower() == str(option["label"]).lower():
            return str(option["label"])
    if field.allows_custom_option and len(text) <= 200:
        return text
    raise BadValue(f"{text[:60]} is none of the options")


def _many(field: CustomField, value: Any) -> list[str] | None:
    items = re.split(r"[,;]", value) if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, (str, int, float)) for item in items):
        raise BadValue("must be a list of texts")
    if len(items) > MOST_CHOICES:
        raise BadValue(f"more than {MOST_CHOICES} choices")
    chosen = [_choice(field, str(item).strip()) for item in items if str(item).strip()]
    return list(dict.fromkeys(chosen)) or None


def _boxes(field: CustomField, value: Any) -> dict[str, str] | None:
    if not isinstance(value, dict):
        raise BadValue("must be an object of text boxes")
    keys = {str(option["key"]): str(option["key"]) for option in field.options}
    keys |= {str(option["label"]): str(option["key"]) for option in field.options}
    boxes: dict[str, str] = {}
    for name, text in value.items():
        if name not in keys:
            raise BadValue(f"there is no text box {str(name)[:60]}")
        if text not in (None, ""):
            boxes[keys[name]] = str(text)[:1000]
    return boxes or None


def _file(value: Any) -> Any:
    if isinstance(value, str):
        if len(value) > 2000:
            raise BadValue("must be the address of a file")
        return value
    if not isinstance(value, (dict, list)) or len(value) > 100:
        raise BadValue("must be an object of files")
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, (dict, list)):
            left += item.values() if isinstance(item, dict) else item
        elif isinstance(item, (int, float)) and not abs(item) < LARGEST_NUMBER:
            raise BadValue("must be an object of files")
    return value


def shown(field: CustomField, value: Any) -> str:
    """A stored value as a person reads it."""
    if value is None:
        return ""
    if field.type == "SIGNATURE":
        return "Signed"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, dict):
        if field.type in WITH_OPTIONS:
            return "; ".join(f"{field.label_of(key)}: {text}" for key, text in value.items())
        return f"{len(value)} files" if len(value) != 1 else "1 file"
    return str(value)


def money(amount: float) -> str:
    """An amount in the currency of a location, which is the US dollar: $1,200, $12.50, -$3."""
    text = f"{abs(amount):,.2f}".removesuffix(".00")
    return f"{'-' if amount < 0 else ''}${text}"
