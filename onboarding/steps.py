"""The first steps, each with a real test of whether it is done. Admins see the long list, everybody else the short one.

A step stands here when the area it belongs to exists; an area that is added adds its step to `STEPS`, in the order of
the first days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from accounts.models import Invitation, Location, Membership, User
from accounts.second_factor import policy
from billing import lifecycle
from billing.models import Subscription
from contacts.models import Contact
from domains.lifecycle import ACTIVE
from domains.models import Domain
from integrations import providers, states
from integrations.models import Connection
from notifications.models import Preference
from objects.models import CustomField, CustomValue
from opportunities.models import Pipeline

PROFILE = ("name", "email", "phone", "address", "city", "timezone")


@dataclass(frozen=True)
class Step:
    """One thing to do: `url` is the name of its page, `done` asks the rows themselves (a query or none)."""

    key: str
    title: str
    text: str
    url: str
    icon: str
    done: Callable[[Location, User], bool]
    ability: str = "anyone"
    skip: str = "Skip"
    in_location: bool = True  # its page is one of the location's
    is_shown: Callable[[Location], bool] = lambda place: True


def profile(place: Location, user: User) -> bool:
    return all(getattr(place, name) for name in PROFILE)


def domain(place: Location, user: User) -> bool:
    return bool(Domain.objects.filter(state=ACTIVE).exists())


def takes_domains(place: Location) -> bool:
    return bool(settings.DOMAINS_HOST)


def contacts(place: Location, user: User) -> bool:
    return bool(Contact.objects.live().exists())


def second_step(place: Location, user: User) -> bool:
    owner = place.company.owner
    return owner is not None and policy.has(owner)


def team(place: Location, user: User) -> bool:
    return bool(Membership.objects.exclude(user=user).exists() or Invitation.objects.exists())


def integrations(place: Location, user: User) -> bool:
    return bool(Connection.objects.filter(state=states.CONNECTED).exists())


def can_connect(place: Location) -> bool:
    """Whether the operator gave this installation credentials of any service."""
    return any(one.is_configured for one in providers.PROVIDERS.values())


def fields(place: Location, user: User) -> bool:
    return bool(CustomField.objects.exists() or CustomValue.objects.exists())


def pipeline(place: Location, user: User) -> bool:
    return bool(Pipeline.objects.live().exists())


def plan(place: Location, user: User) -> bool:
    return bool(Subscription.objects.filter(state__in=lifecycle.PAYING).exists())


def began_with_trial(place: Location) -> bool:
    return bool(Subscription.objects.filter(trial_started_at__isnull=False).exists())


def own_profile(place: Location, user: User) -> bool:
    return bool(user.first_name and user.last_name and user.phone)


def own_notifications(place: Location, user: User) -> bool:
    return bool(Preference.objects.filter(user=user).exists())


STEPS = [
    Step("profile", "Set the business profile", "Name, address, phone and time zone, as customers and reports see them.",
         "settings:profile", "building", profile, "locations.write"),
    Step("domain", "Connect a domain", "A name of your own instead of ours, with HTTPS; one record at your DNS provider does it.",
         "settings:domains", "globe", domain, "domains.write", is_shown=takes_domains),
    Step("contacts", "Import your first contacts", "From a CSV file; a preview shows what will change before anything does.",
         "contacts:imports", "upload", contacts, "contacts.import"),
    Step("second_step", "Turn on two-step sign-in", "A code or a passkey beside the password of the account's owner.",
         "accounts:security", "shield", second_step, in_location=False),
    Step("team", "Invite the team", "Everybody with an own sign-in and just the access they need.",
         "settings:invite", "user-plus", team, "users.write", skip="I work alone"),
    Step("integrations", "Connect integrations", "Slack hears of new contacts and won deals the moment they happen.",
         "settings:integrations", "puzzle", integrations, "integrations.write", is_shown=can_connect),
    Step("fields", "Add custom fields and values", "What your business notes about its customers and nobody else's does.",
         "settings:fields", "list", fields, "locations/customFields.write"),
    Step("pipeline", "Create a pipeline", "The stages a deal goes through, from the first call to the signature.",
         "settings:pipelines", "board", pipeline, "pipelines.write"),
    Step("plan", "Choose a plan", "Nothing is charged before. The data of the trial stays.",
         "settings:billing_plans", "card", plan, "billing.write", is_shown=began_with_trial),
]  # fmt: skip
SHORT = [
    Step("own_profile", "Complete your profile", "Your full name and a phone number, for your colleagues.",
         "accounts:profile", "user", own_profile, in_location=False),
    Step("own_alerts", "Choose your notifications", "What you are told about, in the app and by mail.",
         "notifications:preferences", "bell", own_notifications),
]  # fmt: skip
