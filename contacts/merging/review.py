"""What a reviewer sees before a merge: the contacts side by side, field by field, and what hangs on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.formats import date_format
from django.utils.timezone import localtime

from accounts import names as people
from accounts.models import Team
from contacts import details
from contacts.merging import moving, relating
from contacts.merging.rules import emails as all_emails
from contacts.merging.rules import first_filled
from contacts.merging.rules import phones as all_phones
from contacts.merging.state import State, is_blank, state_of
from contacts.models import Contact, Tag
from contacts.models.addresses import MOST as MOST_ADDRESSES
from contacts.models.consent import CHANNELS, strictest
from core.phones import pretty
from objects.models import CustomField

ICONS = {
    "Notes": "note",
    "Tasks": "check-circle",
    "Opportunities": "board",
    "Documents": "file",
    "Associations": "link",
}


@dataclass(frozen=True)
class Cell:
    """One contact's value of a field. `note` is small beside it."""

    contact: Contact
    shown: str
    is_blank: bool = False
    is_chosen: bool = False
    note: str = ""
    person: str = ""  # id of a person, for the avatar


@dataclass(frozen=True)
class Line:
    """A field to choose from."""

    key: str
    label: str
    cells: list[Cell]
    differs: bool


@dataclass(frozen=True)
class Kept:
    """A field of which everything is kept: for every contact its items as (text, note, level)."""

    label: str
    cells: list[list[tuple[str, str, str]]]


@dataclass(frozen=True)
class Review:
    contacts: list[Contact]
    master: Contact
    lines: list[Line]
    kept: list[Kept]
    moves: list[tuple[str, str, int]]  # (icon, label, number)
    remarks: list[str]
    emails: list[str] = field(default_factory=list)  # to leave some out of; empty where all fit
    phones: list[str] = field(default_factory=list)
    dropped: frozenset[str] = frozenset()

    @property
    def differing(self) -> int:
        return sum(line.differs for line in self.lines)

    @property
    def too_many_emails(self) -> int:
        return max(0, len(self.emails) - MOST_ADDRESSES)

    @property
    def too_many_phones(self) -> int:
        return max(0, len(self.phones) - MOST_ADDRESSES)


def review(
    contacts: Sequence[Contact],
    master: Contact,
    picks: Mapping[str, str] | None = None,
    dropped: frozenset[str] = frozenset(),
) -> Review:
    """Side by side, in the given order. About ten queries, whatever the number of contacts.

    Args:
        picks: {key: contact id} that were chosen already; the rest is as the rules have it.
    """
    order = [master, *(one for one in contacts if one.pk != master.pk)]
    states = {one.pk: state_of(one) for one in contacts}
    ordered = [states[one.pk] for one in order]
    fields = list(CustomField.objects.filter(model="contact").select_related("folder"))
    named = people.of_users({pk for one in contacts if (pk := one.assigned_to_id)})
    named |= {
        team.pk: team.name for team in Team.objects.filter(pk__in=[one.team_id for one in contacts if one.team_id])
    }
    lines = [
        _line(key, label, contacts, states, order, shown, (picks or {}).get(key))
        for key, label, shown in _fields(contacts, states, fields, named)
    ]
    ids = [one.pk for one in order]
    emails, phones = all_emails(ordered), [held["number"] for held in all_phones(ordered)]
    hanging = moving.count(ids[1:])
    if linked := relating.count(ids[1:]):
        hanging["Associations"] = linked
    return Review(
        contacts=list(contacts),
        master=master,
        lines=[line for line in lines if not all(cell.is_blank for cell in line.cells)],
        kept=_kept(contacts, states, ordered, master),
        moves=[(ICONS.get(label, "puzzle"), label, number) for label, number in hanging.items()],
        remarks=moving.remarks(ids),
        emails=emails if len(emails) > MOST_ADDRESSES else [],
        phones=phones if len(phones) > MOST_ADDRESSES else [],
        dropped=dropped,
    )


def _fields(
    contacts: Sequence[Contact], states: Mapping[str, State], fields: Sequence[CustomField], named: Mapping[str, str]
) -> list[tuple[str, str, dict[str, str]]]:
    """(key, label, {contact id: what it says}) of every field to choose from."""
    found: list[tuple[str, str, dict[str, str]]] = []
    for name, label, kind in [*details.CONTACT, *details.GENERAL]:
        if name in ("emails", "phones"):
            continue
        key = "company" if name == "business" else name
        found.append((key, label, {one.pk: details.standard(one, name, label, kind).shown for one in contacts}))
    owners = {
        one.pk: next((named.get(pk, "Somebody who left") for pk in states[one.pk]["owner"] if pk), "")
        for one in contacts
    }
    found.insert(4, ("owner", "Owner", owners))
    found.append(("picture", "Picture", {one.pk: "Has a picture" if one.picture else "" for one in contacts}))
    for each in fields:
        shown = {one.pk: str(details.custom(one, each).shown or "") for one in contacts}
        for one in contacts:
            if not shown[one.pk] and not is_blank(states[one.pk].get(f"custom.{each.pk}")):
                shown[one.pk] = "Filled in"
        found.append((f"custom.{each.pk}", each.name, shown))
    return found


