"""A contact or a company added in passing, from the record of something it is linked with."""

from __future__ import annotations

from typing import Any

from django import forms

from contacts import companies, identity
from contacts.duplicates import match_for
from contacts.models import Business, Contact
from core import scope
from core.errors import Invalid


class QuickContactForm(forms.Form):
    """Any of the four is enough."""

    first_name = forms.CharField(label="First name", max_length=100, required=False)
    last_name = forms.CharField(label="Last name", max_length=100, required=False)
    email = forms.CharField(label="E-mail", max_length=254, required=False, widget=forms.EmailInput())
    phone = forms.CharField(max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"}))

    def add(self) -> Contact:
        """Add the contact; one that a restricted person adds is theirs.

        Raises:
            Invalid: {field: sentence}; also when somebody else has the e-mail or phone.
        """
        given: dict[str, Any] = dict(self.cleaned_data)
        actor = scope.current().actor
        if not actor.sees_everything:
            given["assigned_to"] = actor.id
        try:
            return identity.add(**given)
        except identity.Duplicate as error:
            match = match_for(error, actor)
            raise Invalid({match.field: match.sentence}) from error


class QuickBusinessForm(forms.Form):
    name = forms.CharField(max_length=200, error_messages={"required": "A company needs a name."})
    phone = forms.CharField(max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"}))
    email = forms.CharField(label="E-mail", max_length=254, required=False, widget=forms.EmailInput())
    website = forms.CharField(max_length=500, required=False)

    def add(self) -> Business:
        """Add the company.

        Raises:
            Invalid: {field: sentence}.
        """
        return companies.add_business(**self.cleaned_data)
