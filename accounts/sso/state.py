"""Who signs in through an identity provider: asked at every door. The plan has to have it each time it is used."""

from __future__ import annotations

from accounts import allowance
from accounts.models import Company, SingleSignOn, User
from accounts.models.single_sign_on import ENFORCED, OFF

HOW = "single sign-on"  # what a session notes in place of a second step: the provider took it


def is_offered(company_id: str | None) -> bool:
    """Whether the company's plan has single sign-on. One query."""
    return bool(company_id) and allowance.has("sso", company_id or "")


def kept(company_id: str) -> SingleSignOn | None:
    """What a company has set up, whether it is switched on or not. One query."""
    rows = SingleSignOn.objects.everywhere(reason="the company is named")
    found: SingleSignOn | None = rows.filter(company_id=company_id).select_related("company").first()
    return found


def of(company_id: str | None) -> SingleSignOn | None:
    """The company's single sign-on while it is switched on and the plan has it."""
    held = kept(company_id) if company_id else None
    return held if held is not None and held.mode != OFF and is_offered(company_id) else None


def is_enforced_for(user: User) -> bool:
    """Whether the person has no other way in. The owner always has one: somebody must be able to repair the set-up."""
    held = of(user.company_id)
    return held is not None and held.mode == ENFORCED and held.company.owner_id != user.pk


def needs_second_step(company: Company, user: User) -> bool:
    """Whether the person keeps the one password that enforced single sign-on leaves: it needs a second step."""
    if company.owner_id != user.pk:
        return False
    held = of(company.pk)
    return held is not None and held.mode == ENFORCED


def is_in_use() -> bool:
    """Whether any company has it switched on: otherwise the sign-in page does not speak of it."""
    return bool(SingleSignOn.objects.everywhere(reason="nobody is known yet").exclude(mode=OFF).exists())
