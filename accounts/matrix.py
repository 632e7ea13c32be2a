"""Every ability by area, paired into reading and writing: how the page of a role and that of a person show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from accounts import abilities

AREAS = {
    # area: how the names of its abilities begin
    "Contacts": ("contacts", "businesses", "smart_lists", "locations/tags", "locations/tasks"),
    "Opportunities": ("opportunities", "pipelines"),
    "Data": ("objects/", "associations", "locations/customFields", "locations/customValues"),
    "Location": ("users", "locations.", "settings", "companies"),
    "Account": ("billing", "audit"),
    "Developers": ("oauth", "webhooks", "private_integrations"),
}
LABELS = {
    "contacts": "Contacts", "businesses": "Companies", "smart_lists": "Smart lists", "locations/tags": "Tags",
    "locations/tasks": "Tasks", "opportunities": "Opportunities", "pipelines": "Pipelines and stages",
    "objects/schema": "Custom objects", "objects/record": "Records of custom objects", "associations": "Associations",
    "associations/relation": "Links between records", "locations/customFields": "Custom fields",
    "locations/customValues": "Custom values", "users": "People", "locations": "Business profile",
    "settings": "Settings of the location", "companies": "The agency's details", "billing": "Plan and payments",
    "audit": "Audit log", "oauth": "Connected apps", "webhooks": "Webhooks",
    "private_integrations": "Private integrations",
}  # fmt: skip


@dataclass
class Line:
    """Something that can be read or written, or both; "" where there is no such ability."""

    label: str
    read: str = ""
    write: str = ""


@dataclass
class Area:
    name: str
    lines: list[Line] = field(default_factory=list)
    more: list[tuple[str, str]] = field(default_factory=list)  # other abilities: name, what it lets one do


@cache
def areas(names: frozenset[str]) -> list[Area]:
    """`names` by area, in a settled order; what fits no area comes last, under Other."""
    found = {area: Area(area) for area in (*AREAS, "Other")}
    lines: dict[str, Line] = {}
    for name in sorted(names):
        area = found[area_of(name)]
        stem, _, kind = name.rpartition(".")
        if kind not in ("readonly", "write"):
            area.more.append((name, label_of(name)))
            continue
        if stem not in lines:
            lines[stem] = Line(LABELS.get(stem, plain(stem)))
            area.lines.append(lines[stem])
        setattr(lines[stem], "read" if kind == "readonly" else "write", name)
    return [area for area in found.values() if area.lines or area.more]


def area_of(name: str) -> str:
    return next((area for area, starts in AREAS.items() if name.startswith(starts)), "Other")


def label_of(name: str) -> str:
    """An ability as a sentence says it."""
    told = abilities.SWITCHES.get(name)
    if told:
        return told
    stem, _, kind = name.rpartition(".")
    verb = {"readonly": "See", "write": "Change"}.get(kind, plain(kind))
    return f"{verb}: {LABELS.get(stem, plain(stem)).lower()}"


def plain(stem: str) -> str:
    return stem.replace("/", " ").replace("_", " ").replace("-", " ").capitalize()


def sound(names: Iterable[str]) -> list[str]:
    """The abilities that a role can hold among `names`, sorted; whoever may write something may read it too."""
    held = set(names) & abilities.FOR_ROLES
    held |= {
        f"{name.removesuffix('.write')}.readonly" for name in held if name.endswith(".write")
    } & abilities.FOR_ROLES
    return sorted(held)
