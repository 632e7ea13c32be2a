"""What happened, newest first and a page at a time: to one contact, to one subject, or in the whole location."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from core import clock, ids
from journal import verbs
from journal.models import Entry
from journal.sentences import Change, Names, Resolver, changes_of, sentence, wanted_ids

MOST = 200
KINDS = {
    "change": "Changes",
    "note": "Notes",
    "task": "Tasks",
    "tag": "Tags",
    "opportunity": "Opportunities",
    "association": "Associations",
    "document": "Documents",
    "score": "Score",
    "consent": "Do not disturb",
    "job": "Imports, exports and bulk actions",
    "settings": "Settings",
    "account": "People and access",
}


@dataclass(frozen=True)
class Line:
    """One entry, ready to be shown."""

    id: str
    verb: str
    kind: str
    icon: str
    at: dt.datetime
    actor: str
    actor_id: str
    via: str
    ip: str
    subject_type: str
    subject_id: str
    contact_id: str | None
    sentence: str  # follows the actor's name: "added the tag vip"
    changes: list[Change]  # (label, old, new)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """A whole sentence: "Alice Adams added the tag vip"."""
        return f"{self.actor} {self.sentence}".strip()


@dataclass(frozen=True)
class Page:
    lines: list[Line]
    next: str  # `before` of the following page; empty on the last one

    def __iter__(self) -> Any:
        return iter(self.lines)

    def __len__(self) -> int:
        return len(self.lines)


def nobody(_: dict[str, set[str]]) -> Names:
    """The resolver of those who have no names to give."""
    return {}


def page(
    contact_id: str | Sequence[str],
    before: str | None = None,
    kinds: Iterable[str] = (),
    actor: str = "",
    limit: int = 50,
    resolve: Resolver = nobody,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> Page:
    """A contact's timeline. Two queries beside those of `resolve`, which is called once.

    Args:
        contact_id: one id, or several: what was merged into a contact is told as its own.
        before: the id of the last entry seen; "" or None for the newest.
        kinds: keys of KINDS; none means all.
        actor: id of the user whose deeds are wanted; "" means everybody's.
        limit: lines a page, at most 200.
        resolve: turns {kind: ids} into {id: label}; kinds are user, tag, business, custom_field, field_folder, contact,
            task, note and other nouns.
        since, until: from this moment to before that one.
    """
    wanted = [contact_id] if isinstance(contact_id, str) else list(dict.fromkeys(contact_id))
    if len(wanted) == 1:
        own = narrowed(Entry.objects.filter(contact_id=wanted[0]), since=since, until=until)
        return read(own, before, kinds, actor, limit, resolve)
    limit = max(1, min(limit, MOST))
    parts = [
        narrowed(_older(Entry.objects.filter(contact_id=pk), before, kinds, actor), since=since, until=until)
        .order_by("-pk")[: limit + 1]
        for pk in wanted
    ]  # fmt: skip
    # each part is read from its own stretch of the index and stops at the limit
    return _page(list(parts[0].union(*parts[1:], all=True).order_by("-pk")[: limit + 1]), limit, resolve)


def read(
    entries: Any,
    before: str | None = None,
    kinds: Iterable[str] = (),
    actor: str = "",
    limit: int = 50,
    resolve: Resolver = nobody,
) -> Page:
    """A page of any queryset of entries; arguments as for `page`."""
    limit = max(1, min(limit, MOST))
    return _page(list(_older(entries, before, kinds, actor).order_by("-pk")[: limit + 1]), limit, resolve)


def _older(entries: Any, before: str | None, kinds: Iterable[str], actor: str) -> Any:
    found = narrowed(entries, kinds=kinds, actor=actor)
    return found.filter(pk__lt=before) if before and ids.is_id(before) else found


def _page(rows: list[Entry], limit: int, resolve: Resolver) -> Page:
    return Page(lines_of(rows[:limit], resolve), rows[limit - 1].pk if len(rows) > limit else "")


def narrowed(
    entries: Any,
    kinds: Iterable[str] = (),
    actor: str = "",
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> Any:
    """Entries of these kinds, by this actor, from `since` to before `until`.

    Ids carry their time, so the index of ids serves dates as well.
    """
    wanted = set(kinds)
    if wanted:
        entries = entries.filter(verb__in=[verb.name for verb in verbs.VERBS.values() if verb.kind in wanted])
    if actor:
        entries = entries.filter(actor_id=actor)
    if since:
        entries = entries.filter(pk__gte=first_id(since))
    if until:
        entries = entries.filter(pk__lt=first_id(until))
    return entries


def first_id(moment: dt.datetime) -> str:
    """What every id made at or after `moment` is not less than."""
    return ids.encode(max(0, clock.epoch_ms(moment)), ids.TIME_LENGTH)


def lines_of(entries: list[Entry], resolve: Resolver = nobody) -> list[Line]:
    """Entries as lines; `resolve` is called once for all of them."""
    wanted = wanted_ids(entries)
    names = resolve(wanted) if wanted else {}
    return [line_of(entry, names) for entry in entries]


def line_of(entry: Entry, names: Names) -> Line:
    verb = verbs.VERBS.get(entry.verb)
    return Line(
        id=entry.pk,
        verb=entry.verb,
        kind=verb.kind if verb else "change",
        icon=verb.icon if verb else "history",
        at=entry.at,
        actor=entry.actor_name or "HoopAI",
        actor_id=entry.actor_id,
        via=entry.via,
        ip=entry.ip or "",
        subject_type=entry.subject_type,
        subject_id=entry.subject_id,
        contact_id=entry.contact_id,
        sentence=sentence(entry, names),
        changes=changes_of(entry, names),
        facts=entry.facts or {},
    )
