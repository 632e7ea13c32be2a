"""Why somebody is in a list, or why not: clause by clause, with what the contact really has.

The verdicts come from `contacts.filters.evaluate`; here they get words: the contact's value, who did it and when, and the
day on which the answer changes if nothing happens.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from accounts import names as people
from contacts.chips import plainly
from contacts.columns import TYPES, VALIDITY, VIA
from contacts.filters import evaluate, in_words, resolve
from contacts.filters.evaluating import Verdict, happened, judge
from contacts.filters.events import EVENTS
from contacts.filters.fields import Field
from contacts.filters.knowing import Known, Row
from contacts.filters.resolving import EXACT, Resolved, SameRow, tag_id, values
from contacts.filters.sources import TEAMS
from contacts.filters.tree import Condition, Group
from contacts.models import Contact, Tag
from core.phones import pretty
from journal.models import Entry
from objects.values import shown

MOST_DAYS = 60  # days that are tried when looking for the next change
FARTHEST = 3660  # days ahead that are worth telling
TABLES = {"type": TYPES, "email_validity": VALIDITY, "phone_validity": VALIDITY, "created_via": VIA}
TAGGING = ("contact.tagged", "contact.created", "contact.updated")


@dataclass(frozen=True)
class Clause:
    """One condition, or with `parts` a group, and what became of it.

    `verdict` is "yes", "no", "spare" (it does not hold, and need not) or "broken"; `joint` what joins the parts.
    """

    verdict: str
    field: str = ""
    operator: str = ""
    value: str = ""
    actual: str = ""
    at: dt.datetime | None = None
    joint: str = ""
    heading: str = ""
    parts: tuple[Clause, ...] = ()

    @property
    def said(self) -> str:
        """The verdict in words."""
        return {"yes": "Holds", "no": "Does not hold", "spare": "Not needed", "broken": "Broken"}[self.verdict]


@dataclass(frozen=True)
class Explanation:
    """Whether a contact is in a list. `changes_on` is the first day on which that will be different by itself."""

    is_in: bool
    clauses: tuple[Clause, ...]
    changes_on: dt.date | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def holding(self) -> int:
        return sum(one.verdict == "yes" for one in self.clauses)

    @property
    def figure(self) -> str:
        """How many of the parts hold, in words."""
        noun = "groups" if any(one.parts for one in self.clauses) else "filters"
        if len(self.clauses) == 1:
            return f"The {noun[:-1]} {'matches' if self.holding else 'does not match'}"
        return f"{self.holding} of {len(self.clauses)} {noun} match"


def explain(tree: Group, contact: Contact, search: str = "") -> Explanation:
    """Hold a contact against a list. A few queries, whatever the number of conditions.

    Args:
        tree: the list's filters.
        search: what is searched for within the list.

    Raises:
        BadFilter: the filters cannot be used.
    """
    resolved = resolve(tree)
    verdict, known = evaluate(resolved, contact.pk)
    words = Words(resolved, known, contact)
    found = tuple(words.clause(part, False) for part in verdict.parts)
    is_in, notes = verdict.holds, []
    if search and not Contact.objects.filter(pk=contact.pk).search(search).exists():
        is_in = False
        notes.append(f"The search for “{search}” does not find them.")
    changes = next_change(resolved, known, verdict) if not notes else None
    return Explanation(is_in, found, changes, notes)


class Words:
    """What a contact has, in words. Names are looked up once for all conditions."""

    def __init__(self, resolved: Resolved, known: Known, contact: Contact) -> None:
        self.resolved = resolved
        self.known = known
        self.contact = contact
        self.told = in_words(resolved.tree, resolved)
        self.row = known.row
        asked = {one.field.kind for one in resolved.tree.conditions()}
        self.tags = Tag.objects.names_of(contact.tags) if "tags" in asked else {}
        wanted = {self.row["assigned_to_id"], *self.row["followers"]} if asked & {"person", "people"} else set()
        rows = [row for held in known.related.values() for row in held]
        wanted |= {value for row in rows for name, value in row.items() if name.endswith("_id") and value}
        self.people = people.of_users(one for one in wanted if one)
        self.team = TEAMS.names([self.row["team_id"]]) if self.row["team_id"] and "person" in asked else {}
        self.tagged = self._tagged() if "tags" in asked else {}

    def _tagged(self) -> dict[str, Entry]:
        """{tag id: the entry that says who added it last}. One query."""
        rows = Entry.objects.filter(contact_id=self.contact.pk, verb__in=TAGGING, changes__has_key="tags")
        found: dict[str, Entry] = {}
        for entry in rows.order_by("-pk")[:100]:
            before, after = (set(part or ()) for part in entry.changes["tags"])
            for tag in after - before:
                found.setdefault(tag, entry)
        return found

    def clause(self, verdict: Verdict, spare: bool) -> Clause:
        """A verdict with its words; `spare`: one of its neighbours is enough."""
        part = verdict.part
        if isinstance(part, Condition):
            return self.condition(part, verdict, spare)
        inner_spare = spare or (isinstance(part, Group) and part.joined == "OR" and verdict.holds)
        inner = tuple(self.clause(one, inner_spare) for one in verdict.parts)
        state = "yes" if verdict.holds else "broken" if verdict.broken else "spare" if spare else "no"
        if isinstance(part, SameRow):
            label = part.table.label
            heading = f"no {label.lower()} is like this" if part.none else f"one {label.lower()} of which all holds"
            if len(inner) == 1:
                return replace(inner[0], verdict=state)
            return Clause(state, joint="AND", heading=heading, parts=inner)
        heading = "at least one of" if part.joined == "OR" else "all of"
        return Clause(state, joint=part.joined, heading=heading, parts=inner)

    def condition(self, part: Condition, verdict: Verdict, spare: bool) -> Clause:
        words = self.told[id(part)]
        state = "yes" if verdict.holds else "broken" if verdict.broken else "spare" if spare else "no"
        operator, value = plainly(part, words)
        clause = Clause(state, words["field"], operator, value)
        if verdict.broken:
            return replace(
                clause, actual=f"Nobody matches: {verdict.broken}. Choose another one, or remove this filter."
            )
        actual, at = self.actual(part, verdict)
        if state == "spare":
            actual = f"{actual}. Not needed, one is enough" if actual else "Not needed, one is enough"
        return replace(clause, actual=actual, at=at)

    def actual(self, part: Condition, verdict: Verdict) -> tuple[str, dt.datetime | None]:
        """What there is, in words, and when it came to be."""
        found = part.field
        if found.kind == "tags":
            return self.of_tags(part)
        if found.kind == "event":
            return self.of_event(part)
        if found.kind == "linked":
            names = found.source.names(self.known.links) if found.source else {}
            return (f"Linked as {', '.join(sorted(names.values()))}" if names else "Has no links"), None
        if found.kind == "later":
            return "Nobody has any of these yet", None
        if "." in found.name and found.custom is None and not found.keys:
            return self.of_related(part, verdict)
        if found.kind in ("moment", "date", "birthday"):
            moment = self.row.get(found.column) if not found.keys else None
            at = moment if isinstance(moment, dt.datetime) else None
            return f"{found.label} is {self.value(found, self.row) or 'empty'}", at
        if found.kind == "person":
            owner = self.value(found, self.row)
            return (f"{found.label} is {owner}" if owner else "Nobody owns the contact"), None
        if found.kind in ("has", "count"):
            return self.of_rows(found), None
        if found.kind == "import":
            return f"Brought in or changed by {len(self.known.imports) or 'no'} import" + (
                "s" if len(self.known.imports) > 1 else ""
            ), None
        value = self.value(found, self.row)
        return f"{found.label} is {value}" if value else f"{found.label} is empty", None

    def of_rows(self, found: Field) -> str:
        count = self.known.counts[found.name]
        noun = {"noteCount": "note", "hasOpenTask": "open task", "hasOverdueTask": "overdue task"}.get(
            found.name, "row"
        )
        return f"{count or 'No'} {noun}{'' if count == 1 else 's'}"

    def of_tags(self, part: Condition) -> tuple[str, dt.datetime | None]:
        wanted = []
        if part.operator in EXACT:
            wanted = [tag_id(self.resolved, item) for item in values(part.value)]
        elif part.operator in ("contains", "not_contains"):
            wanted = [pk for item in values(part.value) for pk in self.resolved.containing[str(item)]]
        held = [pk for pk in (wanted or self.contact.tags) if pk in self.contact.tags and pk in self.tags]
        if not held:
            return ("Has none of these" if self.contact.tags and wanted else "Has no tags"), None
        listed = ", ".join(self.tags[pk] for pk in held[:5]) + (f" and {len(held) - 5} more" if len(held) > 5 else "")
        entry = next((self.tagged[pk] for pk in held if pk in self.tagged), None)
        by = f", added by {entry.actor_name}" if entry is not None and entry.actor_name else ""
        return f"Has {listed}{by}", entry.at if entry is not None else None

    def of_event(self, part: Condition) -> tuple[str, dt.datetime | None]:
        times = happened(part.field, part.value, self.resolved, self.known)
        if times:
            return ("Once" if len(times) == 1 else f"{len(times)} times, the last time"), times[0]
        every = self.known.events[part.field.name]
        if not every:
            return "Never happened", None
        return "Happened, but not like this; the last time", every[0][EVENTS[part.field.name].at]

    def of_related(self, part: Condition, verdict: Verdict) -> tuple[str, dt.datetime | None]:
        table = part.field.name.partition(".")[0]
        if not self.known.related.get(table):
            return "There is none", None
        shown_rows = verdict.rows[:1]
        if not shown_rows:
            return "None is like this", None
        value = self.value(part.field, shown_rows[0])
        return (f"It is {value}" if value else "It is empty"), None

    def value(self, found: Field, row: Row) -> str:
        """A field's value in words, "" when there is none."""
        held: Any = row.get(found.column)
        if found.custom is not None:
            held = (held or {}).get(found.custom.pk)
            if len(found.keys) > 1:
                return str((held or {}).get(found.keys[1], "") if isinstance(held, dict) else "")
            return shown(found.custom, held) if held is not None else ""
        for key in found.keys:
            held = held.get(key) if isinstance(held, dict) else None
        if found.kind == "yes_no":
            return self.yes_or_no(found, row)
        if found.name == "contactName":
            return str(self.contact)
        if found.kind == "address":
            return self.addresses(found, row)
        if held in (None, "", []):
            return (
                self.team.get(row.get(found.team) or "", "") and f"{self.team[row[found.team]]} (team)"
                if found.team
                else ""
            )
        if found.kind in ("person", "people"):
            named = [self.people.get(pk, "somebody who left") for pk in values(held)]
            return ", ".join(named)
        if found.kind == "ref":
            named_ref = found.source.names([str(held)]) if found.source else {}
            return str(named_ref.get(str(held), held))
        if isinstance(held, dt.datetime):
            local = held.astimezone(self.resolved.zone)
            return f"{local.day} {local:%b %Y, %H:%M}"
        if isinstance(held, dt.date):
            return f"{held.day} {held:%b %Y}"
        if found.kind == "number" and found.scale != 1:
            return f"{held / found.scale:,.2f}"
        choices = dict(found.choices) or TABLES.get(found.column, {})
        return str(choices.get(str(held), held))

    def yes_or_no(self, found: Field, row: Row) -> str:
        column, _, rest = found.column.partition(".")
        channel, _, _only = rest.partition(".")
        if not channel:
            return "yes" if row[column] else "no"
        status = ((row[column] or {}).get(channel) or {}).get("status", "")
        if status in ("active", "permanent"):
            return "yes, for good" if status == "permanent" else "yes, until it is lifted"
        return "yes, all channels are blocked" if column == "dnd_settings" and row["dnd"] else "no"

    def addresses(self, found: Field, row: Row) -> str:
        if found.name == "email":
            return ", ".join(one for one in (row["email"], *row["more_emails"]) if one)
        return ", ".join(pretty(one) for one in (row["phone"], *(held["number"] for held in row["more_phones"])) if one)


