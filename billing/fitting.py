"""Whether what a company has fits a plan: what stands in the way of a smaller one, and what is only too much for it."""

from __future__ import annotations

from dataclasses import dataclass

from accounts import hipaa
from billing import add_ons
from billing.add_ons import Part
from billing.meters import COUNTED
from billing.models import Plan, Subscription
from core.errors import Refused

BLOCKING = ("users", "locations", "phone_numbers", "hipaa")


@dataclass(frozen=True)
class Over:
    """Something of which there is more than the plan allows."""

    name: str
    label: str
    used: int
    most: int

    @property
    def blocks(self) -> bool:
        """Whether it has to be reduced before; the rest is kept, and only adding to it is refused."""
        return self.name in BLOCKING

    def __str__(self) -> str:
        if self.name == "hipaa":
            return "HIPAA mode is on, which only support can end"
        return f"{self.label}: {self.used:,} in use, {self.most:,} allowed"


class DowngradeBlocked(Refused):
    """`extra["blockers"]` lists what has to be reduced first."""

    status = 422
    code = "downgrade_blocked"


def over(held: Subscription, plan: Plan, parts: list[Part] | None = None) -> list[Over]:
    """What the company has more of than `plan` allows, what blocks first. One count each.

    Args:
        parts: the add-ons beside it; those that go on when the period ends unless given.
    """
    found, more = [], add_ons.adds(add_ons.coming(held, plan) if parts is None else parts)
    for name, most in plan.limits.items():
        most = held.overrides.get(name, most)
        if most is None or name not in COUNTED:
            continue
        most += more.get(name, 0)
        used = COUNTED[name].count(held.company_id)
        if used > most:
            found.append(Over(name, COUNTED[name].label, used, most))
    if hipaa.is_on(held.company_id) and _lacks_hipaa(held, plan, more):
        found.append(Over("hipaa", "HIPAA mode", 1, 0))
    return sorted(found, key=lambda one: not one.blocks)


def drops_hipaa(held: Subscription, plan: Plan) -> bool:
    """Whether the company is without HIPAA mode once the period ends, on `plan` with the add-ons that go on."""
    return _lacks_hipaa(held, plan, add_ons.adds(add_ons.coming(held, plan)))


def _lacks_hipaa(held: Subscription, plan: Plan, more: dict[str, int]) -> bool:
    most = held.overrides.get("hipaa", plan.limits.get("hipaa"))
    return most is not None and most + more.get("hipaa", 0) < 1


def blocked(plan: Plan, blockers: list[Over]) -> DowngradeBlocked:
    """The refusal of a plan that is too small, with what to do."""
    listed = "; ".join(str(one) for one in blockers)
    return DowngradeBlocked(
        f"The {plan} plan is too small for what you have. Reduce first: {listed}.",
        blockers=[{"meter": one.name, "used": one.used, "limit": one.most} for one in blockers],
    )
