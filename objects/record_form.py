"""The form that adds a record of a custom object."""

from __future__ import annotations

from typing import Any

from django import forms

from core.errors import Invalid
from objects.inputs import inputs_for, missing, values_in
from objects.models import CustomField, ObjectSchema, Record
from objects.models.custom_field import MANY
from objects.records import add_record

MOST_FIELDS = 500


def prefilled(one: CustomField) -> Any:
    """What the empty form holds for a field."""
    if not one.prefill or one.type == "TEXTBOX_LIST":
        return None
    return [part.strip() for part in one.prefill.split(",")] if one.type in MANY else one.prefill


class RecordForm(forms.Form):
    """The object's fields in the order of the record; `add()` makes the record and returns it."""

    def __init__(self, data: Any = None, *, schema: ObjectSchema) -> None:
        super().__init__(data)
        self.schema = schema
        rows = CustomField.objects.filter(model=schema.key).select_related("folder")[:MOST_FIELDS]
        self.definitions = sorted(
            rows,
            key=lambda one: (
                one.pk != schema.primary_field_id,
                one.folder is None,
                one.folder.position if one.folder else 0,
                one.position,
                one.pk,
            ),
        )
        self.fields.update(inputs_for(self.definitions, {one.pk: prefilled(one) for one in self.definitions}, True))
        if schema.primary_field_id in self.fields:
            self.fields[schema.primary_field_id].required = True
            self.fields[schema.primary_field_id].error_messages["required"] = "It names the record."

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for pk, sentence in missing(self.definitions, values_in(given, self.definitions)).items():
            if pk not in self.errors:
                self.add_error(pk if pk in self.fields else None, sentence)
        return given

    def add(self, owner: str | None = None) -> Record:
        """Add the record.

        Raises:
            Invalid: as in `objects.records.add_record`; see `show`.
        """
        return add_record(self.schema, custom=values_in(self.cleaned_data, self.definitions), owner=owner)

    def show(self, error: Invalid) -> None:
        """Put a refusal beside the fields it names."""
        for name, sentence in error.errors.items():
            name = name.removeprefix("customFields.")
            self.add_error(name if name in self.fields else None, sentence[:1].upper() + sentence[1:])
