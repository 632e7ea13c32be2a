"""What this app does when it reads the journal: it tells people of limits, and of seats that are gone."""

from __future__ import annotations

import datetime as dt

from accounts import mails
from accounts.models import Company, Membership, User
from accounts.throttling import remember, remembered
from core import clock
from journal.models import Entry
from journal.verbs import read

LATE = dt.timedelta(days=1)
MOST_PEOPLE = 50


@read("limit.neared", "limit.reached")
def warn(entry: Entry) -> None:
    """One mail to each admin of the company; a second reading finds the note of the first."""
    if entry.at < clock.now() - LATE:
        return
    for user in admins_of(entry.company_id or ""):
        key = f"warned:{entry.pk}:{user.pk}"
        if remembered(key):
            continue
        reached = entry.verb == "limit.reached"
        what = entry.facts["label"]
        subject = f"The limit of {what} is reached" if reached else f"You are near your limit of {what}"
        mails.send(user, "limit", subject, reached=reached, at=entry.at, **entry.facts)
        remember(key, {"sent": "yes"}, int(LATE.total_seconds()))


@read("subscription.trimmed")
def tell_the_trimmed(entry: Entry) -> None:
    """One mail to each person and each invited address for whom a smaller plan had no seat."""
    if entry.at < clock.now() - LATE:
        return
    rows = User.objects.everywhere(reason="the entry names the people").filter(pk__in=entry.facts.get("people", []))
    invited = [User(email=email) for email in entry.facts.get("invitations", [])]
    company = Company.objects.everywhere(reason="the entry names the company").get(pk=entry.company_id)
    for user in [*rows, *invited]:
        key = f"trimmed:{entry.pk}:{user.email}"
        if remembered(key):
            continue
        mails.send(user, "no_seat", f"Your access to {company.name} was switched off", company=company.name,
                   is_invited=user in invited)  # fmt: skip
        remember(key, {"sent": "yes"}, int(LATE.total_seconds()))


def admins_of(company_id: str) -> list[User]:
    """The agency's admins; where it has none, the admins of its locations. At most fifty."""
    people = User.objects.everywhere(reason="the company is named").filter(company_id=company_id, is_active=True)
    found = list(people.filter(agency_role="admin").order_by("pk")[:MOST_PEOPLE])
    if found:
        return found
    admins = Membership.objects.everywhere(reason="the company is named").filter(
        location__company_id=company_id, role="admin", disabled_at=None
    )
    return list(people.filter(pk__in=admins.values("user")).order_by("pk")[:MOST_PEOPLE])
