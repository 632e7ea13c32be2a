"""How much of its plan a company uses."""

from __future__ import annotations

from dataclasses import dataclass

from billing.limits import limits_of
from billing.meters import COUNTED
from billing.models import Meter


@dataclass(frozen=True)
class Use:
    """One line of the usage page."""

    label: str
    used: int
    most: int | None
    at_limit: str

    @property
    def percent(self) -> int:
        """Of the limit; may exceed 100 after a move to a smaller plan."""
        return self.used * 100 // self.most if self.most else 0


def of(company_id: str) -> list[Use]:
    """Everything that is counted, what is nearest to its limit first. One query each for what no meter counts yet."""
    limits = limits_of(company_id)
    meters = Meter.objects.everywhere(reason="the company is named").filter(company_id=company_id)
    held = dict(meters.values_list("name", "used"))
    lines = [
        Use(one.label, held[name] if name in held else one.count(company_id), limits.get(name), one.at_limit)
        for name, one in COUNTED.items()
    ]
    return sorted(lines, key=lambda line: -line.percent)
