"""Forms about people, their roles and invitations. They shape input; verbs do the writing."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts import abilities, passwords
from accounts.forms import password_field
from accounts.models import Company, Invitation, Membership, Role, User

BUILT_IN = [("admin", "Admin"), ("user", "User")]
ONLY_ASSIGNED = "Sees only what is assigned to or followed by them"


def role_choices() -> list[tuple[str, str]]:
    """The roles of the location in scope: the two that are built in, then its own. One query."""
    return [*BUILT_IN, *Role.objects.order_by("name", "pk").values_list("pk", "name")[:200]]


class GivesAccess(forms.Form):
    """A role, whether only assigned data is seen, and the switches on top of the role."""

    role = forms.ChoiceField(help_text="An admin may do everything in this location.")
    only_assigned = forms.BooleanField(label=ONLY_ASSIGNED, required=False)
    granted = forms.MultipleChoiceField(label="May also", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = role_choices()  # type: ignore[attr-defined]
        self.fields["granted"].choices = list(abilities.SWITCHES.items())  # type: ignore[attr-defined]

    def access(self) -> dict[str, Any]:
        """What `Membership.set_access` and `invite` take. Another role chosen with the switches left alone brings its own."""
        values = self.cleaned_data
        role, switches = values["role"], set(values["granted"])
        untouched = role != self.initial.get("role") and switches == set(self.initial.get("granted", ()))
        custom = None if role in dict(BUILT_IN) else Role.objects.get(pk=role)
        return {
            "role": "user" if custom else role,
            "custom_role": custom,
            "only_assigned": values.get("only_assigned", False) and role != "admin",
            "may": None if untouched else switches,
        }


class AccessForm(GivesAccess):
    """The access of somebody who is here."""

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        held = {
            "role": membership.custom_role_id or membership.role,
            "only_assigned": membership.only_assigned,
            "granted": sorted(membership.abilities & abilities.SWITCHES.keys()),
        }
        super().__init__(*args, initial=held, **kwargs)
        if membership.role == "admin":
            del self.fields["only_assigned"]  # an admin sees everything


class InviteForm(GivesAccess):
    """Somebody new: who, and with what access."""

    first_name = forms.CharField(max_length=100, required=False)
    last_name = forms.CharField(max_length=100, required=False)
    email = forms.EmailField(label="E-mail", max_length=254)
    field_order = ["email", "first_name", "last_name", "role", "only_assigned", "granted"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        start = {"role": "user", "granted": sorted(abilities.of_role("user") & abilities.SWITCHES.keys())}
        super().__init__(*args, initial=start, **kwargs)


class HeirForm(forms.Form):
    """Who inherits what is theirs."""

    heir = forms.ModelChoiceField(
        label="Hand over to",
        queryset=User.objects.none(),
        required=False,
        help_text="Contacts, opportunities and open tasks of theirs in this location.",
    )

    def __init__(self, *args: Any, people: Any, nobody: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["heir"].queryset = people  # type: ignore[attr-defined]
        self.fields["heir"].empty_label = nobody  # type: ignore[attr-defined]


class OwnerForm(forms.Form):
    to = forms.ModelChoiceField(label="New owner", queryset=User.objects.none(), empty_label="Choose an admin")

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people  # type: ignore[attr-defined]


class CopyForm(forms.Form):
    source = forms.ModelChoiceField(
        label="Copy from", queryset=Membership.objects.none(), empty_label="Choose a person",
        help_text="Role, switches and what is seen become the same as theirs.",
    )  # fmt: skip

    def __init__(self, *args: Any, members: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = members  # type: ignore[attr-defined]
        self.fields["source"].label_from_instance = lambda held: f"{held.user} ({held.role_name})"  # type: ignore[attr-defined]


class JoinForm(forms.Form):
    """The name and password of somebody who follows an invitation."""

    first_name = forms.CharField(max_length=100, widget=forms.TextInput(attrs={"autocomplete": "given-name"}))
    last_name = forms.CharField(
        max_length=100, required=False, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )
    new = password_field("Password", "new-password")

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        names = {"first_name": invitation.first_name, "last_name": invitation.last_name}
        super().__init__(*args, initial=names, **kwargs)
        company: Company = invitation.location.company
        self.fields["new"].help_text = passwords.rules_in_words(company)


class RoleForm(forms.Form):
    """A role of the location's own."""

    name = forms.CharField(max_length=60)
    description = forms.CharField(max_length=300, required=False, label="What it is for")
    abilities = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["abilities"].choices = [(name, name) for name in sorted(abilities.FOR_ROLES)]  # type: ignore[attr-defined]


class ReplaceForm(forms.Form):
    instead = forms.ChoiceField(label="They get instead")

    def __init__(self, *args: Any, roles: list[tuple[str, str]], needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["instead"].choices = [("", "Choose a role"), *roles]  # type: ignore[attr-defined]
        self.fields["instead"].required = needed
