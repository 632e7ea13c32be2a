"""What of this app is counted against a company's plan."""

from __future__ import annotations

from typing import Any

from accounts.models import Location, Team
from billing.meters import define
from contacts.models import Contact, SmartList, Tag


def places_of(company_id: str) -> Any:
    """The ids of a company's locations, for a subquery."""
    return (
        Location.objects.everywhere(reason="a plan counts all of a company").filter(company_id=company_id).values("pk")
    )


def contacts(company_id: str) -> int:
    rows = Contact.objects.everywhere(reason="a plan counts all of a company").live()
    return int(rows.filter(location__in=places_of(company_id)).count())


def tags(company_id: str) -> int:
    rows = Tag.objects.everywhere(reason="a plan counts all of a company")
    return int(rows.filter(location__in=places_of(company_id)).count())


def smart_lists(company_id: str) -> int:
    rows = SmartList.objects.everywhere(reason="a plan counts all of a company")
    return int(rows.filter(location__in=places_of(company_id)).count())


def teams(company_id: str) -> int:
    rows = Team.objects.everywhere(reason="a plan counts all of a company")
    return int(rows.filter(location__in=places_of(company_id)).count())


define("contacts", "Contacts", "contact", contacts, "New contacts are refused, also in imports")
define("tags", "Tags", "tag", tags, "New tags are refused")
define("smart_lists", "Smart lists", "smart list", smart_lists, "New lists are refused")
define("teams", "Teams", "team", teams, "New teams are refused")
