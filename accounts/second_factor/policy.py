"""Who must have a second step, and from when."""

from __future__ import annotations

import datetime as dt

from django.conf import settings

from accounts import hipaa
from accounts.models import Authenticator, BackupCode, Company, KnownBrowser, Location, Membership, Passkey, User
from accounts.sso import state
from core import clock, scope
from core.errors import Forbidden, Invalid, Refused
from journal.writing import write

SIGNED_OUT_AFTER = dt.timedelta(hours=24)  # sessions from before the rule live no longer, even without days of grace


def has(user: User) -> bool:
    """Whether the person has an authenticator or a passkey: backup codes alone are no second step."""
    return Authenticator.objects.filter(user=user).exists() or Passkey.objects.filter(user=user).exists()


def is_required(user: User) -> bool:
    """Whether the installation, or the person's company, wants a second step of them."""
    if user.is_staff:
        return bool(settings.OPERATORS_TWO_STEP)
    company = user.company
    if company is None:
        return False
    if not company.second_step:
        return state.needs_second_step(company, user)
    return company.second_step == "everyone" or is_admin(user) or state.needs_second_step(company, user)


def is_admin(user: User) -> bool:
    """Whether the person administers the agency or any of its locations."""
    if user.agency_role == "admin":
        return True
    rows = Membership.objects.everywhere(reason="a person's places lie in several locations")
    return bool(rows.filter(user=user, role="admin", disabled_at=None).exists())


def due(user: User) -> dt.datetime | None:
    """From when the person may do nothing before they have a second step; None while nobody asks for one."""
    if user.is_staff or not is_required(user):
        return None  # operators are asked at the door of their pages
    company = user.company
    assert company is not None  # noqa: S101  only operators have none
    since = max(company.second_step_since or user.date_added, user.date_added)
    return since + dt.timedelta(days=company.second_step_grace)


def may_decide(user: User, company: Company) -> bool:
    """Whether the person may set the rules of the company: an agency admin, or an admin of each of its locations."""
    if user.company_id != company.pk:
        return False
    if user.agency_role == "admin":
        return True
    places = Location.objects.everywhere(reason="the company is named").filter(company=company, is_active=True)
    every = Membership.objects.everywhere(reason="the person is named")
    mine = every.filter(user=user, role="admin", disabled_at=None)
    return places.exists() and not places.exclude(pk__in=mine.values("location_id")).exists()


def may_reset(actor: User, user: User) -> bool:
    """Whether `actor` may take `user`'s second step away: they must administer every place the person works in."""
    if actor.pk == user.pk or user.is_staff or actor.company_id != user.company_id:
        return False
    if actor.agency_role == "admin":
        return True
    if user.agency_role:
        return False
    every = Membership.objects.everywhere(reason="both people are named")
    mine = every.filter(user=actor, role="admin", disabled_at=None).values("location_id")
    theirs = every.filter(user=user)
    return theirs.exists() and not theirs.exclude(location_id__in=mine).exists()


def forget(user: User) -> None:
    """Take away every second factor, its codes, and the trust of browsers."""
    Authenticator.objects.filter(user=user).delete()
    Passkey.objects.filter(user=user).delete()
    BackupCode.objects.filter(user=user).delete()
    KnownBrowser.objects.filter(user=user).update(trusted_until=None)


def reset(user: User) -> None:
    """Somebody vouches for a person who lost their phone. The verb's reader mails them; their sessions end.

    Raises:
        Refused: there is nothing to take away.
    """
    if not has(user):
        raise Refused(f"{user} has no second step set up.")
    forget(user)
    user.sessions.all().delete()
    write("user.second_step_reset", user, facts={"user": user.pk})


def set_rules(company: Company, actor: User, **values: object) -> None:
    """Change what the company asks of its people's sign-in.

    Raises:
        Forbidden: the actor administers only a part of the company. Invalid: a value breaks a rule.
    """
    if not may_decide(actor, company):
        raise Forbidden("Only an agency admin, or an admin of every location, can change these rules.")
    wanted = values.get("second_step", company.second_step), values.get("second_step_grace", 0)
    if hipaa.is_on(company.pk) and wanted != ("everyone", 0):
        raise Invalid({"second_step": "HIPAA mode is on: everyone needs two-step sign-in, from the first day."})
    if values.get("second_step", company.second_step) != company.second_step:
        values["second_step_since"] = clock.now() if values["second_step"] else None
    with scope.use(company_id=company.pk):
        company.change("company.security_changed", **values)
