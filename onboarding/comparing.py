"""The plans side by side: what is compared, in groups, read from the catalogue. A limit without a row is not shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from billing import terms
from billing.models import Plan

GROUPS: list[tuple[str, list[tuple[str, str]]]] = [
    (
        "Contacts and data",
        [
            ("contacts", "Contacts"),
            ("import_rows", "Rows of one import"),
            ("custom_fields", "Custom fields"),
            ("custom_objects", "Custom objects"),
            ("tags", "Tags"),
            ("smart_lists", "Smart lists"),
            ("pipelines", "Pipelines"),
        ],
    ),
    (
        "People and places",
        [("users", "People"), ("teams", "Teams"), ("roles", "Roles of your own"), ("locations", "Locations")],
    ),
    (
        "For developers",
        [("webhook_endpoints", "Webhooks"), ("private_integrations", "Private integrations")],
    ),
    ("Safety", [("audit_days", "Days of audit log")]),
]
HIGHLIGHTS = ["contacts", "users", "locations", "pipelines", "smart_lists"]
LABELS = {name: label for _, rows in GROUPS for name, label in rows}


class Row(NamedTuple):
    label: str
    cells: list[int | None]  # None: without limit


class Group(NamedTuple):
    title: str
    rows: list[Row]


def table(plans: Iterable[Plan]) -> list[Group]:
    """The comparison, a cell for each plan in their order."""
    plans = list(plans)
    return [
        Group(title, [Row(label, [plan.limits.get(name) for plan in plans]) for name, label in rows])
        for title, rows in GROUPS
    ]


def highlights(plan: Plan) -> list[tuple[int | None, str]]:
    """The few numbers of a plan's card."""
    numbers = [(plan.limits.get(name), LABELS[name].lower()) for name in HIGHLIGHTS]
    return [(most, label.removesuffix("s") if most == 1 else label) for most, label in numbers]


def trial() -> dict[str, int]:
    """What holds in a trial: its days, the days to choose, and the most contacts."""
    rules = terms.current()["trial"]
    return {"days": rules["days"], "choice_days": rules["choice_days"], "contacts": rules["limits"]["contacts"]}
