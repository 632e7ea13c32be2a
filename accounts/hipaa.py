"""HIPAA mode: whether it is on for a company. `support.hipaa` switches it on and ends it; everybody may ask here.

Both moments are kept on the company's row. Asking costs nothing on pages of a location, elsewhere one query a scope.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet

from accounts.models import Company, KnownBrowser, Location, Session, User
from core import clock, scope
from core.errors import Invalid, Refused

SESSIONS = "hipaa"  # which of settings.SESSION_LIVES its people have
AUDIT_DAYS = 6 * 366  # the log is kept for six years at least
LINKS_FOR = dt.timedelta(hours=24)  # files of exports
LONGEST_PURPOSE = 300


def is_on(company_id: str | None = None) -> bool:
    """Whether the mode is on for a company, the one in scope unless named; False where there is none."""
    now = scope.current()
    company_id = company_id or now.company_id
    if not company_id:
        return False
    key = f"hipaa:{company_id}"
    held = now.memo.get(key) or _held(company_id)
    if now.memo is not scope.NOWHERE.memo:
        now.memo[key] = held
    return _holds(*held)


def know(company: Company) -> None:
    """Remember, for as long as the scope lasts, what a company's row says now."""
    scope.current().memo[f"hipaa:{company.pk}"] = (company.hipaa_since, company.hipaa_until)


def with_mode(rows: QuerySet[Location]) -> QuerySet[Location]:
    """The locations with what `know_by` wants to find: the door reads both with one query."""
    return rows.annotate(hipaa_since=F("company__hipaa_since"), hipaa_until=F("company__hipaa_until"))


def know_by(place: Location) -> None:
    """Remember, for as long as the scope lasts, what was read with a location by `with_mode`."""
    row: Any = place
    scope.current().memo[f"hipaa:{place.company_id}"] = (row.hipaa_since, row.hipaa_until)


def _held(company_id: str) -> tuple[dt.datetime | None, dt.datetime | None]:
    rows = Company.objects.everywhere(reason="asked for before any scope is open, as at the sign-in")
    found: Any = rows.filter(pk=company_id).values_list("hipaa_since", "hipaa_until").first()
    return found or (None, None)


def _holds(since: dt.datetime | None, until: dt.datetime | None) -> bool:
    return since is not None and (until is None or clock.now() < until)


def covers(user: User) -> bool:
    """Whether the person works for a company in this mode."""
    return is_on(user.company_id) if user.company_id else False


def companies() -> set[str]:
    """The ids of all companies in this mode now. One query."""
    rows = Company.objects.everywhere(reason="a sender serves the whole installation").exclude(hipaa_since=None)
    return {pk for pk, since, until in rows.values_list("pk", "hipaa_since", "hipaa_until") if _holds(since, until)}


def sign_out_everybody(company_id: str, keep: str = "") -> int:
    """End the sessions of a company's people, save the one with key `keep`, and the trust of their browsers.

    Who signs in again has the shorter session, and whoever lacks a second step is led to its set-up.

    Returns:
        How many sessions were ended.
    """
    people = User.objects.everywhere(reason="the company is named").filter(company_id=company_id, is_staff=False)
    KnownBrowser.objects.filter(user__in=people).update(trusted_until=None)
    return int(Session.objects.filter(user__in=people).exclude(pk=keep).delete()[0])


def purpose(text: str) -> str:
    """Why data is exported, as it is kept: asked for in this mode, left empty by whoever has no need to say.

    Raises:
        Invalid: {"purpose": sentence}.
    """
    text = " ".join(text.split())
    if len(text) > LONGEST_PURPOSE:
        raise Invalid({"purpose": f"At most {LONGEST_PURPOSE} characters."})
    if not text and is_on():
        raise Invalid({"purpose": "HIPAA mode is on: say why the data is exported."})
    return text


def refuse_quick_export() -> None:
    """For files that are given out at once, without a place for the reason.

    Raises:
        Refused: the mode is on.
    """
    if is_on():
        raise Refused("HIPAA mode is on: export this under Settings, Data export, where the reason is asked for.")


def audit_days(days: int | None) -> int | None:
    """How long the audit log of the company in scope is kept, given what its plan says; None for always."""
    return max(days, AUDIT_DAYS) if days and is_on() else days


def may_reach(name: str, company_id: str | None = None) -> bool:
    """Whether data may go to a provider: always without the mode; in it only where the installation has an agreement
    with the provider (HIPAA_PROVIDERS) and an admin of the company acknowledged it.

    Args:
        name: the key of an integration, or the host name of a webhook.
    """
    company_id = company_id or scope.current().company_id
    if not is_on(company_id):
        return True
    if name not in settings.HIPAA_PROVIDERS:
        return False
    rows = Company.objects.everywhere(reason="the company is named").filter(pk=company_id)
    return rows.filter(hipaa_providers__contains=[name]).exists()
