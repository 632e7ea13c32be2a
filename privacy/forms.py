"""Forms of this app. They shape input; the models and `privacy.exporting` decide."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from accounts import current, hipaa
from accounts.models import User
from core import clock, scope
from core.scope import Actor
from privacy import record_sets
from privacy.models.data_export import FORMATS
from privacy.models.privacy_request import KINDS


class ExportForm(forms.Form):
    sets = forms.MultipleChoiceField(label="What", widget=forms.CheckboxSelectMultiple)
    formats = forms.MultipleChoiceField(
        label="As", choices=FORMATS, widget=forms.CheckboxSelectMultiple, initial=["csv", "json"]
    )
    since = forms.DateField(label="Added from", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="to", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    with_files = forms.BooleanField(label="With documents, pictures and files of fields", required=False, initial=True)

    purpose = forms.CharField(
        label="Why is it exported?",
        max_length=hipaa.LONGEST_PURPOSE,
        help_text="HIPAA mode is on. The reason is kept in the audit log.",
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not hipaa.is_on():
            del self.fields["purpose"]
        self.rows = [one for one in record_sets.SETS if actor.may(one.ability)]
        what: Any = self.fields["sets"]
        what.choices = [(one.key, one.label) for one in self.rows]
        what.initial = [one.key for one in self.rows]
        what.error_messages["required"] = "Choose what to export."
        self.fields["formats"].error_messages["required"] = "Choose CSV, JSON or both."

    @property
    def choices(self) -> list[tuple[record_sets.RecordSet, bool]]:
        """Every record set and whether it is chosen."""
        held = self["sets"].value() or []
        return [(one, one.key in held) for one in self.rows]


class RequestForm(forms.Form):
    kind = forms.ChoiceField(label="Request", choices=KINDS)
    name = forms.CharField(label="Person", max_length=200)
    email = forms.EmailField(label="E-mail", required=False, help_text="Finds the contact it is about.")
    received_on = forms.DateField(label="Received on", widget=forms.DateInput(attrs={"type": "date"}))
    handler = forms.ModelChoiceField(User.objects.none(), label="Handled by", required=False, empty_label="Nobody yet")
    note = forms.CharField(
        label="What was asked", required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        handlers: Any = self.fields["handler"]
        handlers.queryset = User.objects.working_at(scope.location_id())
        self.fields["received_on"].initial = clock.today(current.location().zone)

    def values(self) -> dict[str, Any]:
        """What `PrivacyRequest.receive` takes. A request of today was received now, an earlier one as its day began."""
        values = dict(self.cleaned_data)
        day: dt.date = values.pop("received_on")
        zone = current.location().zone
        now = clock.now()
        values["received_at"] = now if day == clock.today(zone) else clock.midnight(day, zone)
        return values
