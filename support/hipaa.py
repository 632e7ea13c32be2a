"""HIPAA mode from request to end: the agreement is filed by an operator, an admin switches the mode on for the whole
account, and only an operator ends it."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import hipaa
from accounts.models import Company, User
from accounts.second_factor import policy
from billing import fitting, notices
from billing.models import Subscription
from contacts import documents
from core import clock, scope
from core.errors import Forbidden, Invalid, Refused
from support import tickets
from support.models import Agreement, Ticket

NOTICE = dt.timedelta(days=30)  # between support's decision to end the mode and its end
LONGEST_REASON = 1000
PDF = "application/pdf"
PARTLY = "Only an agency admin, or an admin of every location, can decide about HIPAA mode."
NO_AGREEMENT = "There is no countersigned business associate agreement on file. Request it from support first."
NO_PLAN = "Your plan does not include HIPAA mode. Enterprise does, and Professional with the add-on."
LEAVING = "A change to a plan without HIPAA mode is scheduled. Take it back first."


@dataclass(frozen=True)
class Readiness:
    """What switching the mode on needs, and whether it is there."""

    agreement: Agreement | None
    ticket: Ticket | None  # the last request
    in_plan: bool
    is_leaving: bool  # a plan without the mode is scheduled

    @property
    def missing(self) -> str:
        """What is missing first, as a sentence; "" where nothing is."""
        if self.agreement is None:
            return NO_AGREEMENT
        if not self.in_plan:
            return NO_PLAN
        return LEAVING if self.is_leaving else ""


def readiness() -> Readiness:
    """Where the company in scope stands. Three queries, and those of its add-ons."""
    held = Subscription.objects.select_related("plan", "next_plan").first()
    return _ready(held)


def _ready(held: Subscription | None) -> Readiness:
    in_plan = held is None or held.limits.get("hipaa") != 0
    return Readiness(
        agreement=Agreement.objects.order_by("-signed_on", "-pk").first(),
        ticket=Ticket.objects.filter(category="baa").order_by("-pk").first(),
        in_plan=in_plan,
        is_leaving=held is not None and in_plan and fitting.drops_hipaa(held, held.next_plan or held.plan),
    )


def file(company: Company, covers: str, signed_on: dt.date, upload: Any) -> Agreement:
    """Put a countersigned agreement on file, as an operator.

    Raises:
        Invalid: {field: sentence}: no PDF, a day to come, or no locations; nothing is kept.
    """
    if upload is None:
        raise Invalid({"file": "Choose the countersigned PDF."})
    ((kept, name, kind),) = documents.checked([upload])
    if kind != PDF:
        raise Invalid({"file": f"{name} is no PDF."})
    if signed_on > clock.now().date():
        raise Invalid({"signed_on": "This day is still to come."})
    if not covers.strip():
        raise Invalid({"covers": "Name the locations it covers."})
    kept.seek(0)
    sha256 = hashlib.file_digest(kept, "sha256").hexdigest()
    with scope.use(company_id=company.pk), tickets.Stored(None) as stored, transaction.atomic():
        (row,) = stored.put([(kept, name, kind)])
        return Agreement.record_new(
            company=company,
            covers=covers.strip(),
            signed_on=signed_on,
            filed_by=scope.current().actor.name[:200],
            name=row["name"],
            size=row["size"],
            key=row["key"],
            sha256=sha256,
            facts={"signed": f"{signed_on:%-d %B %Y}"},
        )


def switch_on(user: User, confirm: str, keep: str = "") -> None:
    """Switch the mode on for the company in scope and all its locations, for good as far as the customer is concerned.

    Everybody is asked for a second step from now on, and everybody else is signed out.

    Args:
        confirm: the name of the company, as the person typed it.
        keep: the key of the session that goes on.

    Raises:
        Forbidden: the person administers only a part of the company. Invalid: another name was typed.
        Refused: it is on, or something is missing; nothing changes.
    """
    company_id = scope.company_id()
    with transaction.atomic():
        held = Subscription.objects.select_for_update(of=("self",)).select_related("plan", "next_plan").first()
        company = Company.objects.select_for_update().get(pk=company_id)
        if not policy.may_decide(user, company):
            raise Forbidden(PARTLY)
        hipaa.know(company)
        if hipaa.is_on():
            raise Refused("HIPAA mode is on.")
        missing = _ready(held).missing
        if missing:
            raise Refused(missing)
        if confirm.strip() != company.name:
            raise Invalid({"confirm": f"Type the name of the account: {company.name}"})
        now = clock.now()
        company.change(
            "company.hipaa_on",
            hipaa_since=now,
            hipaa_until=None,
            second_step="everyone",
            second_step_since=now,
            second_step_grace=0,
        )
        hipaa.know(company)
        hipaa.sign_out_everybody(company_id, keep)
        notices.tell(company_id, "hipaa_on", now.isoformat())


def end(company_id: str, reason: str) -> dt.datetime:
    """End the mode of a company thirty days from now, as an operator to whom it confirmed in writing that no health data
    remains. Returns when it ends.

    Raises:
        Invalid: no reason. Refused: it is not on, or ends already.
    """
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid({"reason": "Say why, in at most 1,000 characters. The customer reads it."})
    with transaction.atomic(), scope.use(company_id=company_id):
        company = Company.objects.select_for_update().get(pk=company_id)
        hipaa.know(company)
        if not hipaa.is_on():
            raise Refused("HIPAA mode is not on.")
        if company.hipaa_until is not None:
            raise Refused(f"HIPAA mode ends on {company.hipaa_until:%-d %B %Y} already.")
        ends = clock.now() + NOTICE
        words = f"{ends:%-d %B %Y}"
        company.change("company.hipaa_ending", facts={"reason": reason, "ends": words}, hipaa_until=ends)
        hipaa.know(company)
        notices.tell(company_id, "hipaa_ending", ends.isoformat(), ends=words, reason=reason)
    return ends


def acknowledge(user: User, name: str, is_wanted: bool = True) -> None:
    """Let data go to a provider that the installation has an agreement with, or stop that.

    Raises:
        Forbidden: the person administers only a part of the company. Refused: there is no agreement with the provider.
    """
    with transaction.atomic():
        company = Company.objects.select_for_update().get(pk=scope.company_id())
        if not policy.may_decide(user, company):
            raise Forbidden(PARTLY)
        if is_wanted and name not in settings.HIPAA_PROVIDERS:
            raise Refused(f"There is no agreement with {name}: no data goes there while HIPAA mode is on.")
        rest = [one for one in company.hipaa_providers if one != name]
        verb = "company.hipaa_provider_acknowledged" if is_wanted else "company.hipaa_provider_stopped"
        company.change(verb, facts={"name": name}, hipaa_providers=[*rest, name] if is_wanted else rest)
