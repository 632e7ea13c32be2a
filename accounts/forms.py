"""Forms of the account and of the location's settings. They shape input; verbs do the writing."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts import countries, passwords, zones
from accounts.models import Location, User
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


def code_field(label: str, help_text: str = "", longest: int = 20) -> forms.CharField:
    """A code of the second step. Blanks and dashes in it do no harm."""
    widget = forms.TextInput(
        attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
    )
    return forms.CharField(label=label, max_length=longest, help_text=help_text, widget=widget)


class CodeForm(forms.Form):
    code = code_field("Code")
    trust = forms.BooleanField(label="Do not ask in this browser for 30 days", required=False)


class SetUpForm(forms.Form):
    code = code_field("The code your app shows", "Six digits. They change every 30 seconds.")


class SwitchOffForm(forms.Form):
    password = password_field("Password", "current-password")
    code = code_field("Code", "From your authenticator app, or a backup code.")


class ConfirmForm(forms.Form):
    """One of the two is enough."""

    password = password_field("Password", "current-password")
    code = code_field("Code", "From your authenticator app, or a backup code.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not found.get("password") and not found.get("code") and not self.errors:
            self.add_error("password", "Type your password.")
        return found


class SecurityForm(forms.Form):
    """What a company asks of its people's sign-in."""

    second_step = forms.ChoiceField(
        label="Two-step sign-in is required of",
        required=False,
        choices=[("", "Nobody: everybody decides"), ("admins", "Admins"), ("everyone", "Everyone")],
        widget=forms.RadioSelect,
    )
    second_step_grace = forms.IntegerField(
        label="Days to set it up",
        min_value=0,
        max_value=30,
        help_text="0 to 30. Afterwards signing in leads to the set-up and nowhere else.",
    )
    password_length = forms.IntegerField(
        label="Shortest password", min_value=8, max_value=64, help_text="8 to 64 characters. Holds for new passwords."
    )
    password_mix = forms.BooleanField(label="Passwords need upper and lower case, a digit and a symbol", required=False)


class SingleSignOnForm(forms.Form):
    email = forms.CharField(
        label="E-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
    )


class MetadataForm(forms.Form):
    """The metadata of an identity provider: pasted, or a file. The file counts when there are both."""

    metadata = forms.CharField(
        label="Metadata (XML)",
        required=False,
        strip=False,
        max_length=256 * 1024,
        help_text="What your provider offers as SAML metadata: paste it here, or choose the file.",
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )
    file = forms.FileField(
        label="Metadata file", required=False, widget=forms.FileInput(attrs={"accept": ".xml,text/xml,application/xml"})
    )

    def clean(self) -> dict[str, Any]:
        """Both ways end in `data`, bytes. What is longer than metadata can be is read no further."""
        found = super().clean() or {}
        chosen, pasted = found.get("file"), found.get("metadata", "").strip()
        found["data"] = chosen.read(256 * 1024 + 1) if chosen else pasted.encode()
        if not found["data"] and not self.errors:
            self.add_error("metadata", "Paste the metadata of your identity provider, or choose its file.")
        return found


class SignOnModeForm(forms.Form):
    mode = forms.ChoiceField(
        label="How people sign in",
        choices=[
            ("off", "Off: with a password"),
            ("optional", "Optional: with a password or single sign-on"),
            ("enforced", "Enforced: with single sign-on only. The owner keeps the password, for emergencies"),
        ],
        widget=forms.RadioSelect,
    )


class ResetForm(forms.Form):
    email = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


class NewPasswordForm(forms.Form):
    new = password_field("New password", "new-password")
    again = password_field("The same again", "new-password")

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new"].help_text = passwords.rules_in_words(passwords.company_of(user))

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