def next_change(resolved: Resolved, known: Known, verdict: Verdict) -> dt.date | None:
    """The first day after today on which the answer is another one although nothing happens; None within ten years."""
    last = resolved.today + dt.timedelta(days=FARTHEST)
    days = sorted(day for day in set(_days(resolved, known)) if resolved.today < day <= last)
    turns = (day for day in days[:MOST_DAYS] if judge(resolved.on(day), known).holds != verdict.holds)
    return next(turns, None)


def _days(resolved: Resolved, known: Known) -> Iterable[dt.date]:
    """The days on which some condition that counts from today may turn."""
    for condition in resolved.tree.conditions():
        found, value = condition.field, condition.value
        if found.kind == "event" and value["when"] == "in_last":
            count, moments = (
                int(value["days"]),
                [row[EVENTS[found.name].at] for row in known.events[found.name][:MOST_DAYS]],
            )
        elif condition.operator in ("in_last", "not_in_last", "in_next"):
            count = int(value)
            table = known.related.get(found.name.partition(".")[0])
            rows = table if table is not None and "." in found.name and not found.keys else [known.row]
            moments = [_held(found, row) for row in rows[:MOST_DAYS]]
        else:
            continue
        for moment in moments:
            day = _day(moment, resolved.zone)
            if day is None:
                continue
            for step in (count, count + 1, -count, 1):
                try:
                    turn = day + dt.timedelta(days=step)
                except OverflowError:
                    continue
                if turn > resolved.today:
                    yield turn


def _held(found: Field, row: Row) -> Any:
    held: Any = row.get(found.column)
    for key in found.keys:
        held = held.get(key) if isinstance(held, dict) else None
    return held


def _day(held: Any, zone: dt.tzinfo) -> dt.date | None:
    if isinstance(held, dt.datetime):
        return held.astimezone(zone).date()
    if isinstance(held, str):
        try:
            return dt.date.fromisoformat(held)
        except ValueError:
            return None
    return held if isinstance(held, dt.date) else None
