"""Entries as people read them: "changed city and owner", and what each value was before.

The journal knows no other table. Ids become names through a map {id: label} that the caller gathers: `wanted_ids` says
which ids a page of entries needs, by kind, so that one query a kind is enough.
"""

from __future__ import annotations

import datetime as dt
import string
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils import timezone

from core import ids
from core.text import words_of
from journal import verbs
from journal.models import Entry

Names = Mapping[str, str]
Resolver = Callable[[dict[str, set[str]]], Names]
Change = tuple[str, str, str]

LONGEST_VALUE = 300
MOST_FIELDS = 4
LABELS = {
    "assigned_to": "owner",
    "business": "company",
    "company_name": "company name",
    "custom": "custom fields",
    "date_of_birth": "birthday",
    "dnd": "do not disturb",
    "dnd_settings": "do not disturb",
    "inbound_dnd": "do not disturb (incoming)",
    "due_at": "due date",
    "expected_close_on": "expected close date",
    "forecast_category": "forecast category",
    "stale_after_days": "days until stale",
    "allow_duplicate_opportunities": "several open opportunities",
    "email": "e-mail",
    "more_emails": "other e-mails",
    "more_phones": "other phones",
    "phone_label": "phone label",
    "postal_code": "postal code",
    "is_shared": "sharing",
    "match_by": "match order",
    "allow_duplicates": "duplicates allowed",
    "only_assigned": "sees only assigned data",
    "agency_role": "agency role",
    "timezone": "time zone",
    "is_active": "active",
    "is_unique": "unique",
}
REFERS_TO = {
    "assigned_to": "user",
    "completed_by": "user",
    "user": "user",
    "users": "user",
    "owner": "user",
    "team": "team",
    "followers": "user",
    "tags": "tag",
    "tag": "tag",
    "business": "business",
    "folder": "field_folder",
    "contact": "contact",
    "location": "location",
    "company": "company",
}
HIDDEN = {"value_cents", "stage", "pipeline", "lost_reason", "stage_changed_at", "status_changed_at", "deleted_with",
    "original_close_on", "close_slips", "close_slipped_days", "close_slipped_at",
    "deleted_at", "deleted_by", "completed_at", "created_by", "created_by_id", "created_via", "password",
    "search", "undoes",
    "location", "company", "position", "last_activity_at", "date_added", "date_updated", "secret", "token"}  # fmt: skip
NAMED_BY_SUBJECT = {"name", "title"}
GONE = {"user": "a former user", "team": "a deleted team", "tag": "a deleted tag", "business": "a deleted company",
    "field_folder": "a deleted folder",
    "contact": "a deleted contact", "custom_field": "a deleted field"}  # fmt: skip


def label_of(field: str) -> str:
    """A column's name in the words of the pages."""
    return LABELS.get(field, field.replace("_", " "))


def wanted_ids(entries: Iterable[Entry]) -> dict[str, set[str]]:
    """The ids that `sentence` and `changes_of` would like named: {"user": {...}, "tag": {...}, …}."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        facts, template = entry.facts or {}, template_of(entry)
        for name in NAMED_BY_SUBJECT:
            if f"{{{name}}}" in template and name not in facts and name not in (entry.changes or {}):
                wanted[entry.subject_type].add(entry.subject_id)
        for field, value in facts.items():
            if field in REFERS_TO:
                wanted[REFERS_TO[field]].update(ids_of(value))
        for field, pair in (entry.changes or {}).items():
            if field == "custom":
                wanted["custom_field"].update(key for side in pair if isinstance(side, dict) for key in side)
            elif field in REFERS_TO:
                for side in pair:
                    wanted[REFERS_TO[field]].update(ids_of(side))
    return {kind: found for kind, found in wanted.items() if found}


def sentence(entry: Entry, names: Names) -> str:
    """What happened as plain text that follows the actor's name: "completed the task Send the quote".

    `{fields}` of the verb's sentence are the changed columns; any other name is a fact, the new value of a column, or
    the subject's name from `names`. What is missing leaves nothing behind.
    """
    built = []
    for text, field, _, _ in string.Formatter().parse(template_of(entry)):
        built.append(text)
        if field:
            built.append(fields_of(entry, names) if field == "fields" else fact(entry, field, names))
    return " ".join("".join(built).split())


def changes_of(entry: Entry, names: Names) -> list[Change]:
    """[(label, old, new)] as text; custom fields one by one, what people need not see left out."""
    found: list[Change] = []
    for field, pair in (entry.changes or {}).items():
        if field in HIDDEN or not isinstance(pair, list) or len(pair) != 2:
            continue
        old, new = pair
        if field == "custom":
            before, after = old or {}, new or {}
            for key in {**before, **after}:
                label = names.get(key, GONE["custom_field"])
                found.append((label, shown(before.get(key), "", names), shown(after.get(key), "", names)))
        else:
            found.append((label_of(field), shown(old, field, names), shown(new, field, names)))
    return [change for change in found if change[1] != change[2]]


def template_of(entry: Entry) -> str:
    """The verb's sentence; a verb that is no longer declared speaks for itself."""
    try:
        return verbs.get(entry.verb).sentence
    except LookupError:
        return entry.verb.replace(".", " ").replace("_", " ")


def fields_of(entry: Entry, names: Names) -> str:
    """The changed columns in words, at most four of them by name."""
    labels = list(dict.fromkeys(label for label, _, _ in changes_of(entry, names)))
    if not labels:
        return "details"
    if len(labels) > MOST_FIELDS:
        labels = [*labels[: MOST_FIELDS - 1], f"{len(labels) - MOST_FIELDS + 1} more"]
    return " and ".join([", ".join(labels[:-1]), labels[-1]]) if len(labels) > 1 else labels[0]


def fact(entry: Entry, field: str, names: Names) -> str:
    """One word of a sentence: a fact, else the column's new or old value, else the subject's name."""
    facts, changes = entry.facts or {}, entry.changes or {}
    if field in facts:
        return shown(facts[field], field, names)
    if field in changes:
        old, new = changes[field]
        return shown(new, field, names) or shown(old, field, names)
    return names.get(entry.subject_id, "") if field in NAMED_BY_SUBJECT else ""


def shown(value: Any, field: str, names: Names) -> str:
    """A stored value as text: names for ids, Yes and No, lists with commas, HTML as its words."""
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(filter(None, (shown(item, field, names) for item in value)))[:LONGEST_VALUE]
    if isinstance(value, dict):
        return pieces_of(value, names)
    text = str(value)
    if field in REFERS_TO and ids.is_id(text):
        return names.get(text, GONE.get(REFERS_TO[field], text))
    if field.endswith("_at"):
        return moment_of(text)
    text = words_of(text) if "<" in text else text
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def pieces_of(value: dict[str, Any], names: Names) -> str:
    """A small object in words: a phone with its label, a channel with its status, else its members."""
    if "number" in value:
        return f"{value['number']} ({value['label']})" if value.get("label") else str(value["number"])
    if "status" in value:
        return str(value["status"])
    parts = (f"{key}: {shown(item, '', names)}" for key, item in value.items() if item not in (None, "", [], {}))
    return ", ".join(parts)[:LONGEST_VALUE]


def moment_of(text: str) -> str:
    """A stored moment in the time zone of the page."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment.tzinfo else text


def ids_of(value: Any) -> set[str]:
    """The ids in a value: one, or those of a list."""
    return {item for item in (value if isinstance(value, list) else [value]) if ids.is_id(item)}
