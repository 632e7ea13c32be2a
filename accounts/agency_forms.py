"""Forms of the agency's pages."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts import countries
from accounts.forms import zone_choices
from accounts.models import Location, User
from core.text import is_web_address


class LocationForm(forms.ModelForm):
    """What a new location begins with."""

    timezone = forms.ChoiceField(label="Time zone")
    country = forms.ChoiceField(label="Country")

    class Meta:
        model = Location
        fields = [
            "name", "email", "phone", "website", "address", "city", "state", "postal_code", "country", "timezone",
            "allow_duplicates", "allow_duplicate_opportunities",
        ]  # fmt: skip
        labels = {
            "email": "E-mail",
            "postal_code": "Postal code",
            "allow_duplicates": "Allow duplicate contacts",
            "allow_duplicate_opportunities": "Allow duplicate opportunities",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["timezone"].choices = zone_choices("Choose one")[1:]  # type: ignore[attr-defined]
        self.fields["country"].choices = list(countries.names().items())  # type: ignore[attr-defined]

    def clean_website(self) -> str:
        text = str(self.cleaned_data["website"]).strip()
        if text and not is_web_address(text):
            raise forms.ValidationError("Not a web address; use https://example.com")
        return text


class DeleteForm(forms.Form):
    """The name of a location, typed."""

    name = forms.CharField(label="Type the name to confirm", max_length=200)

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = name
        self.fields["name"].help_text = name
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_name(self) -> str:
        if self.cleaned_data["name"].strip() != self.wanted.strip():
            raise forms.ValidationError("That is not the name of the location.")
        return self.wanted


class AgencyRoleForm(forms.Form):
    role = forms.ChoiceField(required=False, choices=User._meta.get_field("agency_role").choices)  # type: ignore[arg-type]


class AgencyPersonForm(forms.Form):
    email = forms.EmailField(label="E-mail", max_length=254)
    first_name = forms.CharField(max_length=100)
    last_name = forms.CharField(max_length=100, required=False)
    agency_role = forms.ChoiceField(
        label="Role",
        choices=[("user", "User: works in every location"), ("admin", "Admin: everything in every location")],
    )
