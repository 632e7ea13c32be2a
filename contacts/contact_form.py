"""The forms that add a contact and that edit all of one at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from accounts import countries, zones
from accounts.models import Team, User
from contacts import addressing, details
from contacts.consent import offered
from contacts.models import Contact
from contacts.models.addresses import MOST
from contacts.models.consent import CHANNELS
from core.errors import Invalid
from core.phones import LABELS
from objects.models import CustomField

PLAIN = {
    "address": ("Street", 300),
    "city": ("City", 100),
    "state": ("State", 100),
    "postal_code": ("Postal code", 20),
    "website": ("Website", 500),
    "gender": ("Gender", 50),
    "source": ("Source", 200),
}


@dataclass
class AddressRow:
    """One line of the e-mails or phones of the form: what was typed, what is wrong with it, what it becomes."""

    value: str = ""
    label: str = ""
    error: str = ""
    stored: str = ""


class Addresses:
    """The e-mails or the phones of the form; the first one filled in is the primary one."""

    def __init__(self, kind: str, data: QueryDict | None = None) -> None:
        self.kind = kind
        self.error = ""
        self.rows: list[AddressRow] = []
        if data is not None:
            labels = data.getlist("phone_label") if kind == "phone" else []
            for number, value in enumerate(data.getlist(kind)[: MOST + 1]):
                self.rows.append(AddressRow(value[:300], labels[number] if number < len(labels) else ""))
        self.rows = self.rows or [AddressRow()]

    @property
    def may_grow(self) -> bool:
        return len(self.rows) < MOST

    @property
    def labels(self) -> tuple[str, ...]:
        return LABELS if self.kind == "phone" else ()

    @property
    def filled(self) -> list[AddressRow]:
        return [row for row in self.rows if row.value.strip()]

    def check(self) -> bool:
        """Bring every row into its stored form; what cannot be is said at its row."""
        for row in self.filled:
            try:
                row.stored = addressing.normal(self.kind, row.value)
            except Invalid as error:
                row.error = say(next(iter(error.errors.values())))
        if len(self.filled) > MOST:
            noun = "phone numbers" if self.kind == "phone" else "e-mail addresses"
            self.error = f"A contact can hold {MOST} {noun}."
        return not self.error and not any(row.error for row in self.rows)

    def values(self) -> dict[str, Any]:
        """Columns of Contact."""
        first, rest = self.filled[:1], self.filled[1:]
        if self.kind == "email":
            return {"email": first[0].stored if first else "", "more_emails": [row.stored for row in rest]}
        return {
            "phone": first[0].stored if first else "",
            "phone_label": first[0].label if first else "",
            "more_phones": [{"number": row.stored, "label": row.label} for row in rest],
        }

    def grow(self) -> None:
        if self.may_grow:
            self.rows.append(AddressRow())


class ContactForm(forms.Form):
    """Names, kind, owner, time zone; e-mails and phones stand beside it as `Addresses`."""

    first_name = forms.CharField(label="First name", max_length=100, required=False)
    last_name = forms.CharField(label="Last name", max_length=100, required=False)
    type = forms.ChoiceField(label="Type", choices=details.CHOICES["type"], required=False, initial="lead")
    timezone = forms.ChoiceField(label="Time zone", required=False)
    assigned_to = forms.ChoiceField(label="Owner", required=False)

    def __init__(self, *args: Any, people: Iterable[User] = (), teams: Iterable[Team] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["timezone"].choices = [
            ("", "Not known"),
            *((name, name.replace("_", " ")) for name in zones.names()),
        ]
        owners = [(person.pk, person.name or person.email) for person in people]
        groups = [("People", owners), ("Teams", [(team.pk, team.name) for team in teams])]
        self.fields["assigned_to"].choices = [("", "Nobody"), *(group for group in groups if group[1])]


class NewContactForm(ContactForm):
    dnd = forms.BooleanField(label="All channels", required=False)
    channels = forms.MultipleChoiceField(
        label="Do not disturb",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channels"].choices = [(name, CHANNELS[name]) for name in offered()]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """What `identity.add` takes."""
        given = dict(self.cleaned_data)
        given["owner"] = given.pop("assigned_to")
        given["channels"] = {name: {"status": "active"} for name in given["channels"]}
        given["dnd"] = True if given["dnd"] else None
        return given


class WholeContactForm(ContactForm):
    """Every field that one control can hold; each carries what it showed, so that only changed ones are written."""

    date_of_birth = forms.DateField(
        label="Birthday", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    country = forms.ChoiceField(label="Country", required=False)

    def __init__(
        self, contact: Contact, fields: Sequence[CustomField], may_change_owner: bool, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.custom = {f"custom_{one.pk}": details.custom(contact, one) for one in fields}
        self.fields["country"].choices = [("", "Not known"), *countries.names().items()]
        for name, (label, longest) in PLAIN.items():
            self.fields[name] = forms.CharField(label=label, max_length=longest, required=False)
        for name, row in self.custom.items():
            control = control_of(row)
            if control is not None:
                self.fields[name] = control
        if not may_change_owner:
            del self.fields["assigned_to"]
        elif contact.assigned_to and not contact.assigned_to.is_active:
            self.fields["assigned_to"].choices += [(contact.assigned_to_id, str(contact.assigned_to))]
        for name, control in self.fields.items():
            control.show_hidden_initial = True
            row = self.custom.get(name)
            self.initial[name] = (
                row.value if row else contact.owner_id if name == "assigned_to" else getattr(contact, name)
            )

    def values(self) -> dict[str, Any]:
        """What `identity.edit` takes: the changed fields only."""
        found: dict[str, Any] = {}
        custom: dict[str, Any] = {}
        for name in self.changed_data:
            if name in self.custom:
                custom[self.custom[name].name] = self.cleaned_data[name]
            else:
                given = self.cleaned_data[name]
                found["owner" if name == "assigned_to" else name] = given or (None if name == "date_of_birth" else "")
        return {**found, **({"custom": custom} if custom else {})}


def control_of(row: details.Row) -> forms.Field | None:
    """The form field of a custom field, or None where one control cannot hold it."""
    if row.kind in ("choice", "radio"):
        options = row.options if row.kind == "choice" else [("", "–"), *row.options]
        return forms.ChoiceField(label=row.label, choices=options, required=False)
    if row.kind in ("choices", "checks"):
        return forms.MultipleChoiceField(
            label=row.label, choices=row.options, required=False, widget=forms.CheckboxSelectMultiple
        )
    if row.kind == "long":
        return forms.CharField(
            label=row.label, max_length=row.longest, required=False, widget=forms.Textarea(attrs={"rows": 3})
        )
    kinds = {
        "date": "date",
        "time": "time",
        "email": "email",
        "phone": "tel",
        "text": "text",
        "number": "text",
        "money": "text",
    }
    if row.kind not in kinds:
        return None
    widget = forms.TextInput(attrs={"type": kinds[row.kind]})
    return forms.CharField(label=row.label, max_length=row.longest, required=False, widget=widget)


def say(text: str) -> str:
    """A sentence with a capital and a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
