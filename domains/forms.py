"""The forms of domains and redirects."""

from __future__ import annotations

from typing import Any

from django import forms

from core.errors import Invalid, Refused
from domains.models.domain import LONGEST_ROBOTS
from domains.models.redirect import LONGEST_PATH, LONGEST_TARGET

HOST = {"inputmode": "url", "spellcheck": "false", "autocapitalize": "none", "placeholder": "www.example.com"}


class DomainForm(forms.Form):
    host = forms.CharField(
        label="Domain",
        max_length=1000,
        widget=forms.TextInput(attrs=HOST),
        help_text="One you own. HoopAI sells none; buy yours at any registrar.",
    )
    twin = forms.BooleanField(
        label="Connect it with and without www",
        required=False,
        help_text="www.example.com and example.com are two names. The other one is added too and sends its visitors here.",
    )


class RobotsForm(forms.Form):
    robots = forms.CharField(
        label="robots.txt",
        required=False,
        max_length=LONGEST_ROBOTS,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "mono"}),
        help_text="What search engines may read. Empty: everything.",
    )


class RedirectForm(forms.Form):
    path = forms.CharField(
        label="Path",
        max_length=LONGEST_PATH,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none", "placeholder": "/old-page"}),
        help_text="Upper and lower case are the same. /blog/* is everything below /blog, /* everything.",
    )
    target = forms.CharField(
        label="Leads to",
        max_length=LONGEST_TARGET,
        widget=forms.TextInput(attrs={**HOST, "placeholder": "https://example.com/new-page"}),
        help_text="With a star at its end, such as https://example.com/*, it keeps what the star of the path stood for.",
    )
    is_permanent = forms.TypedChoiceField(
        label="Kind",
        choices=[("1", "Permanent (301): search engines take over the new address"), ("0", "Temporary (302)")],
        coerce=lambda value: value == "1",
        initial="1",
    )


def say(form: forms.Form, error: Invalid | Refused) -> None:
    """Show what a verb refused, each sentence at its field."""
    told: dict[str, str] = error.errors if isinstance(error, Invalid) else {"": error.message}
    for field, sentence in told.items():
        form.add_error(field if field in form.fields else None, sentence)


def status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200
