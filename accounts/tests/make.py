"""Builders: each calls the real verb with sensible defaults."""

from __future__ import annotations

from typing import Any

from accounts import hipaa
from accounts.models import Company, Location, Membership, User
from core import clock, scope

PASSWORD = "correct horse battery"


def company(name: str = "Acme", **fields: Any) -> Company:
    return Company.record_new(name=name, **fields)


def location(of: Company, name: str = "Main", **fields: Any) -> Location:
    with scope.use(company_id=of.pk):
        return Location.record_new(company=of, name=name, **fields)


def user(of: Company | None, first_name: str, **fields: Any) -> User:
    fields.setdefault("email", f"{first_name.lower()}@example.com")
    with scope.use(company_id=of.pk if of else None):
        row = User(company=of, first_name=first_name, **fields)
        row.set_password(PASSWORD)
        return User.record_new(company=of, first_name=first_name, **{**fields, "password": row.password})


def membership(person: User, place: Location, role: str = "user", **fields: Any) -> Membership:
    with scope.use(company_id=place.company_id, location_id=place.pk):
        return Membership.record_new(user=person, location=place, role=role, **fields)


def in_hipaa(company: Company) -> None:
    """HIPAA mode is on from now, whatever it needs; see `support.hipaa` for the way there."""
    with scope.use(company_id=company.pk):
        company.change("company.hipaa_on", hipaa_since=clock.now())
        hipaa.know(company)
