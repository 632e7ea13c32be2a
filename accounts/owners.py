"""The owner: the one person answerable for an account. Always an admin; one at a time, until they pass it on."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Company, Membership, User
from core import scope
from core.errors import Forbidden, Refused


def owner_of(company_id: str) -> User | None:
    """The owner of a company. One query."""
    rows = Company.objects.everywhere(reason="the company is named").filter(pk=company_id).select_related("owner")
    found = rows.first()
    return found.owner if found else None


def claim(user: User) -> None:
    """Make the first admin of a company its owner; does nothing when it has one."""
    if user.company is None or user.company.owner_id:
        return
    with transaction.atomic(), scope.use(company_id=user.company_id):
        company = user.company
        company.lock()
        if company.owner_id is None:
            company.change("company.owner_changed", facts={"user": user.pk, "name": user.name}, owner=user)


def check_not(user: User) -> None:
    """Refuse what an owner cannot undergo.

    Raises:
        Refused: the user owns their company.
    """
    every = Company.objects.everywhere(reason="the user names the company")
    if every.filter(pk=user.company_id, owner=user).exists():
        raise Refused(f"{user} owns the account. Ownership has to be transferred first.")


def candidates(company: Company) -> QuerySet[User]:
    """Whom the account can be passed on to, by name."""
    admins = Membership.objects.everywhere(reason="the company is named").filter(
        location__company=company, role="admin", disabled_at=None
    )
    rows = User.objects.everywhere(reason="the company is named").filter(company=company, is_active=True)
    found: QuerySet[User] = rows.filter(Q(agency_role="admin") | Q(pk__in=admins.values("user_id")))
    return found.exclude(pk=company.owner_id or "").order_by("first_name", "last_name", "pk")


@transaction.atomic
def transfer(company: Company, to: User) -> None:
    """Pass an account on. The views ask the owner to prove who they are first.

    Raises:
        Forbidden: somebody else than the owner asks. Refused: `to` is no admin of the company.
    """
    company.lock()
    if company.owner_id is None or company.owner_id != scope.current().actor.user_id:
        raise Forbidden("Only the owner can transfer the account.")
    if not candidates(company).filter(pk=to.pk).exists():
        raise Refused(f"{to} is no admin: make them one first, then transfer the account.")
    with scope.use(company_id=company.pk):
        company.change(
            "company.owner_changed", facts={"user": to.pk, "name": to.name, "before": str(company.owner)}, owner=to
        )
