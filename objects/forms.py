"""The forms of field definitions, folders and custom values."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from core.errors import Invalid
from objects.custom_values import LONGEST_NAME, LONGEST_VALUE
from objects.definitions import FORMATS, MOST_FILES
from objects.models import CustomField, FieldFolder, ValueFolder
from objects.models.custom_field import MAY_BE_SEARCHED, MAY_BE_UNIQUE, WITH_OPTIONS

GIVEN_UP = "Uniqueness was given up once, and that is for good."
FOR_GOOD = "No two records may hold the same value, whichever way it comes in. Switching it off later is for good."


def show_errors(form: forms.Form, error: Invalid) -> None:
    """Put a verb's refusal beside the fields it names; what no field stands for goes on top."""
    for name, sentence in error.errors.items():
        form.add_error(name if name in form.fields else None, sentence[:1].upper() + sentence[1:])


class FieldForm(forms.Form):
    """What may be said of a field of one type; `held` is the field when it exists."""

    name = forms.CharField(max_length=200, error_messages={"required": "A field needs a name."})
    key = forms.CharField(
        max_length=100, required=False, help_text="Made from the name when left empty. It cannot be changed later."
    )
    folder = forms.ChoiceField(required=False, help_text="Its place on the record.")
    placeholder = forms.CharField(max_length=200, required=False, help_text="Shown in the empty box.")
    description = forms.CharField(
        max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="Shown under the box."
    )
    allows_custom_option = forms.BooleanField(
        label="Allow a typed answer",
        required=False,
        help_text="It is kept on that record only and does not become an option.",
    )
    accepted_formats = forms.MultipleChoiceField(
        label="Accepted formats", required=False, choices=[(name, f".{name}") for name in FORMATS],
        widget=forms.CheckboxSelectMultiple, help_text="None chosen means all of these.",
    )  # fmt: skip
    allows_many_files = forms.BooleanField(label="More than one file", required=False)
    most_files = forms.IntegerField(
        label="At most", required=False, min_value=1, max_value=MOST_FILES, initial=1, help_text="Files."
    )
    prefill = forms.CharField(
        label="Prefill", max_length=1000, required=False, help_text="What forms start with; people can change it."
    )
    shows_in_forms = forms.BooleanField(
        label="Show in forms", required=False, initial=True, help_text="Forms may ask for it."
    )
    is_required = forms.BooleanField(
        label="Required on the record", required=False,
        help_text="On pages only: what comes in through the API, an import or a form is kept without it.",
    )  # fmt: skip
    is_searchable = forms.BooleanField(
        label="Searchable", required=False, help_text="Search looks through it, also the search for everything."
    )
    is_unique = forms.BooleanField(label="Unique", required=False, help_text=FOR_GOOD)

    def __init__(
        self, data: QueryDict | None = None, *, type: str, model: str, held: CustomField | None = None
    ) -> None:
        super().__init__(data, initial=self.said_by(held) if held else None)
        self.type, self.model, self.held = type, model, held
        folders = FieldFolder.objects.filter(model=model)
        self.fields["folder"].choices = [("", "Additional Info"), *((row.pk, row.name) for row in folders)]  # type: ignore[attr-defined]
        unfit = set() if type == "FILE_UPLOAD" else {"accepted_formats", "allows_many_files", "most_files"}
        unfit |= set() if type == "RADIO" else {"allows_custom_option"}
        unfit |= set() if type in MAY_BE_UNIQUE else {"is_unique"}
        unfit |= set() if type in MAY_BE_SEARCHED else {"is_searchable"}
        unfit |= {"prefill"} if type in ("FILE_UPLOAD", "SIGNATURE", "TEXTBOX_LIST") else set()
        unfit |= {"key"} if held else set()
        unfit |= {"placeholder"} if type in ("RADIO", "CHECKBOX", "FILE_UPLOAD", "SIGNATURE", "DATE", "TIME") else set()
        for name in unfit:
            del self.fields[name]
        if held and held.was_unique and "is_unique" in self.fields:
            self.fields["is_unique"].disabled = True
            self.fields["is_unique"].help_text = GIVEN_UP

    @staticmethod
    def said_by(field: CustomField) -> dict[str, Any]:
        names = (
            "name",
            "placeholder",
            "description",
            "allows_custom_option",
            "accepted_formats",
            "allows_many_files",
            "most_files",
            "prefill",
            "shows_in_forms",
            "is_required",
            "is_searchable",
            "is_unique",
        )
        return {"folder": field.folder_id or "", **{name: getattr(field, name) for name in names}}

    def clean_most_files(self) -> int:
        return self.cleaned_data.get("most_files") or 1

    def values(self) -> dict[str, Any]:
        """Arguments for `create_field` or `change_field`."""
        values = dict(self.cleaned_data)
        if "allows_many_files" in values and not values["allows_many_files"]:
            values["most_files"] = 1
        return values


def options_in(data: QueryDict) -> list[dict[str, str]]:
    """The rows of the options editor; a row without a label is no option."""
    labels, keys, images = (data.getlist(name) for name in ("option_label", "option_key", "option_image"))
    rows = []
    for number, label in enumerate(labels[:1000]):
        if label.strip():
            key = keys[number] if number < len(keys) else ""
            image = images[number] if number < len(images) else ""
            rows.append({"label": label, "key": key, "image": image})
    return rows


def has_options(type: str) -> bool:
    return type in WITH_OPTIONS


class FolderForm(forms.Form):
    name = forms.CharField(max_length=200, error_messages={"required": "A folder needs a name."})


class ValueForm(forms.Form):
    name = forms.CharField(max_length=LONGEST_NAME, error_messages={"required": "A custom value needs a name."})
    value = forms.CharField(
        max_length=LONGEST_VALUE, required=False, strip=False, widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"max_length": "A value has at most 5,000 characters."},
        help_text="It may insert other values, such as {{custom_values.phone}} or {{contact.first_name}}.",
    )  # fmt: skip
    folder = forms.ChoiceField(required=False)

    def __init__(self, data: QueryDict | None = None, **given: Any) -> None:
        super().__init__(data, **given)
        folders = ValueFolder.objects.all()[:100]
        self.fields["folder"].choices = [("", "No folder"), *((row.pk, row.name) for row in folders)]  # type: ignore[attr-defined]
