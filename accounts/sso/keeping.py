"""Setting single sign-on up: whose provider, and whether people may or must use it."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Company, SingleSignOn, User
from accounts.models.single_sign_on import ENFORCED, MODES, OFF, OPTIONAL
from accounts.second_factor import policy
from accounts.sso import provider, state
from core.errors import Forbidden, Invalid, NotFound, Refused

NOT_YET = "Sign in through it once before you enforce it: otherwise a mistake in it would keep everybody out."
NO_WAY_BACK = (
    "Enforcing it leaves the owner's password as the only other way in. "
    "The owner of the account has to set up two-step sign-in first."
)


def may_set_up(user: User, company: Company) -> bool:
    """Whether the person may: a provider can name anybody, so nobody whom others of the company stand above."""
    if not policy.may_decide(user, company):
        return False
    if user.agency_role == "admin" or company.owner_id == user.pk:
        return True
    people = User.objects.everywhere(reason="the company is named").filter(company=company, is_active=True)
    return not people.exclude(agency_role="").exists()


@transaction.atomic
def keep_provider(company: Company, actor: User, metadata: bytes) -> SingleSignOn:
    """Set the company's identity provider, or replace it. New certificates of the same provider change nothing else; a
    different provider has to prove itself before it is enforced.

    Raises:
        Forbidden, NotFound: see `check`. Invalid: the metadata is none, or lacks something.
    """
    check(company, actor)
    found = provider.read_metadata(metadata)
    values = {
        "entity_id": found.entity_id,
        "address": found.address,
        "certificates": found.certificates,
        "fingerprints": found.fingerprints,
    }
    company.lock()  # two who set it up at once
    held = state.kept(company.pk)
    if held is None:
        return SingleSignOn.record_new(company=company, **values)
    if held.entity_id != found.entity_id:
        values |= {"proved_at": None, "mode": OPTIONAL if held.mode == ENFORCED else held.mode}
    held.change(**values)
    return held


@transaction.atomic
def set_mode(company: Company, actor: User, mode: str) -> SingleSignOn:
    """Switch it off, make it a choice, or the only way in.

    Raises:
        Forbidden, NotFound: see `check`. Refused: there is no provider yet, or enforcing it would be unsafe.
        Invalid: there is no such mode.
    """
    check(company, actor)
    if mode not in dict(MODES):
        raise Invalid({"mode": "Choose one of the three."})
    company.lock()
    held = state.kept(company.pk)
    if held is None:
        raise Refused("Add the metadata of your identity provider first.")
    if mode == ENFORCED and held.mode != ENFORCED:
        if held.proved_at is None:
            raise Refused(NOT_YET)
        if company.owner is None or not policy.has(company.owner):
            raise Refused(NO_WAY_BACK)
    held.change(mode=mode)
    return held


@transaction.atomic
def forget_provider(company: Company, actor: User) -> None:
    """Remove the set-up; passwords work for everybody again. Harmless when there is none.

    Raises:
        Forbidden, NotFound: see `check`. Refused: it is switched on.
    """
    check(company, actor)
    company.lock()
    held = state.kept(company.pk)
    if held is None:
        return
    if held.mode != OFF:
        raise Refused("Switch single sign-on off first.")
    held.remove()


def check(company: Company, actor: User) -> None:
    """Refuse whoever may not set it up.

    Raises:
        NotFound: the plan does not have it. Forbidden: they administer only a part of the company.
    """
    if not state.is_offered(company.pk):
        raise NotFound("There is no such page.")
    if not may_set_up(actor, company):
        raise Forbidden("Only an agency admin, the owner, or an admin of every location can set up single sign-on.")
