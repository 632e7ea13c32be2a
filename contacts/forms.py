"""The forms of tags and companies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts import countries
from contacts.models import Business
from core.errors import Invalid
from objects.inputs import inputs_for, values_in
from objects.models import CustomField


def show_errors(form: forms.Form, error: Invalid) -> None:
    """Put a verb's refusal beside the fields it names; custom fields are named by their id."""
    for name, sentence in error.errors.items():
        name = name.removeprefix("customFields.")
        form.add_error(name if name in form.fields else None, sentence[:1].upper() + sentence[1:])


class TagForm(forms.Form):
    name = forms.CharField(
        max_length=200,
        error_messages={"required": "A tag needs a name."},
        help_text="Lower case, at most 75 characters.",
    )


class BusinessForm(forms.Form):
    name = forms.CharField(max_length=200, error_messages={"required": "A company needs a name."})
    phone = forms.CharField(max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"}))
    email = forms.CharField(label="E-mail", max_length=254, required=False, widget=forms.EmailInput())
    website = forms.CharField(max_length=500, required=False)
    description = forms.CharField(max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    address = forms.CharField(label="Street", max_length=300, required=False)
    city = forms.CharField(max_length=100, required=False)
    state = forms.CharField(max_length=100, required=False)
    postal_code = forms.CharField(max_length=20, required=False)
    country = forms.ChoiceField(required=False)

    def __init__(
        self, data: Any = None, *, held: Business | None = None, definitions: Iterable[CustomField] = ()
    ) -> None:
        standard = list(self.base_fields)
        super().__init__(data, initial={name: getattr(held, name) for name in standard} if held else None)
        self.fields["country"].choices = [("", "–"), *countries.names().items()]  # type: ignore[attr-defined]
        self.definitions = list(definitions)
        self.custom = inputs_for(self.definitions, held.custom if held else {})
        self.fields.update(self.custom)

    def custom_inputs(self) -> list[forms.BoundField]:
        return [self[name] for name in self.custom]

    def values(self) -> dict[str, Any]:
        """Arguments for `contacts.companies`."""
        given = self.cleaned_data
        values = {name: given[name] for name in self.base_fields}
        return {**values, "custom": values_in(given, self.definitions)}
