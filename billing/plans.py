"""The versioned catalogue of plans: files in billing/catalogue, loaded into rows once and never changed."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from billing.models import Plan
from core.errors import NotFound

CATALOGUE = Path(__file__).parent / "catalogue"


def load(**_: Any) -> None:
    """Put what is new in the catalogue's files into rows. Runs after each migration; harmless to repeat."""
    rows = []
    for path in sorted(CATALOGUE.glob("*.toml")):
        for key, given in tomllib.loads(path.read_text()).items():
            rows.append(Plan(key=key, version=path.stem, **given))
    Plan.objects.bulk_create(rows, ignore_conflicts=True)


def current() -> list[Plan]:
    """The plans that are sold now, cheapest first."""
    newest = Plan.objects.order_by("-version").values_list("version", flat=True)[:1]
    return list(Plan.objects.filter(version__in=list(newest)).order_by("position"))


def named(key: str) -> Plan:
    """The newest version of a plan (starter, professional, enterprise).

    Raises:
        NotFound: there is none of that name.
    """
    found: Plan | None = Plan.objects.filter(key=key).order_by("-version").first()
    if found is None:
        raise NotFound(f"There is no plan {key}.")
    return found
