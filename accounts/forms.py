"""Forms of the account and of the location's settings. They shape input; verbs do the writing."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts import countries, zones
from accounts.models import Location, Membership, User
from core.errors import Invalid
from core.text import is_web_address

LONGEST_PASSWORD = 512
MATCH_ORDERS = [
    ("email,phone", "E-mail first, then phone"),
    ("phone,email", "Phone first, then e-mail"),
    ("email", "E-mail only"),
    ("phone", "Phone only"),
]


def password_field(label: str, autocomplete: str, help_text: str = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, widget=widget, strip=False, max_length=LONGEST_PASSWORD, help_text=help_text)


def show_errors(form: forms.Form, error: Invalid) -> None:
    """Put a verb's refusal beside the fields it names."""
    for name, sentence in error.errors.items():
        form.add_error(name if name in form.fields else None, sentence)


def zone_choices(empty: str) -> list[tuple[str, str]]:
    return [("", empty), *((name, name.replace("_", " ")) for name in zones.names())]


class SignInForm(forms.Form):
    email = forms.CharField(
        label="E-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
    )
    password = password_field("Password", "current-password")


class ResetForm(forms.Form):
    email = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


class NewPasswordForm(forms.Form):
    new = password_field(
        "New password", "new-password", "At least 10 characters. A few words you can remember do well."
    )
    again = password_field("The same again", "new-password")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("new") and found.get("again") and found["new"] != found["again"]:
            self.add_error("again", "The two passwords differ.")
        return found


class ChangePasswordForm(NewPasswordForm):
    old = password_field("Present password", "current-password")
    field_order = ["old", "new", "again"]


class ProfileForm(forms.ModelForm):
    timezone = forms.ChoiceField(label="Time zone", required=False, help_text="For the times you see on pages.")

    class Meta:
        model = User
        fields = ["first_name", "last_name", "phone", "timezone", "shortcuts"]
        help_texts = {"shortcuts": "Single letters such as C or G C open pages. Ctrl K works either way."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["timezone"].choices = zone_choices("The time zone of each location")  # type: ignore[attr-defined]
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"
        self.fields["phone"].widget.attrs["autocomplete"] = "tel"


class BusinessProfileForm(forms.ModelForm):
    timezone = forms.ChoiceField(
        label="Time zone", help_text="Due dates, exports and reports of this location follow it."
    )
    country = forms.ChoiceField(
        label="Country", help_text="Phone numbers without a country code are read as of this country."
    )
    match_order = forms.ChoiceField(
        label="Duplicates are found by",
        choices=MATCH_ORDERS,
        help_text="Used when contacts are added, imported or upserted.",
    )

    class Meta:
        model = Location
        fields = [
            "name", "email", "phone", "website", "address", "city", "state", "postal_code", "country", "timezone",
            "allow_duplicates",
        ]  # fmt: skip
        labels = {"email": "E-mail", "postal_code": "Postal code", "allow_duplicates": "Allow duplicate contacts"}
        help_texts = {"allow_duplicates": "Two contacts may then share an e-mail or a phone number."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = self.instance
        self.fields["timezone"].choices = zone_choices("Choose one")[1:]  # type: ignore[attr-defined]
        self.fields["country"].choices = list(countries.names().items())  # type: ignore[attr-defined]
        held = ",".join(place.match_by)
        if held and held not in dict(MATCH_ORDERS):
            self.fields["match_order"].choices = [*MATCH_ORDERS, (held, held.replace(",", ", then "))]  # type: ignore[attr-defined]
        self.initial["match_order"] = held or "email,phone"

    def clean_website(self) -> str:
        text = str(self.cleaned_data["website"]).strip()
        if text and not is_web_address(text):
            raise forms.ValidationError("Not a web address; use https://example.com")
        return text

    def values(self) -> dict[str, Any]:
        """The columns as `Location.change` takes them."""
        found = dict(self.cleaned_data)
        found["match_by"] = found.pop("match_order").split(",")
        return found


class AccessForm(forms.ModelForm):
    """A person's role in the location and the switches on top of it."""

    granted = forms.MultipleChoiceField(label="May also", required=False, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = Membership
        fields = ["role", "only_assigned"]
        labels = {"only_assigned": "Sees only what is assigned to or followed by them"}

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("role") == "admin":
            found["only_assigned"] = False
        return found
