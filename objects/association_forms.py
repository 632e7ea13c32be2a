"""Forms of association types and of links between records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from objects.associations import LONGEST_LABEL
from objects.models import Association
from objects.models.association import HIGHEST_LIMIT
from objects.types import RecordType

NEEDED = {"required": "A label is needed."}


def limit_field(label: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=1,
        max_value=HIGHEST_LIMIT,
        help_text=f"1 to {HIGHEST_LIMIT:,}; empty for any number.",
    )


class AssociationForm(forms.Form):
    """A new type: both kinds, the label each side reads, and how many each can have."""

    first_kind = forms.ChoiceField(label="From")
    second_kind = forms.ChoiceField(label="To")
    first_label = forms.CharField(
        label="Label on the first record",
        max_length=LONGEST_LABEL,
        error_messages=NEEDED,
        help_text="What is read there, such as Employee of.",
    )
    second_label = forms.CharField(
        label="Label on the second record",
        max_length=LONGEST_LABEL,
        required=False,
        help_text="Such as Employs. Empty between records of one kind: both read the same, such as Spouse of.",
    )
    most_seconds = limit_field("How many a first record can have")
    most_firsts = limit_field("How many a second record can have")

    def __init__(self, data: Any = None, *, kinds: Sequence[RecordType], initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        for name in ("first_kind", "second_kind"):
            self.fields[name].choices = [(kind.key, kind.label) for kind in kinds]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        is_one_kind = given.get("first_kind") == given.get("second_kind")
        if not is_one_kind and not given.get("second_label") and "second_label" not in self.errors:
            self.add_error("second_label", "A label is needed: the two sides are of different kinds.")
        return given


class AssociationChangeForm(forms.Form):
    """Labels and limits of a type; of one of the system the labels only, of a symmetric one a single label and limit."""

    first_label = forms.CharField(max_length=LONGEST_LABEL, error_messages=NEEDED)
    second_label = forms.CharField(max_length=LONGEST_LABEL, error_messages=NEEDED)
    most_seconds = limit_field("")
    most_firsts = limit_field("")

    def __init__(self, data: Any = None, *, association: Association, first: RecordType, second: RecordType) -> None:
        super().__init__(data, initial={name: getattr(association, name) for name in self.base_fields})
        of_one, of_other = first.label.lower(), second.label.lower()
        self.fields["first_label"].label = f"Label on a {of_one}"
        self.fields["second_label"].label = f"Label on a {of_other}"
        self.fields["most_seconds"].label = f"{second.plural} per {of_one}"
        self.fields["most_firsts"].label = f"{first.plural} per {of_other}"
        if association.is_within_one_kind and not association.is_symmetric:
            self.fields["first_label"].label = "Label on the first record"
            self.fields["second_label"].label = "Label on the second record"
            self.fields["most_seconds"].label = "How many a first record can have"
            self.fields["most_firsts"].label = "How many a second record can have"
        if association.is_symmetric:
            self.fields["first_label"].label = "Label"
            del self.fields["second_label"], self.fields["most_firsts"]
        if association.is_system:
            del self.fields["most_seconds"], self.fields["most_firsts"]


def label_choices(kind: str, associations: Iterable[Association], other: str) -> list[tuple[str, str]]:
    """(type id and side, label) of every way in which a record of `kind` can be linked with one of kind `other`."""
    found = []
    for one in associations:
        if (one.first_kind, one.second_kind) == (kind, other):
            found.append((f"{one.pk}:first", one.first_label))
        if (one.second_kind, one.first_kind) == (kind, other) and not one.is_symmetric:
            found.append((f"{one.pk}:second", one.second_label))
    return found
