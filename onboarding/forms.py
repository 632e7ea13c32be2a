"""The form that opens an account."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts import countries, passwords
from accounts.forms import password_field, zone_choices
from accounts.models import Company
from billing import plans

DEFAULT_PLAN = "professional"


def words(label: str, longest: int, autocomplete: str, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=longest, widget=forms.TextInput(attrs={"autocomplete": autocomplete}), **options
    )


class SignUpForm(forms.Form):
    first_name = words("First name", 100, "given-name")
    last_name = words("Last name", 100, "family-name")
    business = words("Business name", 200, "organization")
    email = forms.EmailField(
        label="Work e-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
    )
    password = password_field("Password", "new-password")
    country = forms.ChoiceField(label="Country", widget=forms.Select(attrs={"autocomplete": "country"}))
    timezone = forms.ChoiceField(label="Time zone")
    plan = forms.ChoiceField(label="Plan to try", widget=forms.RadioSelect)
    accepted = forms.BooleanField(
        label="I accept the terms and the privacy notice",
        error_messages={"required": "Read and accept the terms and the privacy notice to go on."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plans = plans.current()
        self.fields["country"].choices = [("", "Choose one"), *countries.names().items()]  # type: ignore[attr-defined]
        self.fields["timezone"].choices = zone_choices("Choose one")  # type: ignore[attr-defined]
        self.fields["plan"].choices = [(plan.key, plan.name) for plan in self.plans]  # type: ignore[attr-defined]
        self.fields["password"].help_text = passwords.rules_in_words(Company())

    def values(self) -> dict[str, str]:
        """What `signing_up.sign_up` takes."""
        return {name: value for name, value in self.cleaned_data.items() if name != "accepted"}
