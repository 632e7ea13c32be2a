"""What a company's plan leaves room for: seats, locations, roles. Plans belong to an app above, which answers here.

While no app does, nothing limits and nothing is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core import scope


@dataclass(frozen=True)
class Use:
    """How many there are, and how many there may be; `most` is None where nothing limits."""

    used: int
    most: int | None

    @property
    def is_full(self) -> bool:
        return self.most is not None and self.used >= self.most


class Plan(Protocol):
    def take(self, company_id: str, name: str) -> None: ...

    def settle(self, company_id: str, name: str) -> None: ...

    def use(self, company_id: str, name: str) -> Use | None: ...

    def has(self, company_id: str, name: str) -> bool: ...


_plan: Plan | None = None


def learn_from(plan: Plan) -> None:
    """Name the module that knows the plans."""
    global _plan
    _plan = plan


def take(name: str, company_id: str = "") -> None:
    """Ask for room for one more of `name` ("users", "locations", "roles"), before it is written.

    Args:
        company_id: of whom; the company in scope unless said.

    Exact: until the transaction ends, others who ask for the same company wait.

    Raises:
        core.errors.LimitReached: there is none.
    """
    if _plan is not None:
        _plan.take(company_id or scope.company_id(), name)


def settle(name: str, company_id: str = "") -> None:
    """Tell that there are fewer of `name` than before, or perhaps not."""
    if _plan is not None:
        _plan.settle(company_id or scope.company_id(), name)


def use(name: str) -> Use | None:
    """How many of `name` the company in scope has and may have; None when nobody knows. A query or two."""
    return _plan.use(scope.company_id(), name) if _plan is not None else None


def has(name: str, company_id: str) -> bool:
    """Whether a company's plan has a feature ("sso"); none has where nobody knows the plans. One query."""
    return _plan is not None and _plan.has(company_id, name)
