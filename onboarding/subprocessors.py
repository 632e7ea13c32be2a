"""Sub-processors: who else processes personal data, every change of the list, and the notice thirty days before one."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from accounts.models import Company
from billing import notices
from billing.letters import LETTERS, Letter
from billing.models import Notice
from core import access, clock, scope
from core.errors import Invalid

OURS = Path(__file__).parent / "subprocessors.toml"
NOTICE = dt.timedelta(days=30)
KINDS = {"added": "is added", "changed": "changes", "removed": "is removed"}
KEY = "subprocessors_changed"
BATCH = 500
LETTERS[KEY] = Letter(
    "{name} {what} on {on}",
    (
        "On {on} our list of sub-processors changes: {name} {what}. {purpose}",
        "If you have a reason to object, write to support before that day.",
    ),
    "See the list",
    "settings:compliance",
)


@dataclass(frozen=True)
class Change:
    """One change of the list, from the day `on` (UTC)."""

    on: dt.date
    kind: str
    name: str
    purpose: str = ""
    data: str = ""
    country: str = ""
    announced: dt.date | None = None

    @property
    def words(self) -> str:
        return KINDS[self.kind]


def changes() -> list[Change]:
    """Every change, oldest first.

    Raises:
        Invalid: the file names an unknown kind, or a change that was not announced thirty days before.
    """
    given = tomllib.loads(Path(settings.SUBPROCESSORS or OURS).read_text()).get("change", [])
    found = sorted((Change(**one) for one in given), key=lambda one: one.on)
    for one in found:
        is_first = one.on == found[0].on
        if one.kind not in KINDS:
            raise Invalid(f"{one.name}: {one.kind} is no kind of change.")
        if not is_first and (one.announced is None or one.on - one.announced < NOTICE):
            raise Invalid(f"{one.name}: a change is announced {NOTICE.days} days before it holds.")
    return found


def current() -> list[Change]:
    """Who is on the list today, by name."""
    today, held = clock.today(), {}
    for one in changes():
        if one.on <= today:
            held[one.name] = one
    return [one for _, one in sorted(held.items()) if one.kind != "removed"]


def tell() -> int:
    """Note a mail to the admins of every account about each change that was announced and is still to come.

    Returns:
        How many were noted now; each account gets one of a change, however often this runs.
    """
    today, count = clock.now_for_all().date(), 0
    for one in changes():
        if one.announced is None or not one.announced <= today < one.on:
            continue
        occasion = f"{one.on:%Y-%m-%d} {one.name}"[:60]
        told = Notice.objects.everywhere(reason="all companies").filter(key=KEY, occasion=occasion)
        facts = {"name": one.name, "what": one.words, "on": f"{one.on:%-d %B %Y}", "purpose": one.purpose}
        rows = Company.objects.exclude(access=access.NONE).order_by("pk").values_list("pk", flat=True)
        last = ""
        while chosen := list(rows.filter(pk__gt=last).exclude(pk__in=told.values("company_id"))[:BATCH]):
            for company_id in chosen:
                with scope.fresh(company_id=company_id):
                    count += notices.tell(company_id, KEY, occasion, **facts)
            last = chosen[-1]
    return count
