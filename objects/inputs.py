"""Custom fields as fields of a Django form, and back to values that `objects.values` takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from objects.models import CustomField
from objects.models.custom_field import MANY, NUMBERS
from objects.values import LONGEST

DRAWN = ("FILE_UPLOAD", "SIGNATURE")  # these need more than a form field


def inputs_for(definitions: Iterable[CustomField], custom: dict[str, Any]) -> dict[str, forms.Field]:
    """{name: form field} with the values held; a text box list gives one each box, named <id>.<box key>."""
    found: dict[str, forms.Field] = {}
    for one in definitions:
        value = custom.get(one.pk)
        if one.type == "TEXTBOX_LIST":
            for option in one.options:
                text = (value or {}).get(option["key"], "")
                label = f"{one.name}: {option['label']}"
                found[f"{one.pk}.{option['key']}"] = forms.CharField(
                    label=label, required=False, initial=text, max_length=1000
                )
        elif one.type not in DRAWN:
            found[one.pk] = _input(one, value)
    return found


def values_in(cleaned: dict[str, Any], definitions: Iterable[CustomField]) -> dict[str, Any]:
    """{field id: what was typed} for `objects.values.clean_all`; what was left empty is None."""
    found: dict[str, Any] = {}
    for one in definitions:
        if one.type == "TEXTBOX_LIST":
            boxes = {option["key"]: cleaned.get(f"{one.pk}.{option['key']}") for option in one.options}
            found[one.pk] = {key: text for key, text in boxes.items() if text} or None
        elif one.pk in cleaned:
            found[one.pk] = cleaned[one.pk] or None
    return found


def _input(one: CustomField, value: Any) -> forms.Field:
    about = {"label": one.name, "required": False, "initial": value, "help_text": one.description}
    hint = {"placeholder": one.placeholder} if one.placeholder else {}
    if one.type in ("SINGLE_OPTIONS", "RADIO"):
        labels = [*one.labels, *([value] if value and value not in one.labels else [])]
        return forms.ChoiceField(choices=[("", "–"), *((label, label) for label in labels)], **about)
    if one.type in MANY:
        labels = [*one.labels, *(held for held in value or () if held not in one.labels)]
        choices = [(label, label) for label in labels]
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **about)
    if one.type in ("DATE", "TIME"):
        return forms.CharField(widget=forms.TextInput(attrs={"type": one.type.lower()}), **about)
    if one.type == "LARGE_TEXT":
        widget = forms.Textarea(attrs={"rows": 3, **hint})
        return forms.CharField(max_length=LONGEST["LARGE_TEXT"], widget=widget, **about)
    kind = {"PHONE": "tel", "EMAIL": "email"}.get(one.type, "text")
    attrs = {"type": kind, **hint, **({"inputmode": "decimal"} if one.type in NUMBERS else {})}
    return forms.CharField(max_length=1000, widget=forms.TextInput(attrs=attrs), **about)