def _line(
    key: str,
    label: str,
    contacts: Sequence[Contact],
    states: Mapping[str, State],
    order: Sequence[Contact],
    shown: Mapping[str, str],
    pick: str | None,
) -> Line:
    values = {one.pk: states[one.pk].get(key) for one in order}
    kept = values[pick] if pick in values else first_filled(list(values.values()))
    chosen = pick if pick in values else next(pk for pk, value in values.items() if value == kept)
    cells = [
        Cell(
            one,
            shown[one.pk],
            is_blank=is_blank(values[one.pk]),
            is_chosen=one.pk == chosen,
            note="fills the gap" if one.pk == chosen and pick is None and one.pk != order[0].pk else "",
            person=(states[one.pk]["owner"][0] or "") if key == "owner" else "",
        )
        for one in contacts
    ]
    return Line(key, label, cells, differs=len({repr(value) for value in values.values()}) > 1)


def _kept(
    contacts: Sequence[Contact], states: Mapping[str, State], ordered: Sequence[State], master: Contact
) -> list[Kept]:
    tags = Tag.objects.names_of({pk for one in contacts for pk in one.tags})
    masters = states[master.pk]
    seen: dict[str, set[str]] = {"emails": set(), "phones": set()}
    noted: dict[str, dict[str, list[tuple[str, str, str]]]] = {"emails": {}, "phones": {}}
    for one in [master, *(each for each in contacts if each.pk != master.pk)]:
        for key in ("emails", "phones"):
            items = []
            for at, held in enumerate(states[one.pk][key]):
                value = held["number"] if isinstance(held, dict) else held
                is_first = at == 0 and (one.pk == master.pk or not masters[key])
                note = "same, kept once" if value in seen[key] else "primary" if is_first and not seen[key] else ""
                note = note or ("becomes additional" if one.pk != master.pk else "")
                seen[key].add(value)
                items.append((pretty(value) if key == "phones" else value, note, "ok"))
            noted[key][one.pk] = items
    rows = [
        Kept("E-mails", [noted["emails"][one.pk] for one in contacts]),
        Kept("Phones", [noted["phones"][one.pk] for one in contacts]),
        Kept("Tags", [[(tags[pk], "", "tag") for pk in one.tags if pk in tags] for one in contacts]),
        Kept("Do not disturb", [_blocks(one, states[one.pk], ordered) for one in contacts]),
        Kept("Score", [[(f"{one.score:,}", "added up", "ok")] if one.score else [] for one in contacts]),
        Kept("Attribution", [_attribution(one, ordered) for one in contacts]),
        Kept("Added", [[_added(one, contacts)] for one in contacts]),
    ]
    return [row for row in rows if any(row.cells)]


def _blocks(one: Contact, state: State, ordered: Sequence[State]) -> list[tuple[str, str, str]]:
    found = [("Everything blocked", "kept", "bad")] if one.dnd else []
    for channel, label in CHANNELS.items():
        held = state.get(f"dnd_settings.{channel}") or {}
        if held.get("status") in ("active", "permanent"):
            wins = strictest([each.get(f"dnd_settings.{channel}") for each in ordered]) == held
            words = "blocked for good" if held["status"] == "permanent" else "blocked"
            found.append((f"{label} {words}", "the stricter one wins" if wins else "", "bad"))
    return found


def _attribution(one: Contact, ordered: Sequence[State]) -> list[tuple[str, str, str]]:
    found = []
    for name, label in (("first_attribution", "First"), ("last_attribution", "Latest")):
        snapshot = getattr(one, name)
        if snapshot:
            words = next(
                (str(snapshot[key]) for key in ("sessionSource", "medium", "url") if snapshot.get(key)), "known"
            )
            found.append((f"{label}: {words}", "", "ok"))
    return found


def _added(one: Contact, contacts: Sequence[Contact]) -> tuple[str, str, str]:
    is_first = one.date_added == min(each.date_added for each in contacts)
    return date_format(localtime(one.date_added), "j M Y"), "kept" if is_first else "", "ok" if is_first else ""
