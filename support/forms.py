"""Forms of tickets. They shape input; `support.tickets` decides."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts import current
from support.models.ticket import ACCESS, CATEGORIES, SEVERITIES

OWN_FORMS = ("sso", "baa", "dpa")
PLAIN = [(key, label) for key, label in CATEGORIES if key not in OWN_FORMS]


def long_text(label: str, help_text: str = "", rows: int = 6, required: bool = True) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=20_000, help_text=help_text, widget=widget, required=required)


class TicketForm(forms.Form):
    """A question of any kind."""

    kind, title, lead = "", "New ticket", "Say what happened, what you expected, and where."

    subject = forms.CharField(label="Subject", max_length=200)
    category = forms.ChoiceField(label="What it is about", choices=[("", "Choose …"), *PLAIN])
    severity = forms.ChoiceField(label="How urgent", choices=SEVERITIES, initial="normal")
    body = long_text("Description")
    about = forms.ChoiceField(label="Concerns", choices=[("here", "This location"), ("all", "The whole account")])
    access = forms.TypedChoiceField(
        label="May support look into your account?",
        choices=ACCESS,
        coerce=int,
        empty_value=0,
        required=False,
        help_text="Ends by itself, and you can withdraw it at any time.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "about" in self.fields:
            about: Any = self.fields["about"]
            about.choices = [("here", current.location().name), ("all", "The whole account")]

    def values(self) -> dict[str, Any]:
        """What `tickets.open_ticket` takes."""
        given = self.cleaned_data
        return {
            "subject": given["subject"],
            "category": given["category"],
            "severity": given["severity"],
            "body": given["body"],
            "location": current.location() if given["about"] == "here" else None,
            "access_hours": given["access"] or 0,
        }


class RequestForm(forms.Form):
    """Base of the categories with a form of their own: what is asked goes into the ticket's answers."""

    kind, title, lead, subject = "", "", "", ""

    body = long_text("Anything else", rows=4, required=False)

    def values(self) -> dict[str, Any]:
        """What `tickets.open_ticket` takes."""
        given = dict(self.cleaned_data)
        body = given.pop("body")
        asked = [(name, given[name]) for name in self.fields if given.get(name)]
        return {
            "subject": self.subject,
            "category": self.kind,
            "body": body or self.subject,
            "answers": [(str(self.fields[name].label), str(value)) for name, value in asked],
        }


class SsoForm(RequestForm):
    kind, title = "sso", "Set up single sign-on"
    lead = "Single sign-on comes with Enterprise. Support sets it up together with whoever runs your identity provider."
    subject = "Single sign-on"

    provider = forms.CharField(label="Identity provider", max_length=100, help_text="Okta, Entra ID, Google …")
    domains = forms.CharField(label="E-mail domains", max_length=300, help_text="Those your people sign in with.")
    contact = forms.EmailField(label="Technical contact")
    people = forms.IntegerField(label="People who will use it", min_value=1, max_value=1_000_000)

    field_order = ["provider", "domains", "contact", "people", "body"]


class BaaForm(RequestForm):
    kind, title = "baa", "HIPAA: business associate agreement"
    lead = (
        "HIPAA mode needs an agreement signed by both sides. Support sends it to you; the countersigned copy is filed."
    )
    subject = "Business associate agreement"

    company = forms.CharField(label="Legal name of the company", max_length=200)
    locations = forms.CharField(label="Locations it covers", max_length=500)
    signer = forms.CharField(label="Who signs", max_length=200)
    position = forms.CharField(label="Their position", max_length=200)
    email = forms.EmailField(label="Their e-mail")

    field_order = ["company", "locations", "signer", "position", "email", "body"]


class DpaForm(RequestForm):
    kind, title = "dpa", "Signed copy of the DPA"
    lead = "The agreement applies already. For your files you get a copy signed by us."
    subject = "Signed copy of the data processing agreement"

    company = forms.CharField(label="Legal name of the company", max_length=200)
    address = forms.CharField(label="Address", max_length=300)
    signer = forms.CharField(label="Who signs for you", max_length=200)
    email = forms.EmailField(label="Their e-mail")

    field_order = ["company", "address", "signer", "email", "body"]


FORMS: dict[str, Any] = {"": TicketForm, **{form.kind: form for form in (SsoForm, BaaForm, DpaForm)}}


class ReplyForm(forms.Form):
    body = long_text("Your reply", rows=5)


class HoldForm(forms.Form):
    """The form on the notice page of an account on hold."""

    body = long_text("Your message to support", rows=6)
