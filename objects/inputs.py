"""Custom fields as fields of a Django form, and back to values that `objects.values` takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from objects.models import CustomField
from objects.models.custom_field import MANY, NUMBERS
from objects.values import LONGEST

DRAWN = ("FILE_UPLOAD", "SIGNATURE")  # these need more than a form field


class Choice(str):
    """A label with the picture of its option beside it."""

    image = ""


def pictured(one: CustomField, label: str) -> Choice:
    words = Choice(label)
    words.image = next((str(option.get("image", "")) for option in one.options if option["label"] == label), "")
    return words


def inputs_for(
    definitions: Iterable[CustomField], custom: dict[str, Any], with_required: bool = False
) -> dict[str, forms.Field]:
    """{name: form field} with the values held; a text box list gives one each box, named <id>.<box key>.

    A radio field that takes typed answers has a second one, named <id>.own.

    Args:
        with_required: whether fields marked as required must be filled in.
    """
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
            if one.type == "RADIO" and one.allows_custom_option:
                found[f"{one.pk}.own"] = forms.CharField(
                    label=f"{one.name}: another answer", required=False, max_length=200
                )
            if with_required and one.is_required:
                found[one.pk].required = not (one.type == "RADIO" and one.allows_custom_option)
                found[one.pk].error_messages["required"] = f"{one.name} is needed."
    return found


def missing(definitions: Iterable[CustomField], values: dict[str, Any]) -> dict[str, str]:
    """{field id: sentence} of required fields without a value, for pages."""
    return {
        one.pk: f"{one.name} is needed."
        for one in definitions
        if one.is_required and one.type not in DRAWN and values.get(one.pk) in (None, "", [], {})
    }


def values_in(cleaned: dict[str, Any], definitions: Iterable[CustomField]) -> dict[str, Any]:
    """{field id: what was typed} for `objects.values.clean_all`; what was left empty is None."""
    found: dict[str, Any] = {}
    for one in definitions:
        if one.type == "TEXTBOX_LIST":
            boxes = {option["key"]: cleaned.get(f"{one.pk}.{option['key']}") for option in one.options}
            found[one.pk] = {key: text for key, text in boxes.items() if text} or None
        elif one.pk in cleaned:
            found[one.pk] = cleaned.get(f"{one.pk}.own") or cleaned[one.pk] or None
    return found


def _input(one: CustomField, value: Any) -> forms.Field:
    about = {"label": one.name, "required": False, "initial": value, "help_text": one.description}
    hint = {"placeholder": one.placeholder} if one.placeholder else {}
    if one.type == "RADIO":
        held = [value] if value and value not in one.labels else []
        choices = [("", "None"), *((label, pictured(one, label)) for label in [*one.labels, *held])]
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **about)
    if one.type == "SINGLE_OPTIONS":
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
