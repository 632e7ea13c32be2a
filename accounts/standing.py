"""Whether a company may write: kept on its row, and copied to its locations, which every door reads anyway."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Company, Location, Membership, Session, User
from core import access, scope
from core.access import Standing
from journal.recorded import quietly


def of_company(company_id: str) -> Standing:
    """The standing of a company. One query."""
    rows = Company.objects.everywhere(reason="a company's standing is asked for before its scope is open")
    row = rows.filter(pk=company_id).values_list("access", "access_reason", "delete_after").first()
    return Standing(*row) if row else Standing()


def set_standing(company: Company, level: str, *, reason: str = "", delete_after: dt.datetime | None = None) -> None:
    """Let a company do everything, read only, or nothing, from now on and in every location.

    Args:
        level: one of `core.access.LEVELS`.
        reason: a key of `core.access.WHY`; empty with "full".
        delete_after: when its data will be deleted, if nothing changes.
    """
    with transaction.atomic(), scope.use(company_id=company.pk):
        company.change("company.access_changed", access=level, access_reason=reason, delete_after=delete_after)
        with quietly(reason="a copy of what the company's entry says"):
            Location.objects.everywhere(reason="all locations of the company").filter(company=company).exclude(
                access=level
            ).update(access=level)
        if reason == BANNED:
            Session.objects.filter(user__in=_everybody(company.pk)).delete()
        if reason == CANCELLED:
            Session.objects.filter(user__in=_everybody(company.pk).exclude(_admins(company.pk))).delete()
    access.know(company.pk, level)


BANNED, CANCELLED = "ban", "cancelled"


def shuts_out(user: User) -> str:
    """Why somebody may not sign in, "" where they may: nobody of a company that was banned, and after the end of its
    subscription only its owner and admins."""
    why = user.company.access_reason if user.company else ""
    if why == BANNED:
        return BANNED
    if user.company is None or why != CANCELLED:
        return ""
    company = user.company.pk
    return "" if _everybody(company).filter(_admins(company), pk=user.pk).exists() else CANCELLED


def _everybody(company_id: str) -> QuerySet[User]:
    rows: QuerySet[User] = User.objects.everywhere(reason="the company is named").filter(company_id=company_id)
    return rows


def _admins(company_id: str) -> Q:
    held = Membership.objects.everywhere(reason="the company is named").filter(
        location__company_id=company_id, role="admin", disabled_at=None
    )
    owner = Company.objects.everywhere(reason="the company is named").filter(pk=company_id, owner__isnull=False)
    return Q(agency_role="admin") | Q(pk__in=held.values("user_id")) | Q(pk__in=owner.values("owner_id"))
