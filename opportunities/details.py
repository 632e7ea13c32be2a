"""What the page of an opportunity shows: its fields as rows with their editors, and its history in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from accounts import current
from contacts.details import Row, custom
from contacts.names import names_for
from core import clock, scope
from journal import timeline
from journal.models import Entry
from objects.models import CustomField
from opportunities import money
from opportunities.models import Opportunity, Stage, may_see_values
from opportunities.models.opportunity import CATEGORIES

FIELDS = (
    "name",
    "value",
    "stage",
    "expected_close_on",
    "probability",
    "forecast_category",
    "owner",
    "source",
    "business",
)
CATEGORY_NOTES = {"commit": "certain enough to count on", "omitted": "left out of forecasts"}


def rows(opportunity: Opportunity, people: Iterable[Any], stages: Iterable[Stage]) -> list[Row]:
    """The core fields that the reader may see, in their order."""
    found = [row_named(opportunity, name, people, stages) for name in FIELDS if name != "name"]
    return [row for row in found if row is not None]


def row_named(
    opportunity: Opportunity, name: str, people: Iterable[Any] = (), stages: Iterable[Stage] = ()
) -> Row | None:
    """The row of a core field; None for what is none, does not apply, or is not for the reader's eyes."""
    one, actor = opportunity, scope.current().actor
    if name == "name":
        return Row(name, "Name", "text", one.name, one.name, longest=200)
    if name == "value":
        if not may_see_values(actor):
            return None
        text = money.plain(one.value_cents) or "0"
        note = f"{money.shown(one.weighted_cents)} weighted" if one.status == "open" and one.value_cents else ""
        return Row(name, "Value", "money", text, money.shown(one.value_cents), note=note)
    if name == "stage":
        options = [(stage.pk, f"{stage.pipeline.name}: {stage.name}") for stage in stages]
        shown = f"{one.stage.name}, {one.pipeline.name}"
        return Row(name, "Stage", "choice", one.stage_id, shown, options, note=in_stage(one))
    if name == "expected_close_on":
        value = one.expected_close_on
        late = value is not None and one.status == "open" and value < clock.today(current.location().zone)
        shown = full_day(value) if value else ""
        return Row(
            name, "Expected close", "date", value.isoformat() if value else "", shown, note="overdue" if late else ""
        )
    if name == "probability":
        own = one.pipeline.own_probability
        shown = f"{one.effective_probability} %"
        if not own:
            return Row(
                name, "Probability", "fixed", shown, shown, note="as the stage says" if not one.is_closed else ""
            )
        note = "" if one.probability is not None or one.is_closed else "as the stage says"
        return Row(name, "Probability", "number", one.probability, shown, note=note, longest=3, placeholder="0 to 100")
    if name == "forecast_category":
        labels = dict(CATEGORIES)
        note = CATEGORY_NOTES.get(one.forecast_category, "")
        return Row(
            name, "Forecast", "choice", one.forecast_category, labels[one.forecast_category], CATEGORIES, note=note
        )
    if name == "owner":
        options = [("", "Nobody"), *((each.pk, str(each)) for each in people)]
        shown = str(one.assigned_to or "")
        kind = "choice" if one.may_change_owner(actor) else "fixed"
        return Row(name, "Owner", kind, one.assigned_to_id or "", shown, options)
    if name == "source":
        return Row(name, "Source", "text", one.source, one.source, longest=200)
    if name == "business":
        shown = one.business.name if one.business else ""
        return Row(name, "Company", "company", shown, shown, extra=one.business)
    return None


def sections(opportunity: Opportunity, fields: Iterable[CustomField]) -> list[tuple[str, list[Row]]]:
    """Custom fields by folder, in the order of the folders; those in none come last."""
    found: dict[str, tuple[str, list[Row]]] = {}

    def place(one: CustomField) -> tuple[bool, int, int, str]:
        return (one.folder is None, one.folder.position if one.folder else 0, one.position, one.pk)

    for one in sorted(fields, key=place):
        title = one.folder.name if one.folder else "Other fields"
        found.setdefault(one.folder_id or "", (title, []))[1].append(row_of(opportunity, one))
    return list(found.values())


def row_of(opportunity: Opportunity, one: CustomField) -> Row:
    """A custom field. Files are shown, and changed through the API."""
    if one.type in ("FILE_UPLOAD", "SIGNATURE"):
        value = opportunity.custom.get(one.pk)
        return Row(one.pk, one.name, "fixed", value, "Attached" if value else "", help=one.description)
    return custom(opportunity, one)  # type: ignore[arg-type]  # asks only for `custom`


def in_stage(opportunity: Opportunity) -> str:
    """How long it has been in its stage: "3 days"."""
    days = (clock.now() - opportunity.stage_changed_at).days
    return "since today" if days < 1 else f"for {days} day{'s' if days != 1 else ''}"


def full_day(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def slippage(opportunity: Opportunity) -> list[tuple[str, str]]:
    """How the expected close moved: original date, times and days slipped, the last time. Empty while it never did."""
    one = opportunity
    if not one.close_slips or one.original_close_on is None:
        return []
    slipped = one.close_slipped_at.astimezone(current.location().zone).date() if one.close_slipped_at else None
    found = [
        ("Originally", full_day(one.original_close_on)),
        ("Slipped", f"{one.close_slips} time{'s' if one.close_slips != 1 else ''}"),
        ("In all", f"{one.close_slipped_days} day{'s' if one.close_slipped_days != 1 else ''}"),
    ]
    return [*found, ("Last", full_day(slipped))] if slipped else found


def history(opportunity: Opportunity, before: str = "") -> tuple[list[dict[str, Any]], str]:
    """Lines of what happened, newest first, and where the next page begins; amounts only for who may see them."""
    sees_values = may_see_values(scope.current().actor)
    page = timeline.read(Entry.objects.filter(subject_id=opportunity.pk), before, limit=50, resolve=_names)
    lines = []
    for line in page:
        parts = []
        for label, old, new in line.changes:
            text = _change(line.verb, label, old, new, sees_values)
            parts += [text] if text else []
        lines.append(
            {
                "at": line.at,
                "icon": line.icon,
                "text": line.sentence[:1].upper() + line.sentence[1:],
                "detail": ", ".join(parts[:4]),
                "actor": line.actor,
            }
        )
    return lines, page.next


def _names(wanted: dict[str, set[str]]) -> dict[str, str]:
    held = dict(wanted)
    stages = held.pop("stage", set())
    found = names_for(held)
    return found | dict(Stage.objects.filter(pk__in=stages).values_list("pk", "name")) if stages else found


QUIET = ("stage", "pipeline", "status", "lost reason", "name", "stage changed at", "status changed at", "contact",
    "close slips", "close slipped days", "close slipped at", "original close on", "tags", "followers")  # fmt: skip


def _change(verb: str, label: str, old: str, new: str, sees_values: bool) -> str:
    """One change in words, or nothing where the sentence says it already."""
    if label == "value cents":
        if not sees_values:
            return ""
        old, new = (money.shown(int(side.replace(",", "") or 0)) if side else "" for side in (old, new))
        label = "value"
    elif label in QUIET or verb == "opportunity.created":
        return ""
    return f"{label}: {old} → {new}" if old and new else f"{label}: {new or 'removed'}"
