"""A contact as it was: its columns at an earlier moment, found by taking back what the journal says happened since.

A moment is an id of the journal's kind, whole or only its beginning, which is a time: whatever has a greater id is taken
back. So "right after this entry" and "on Monday at nine" are the same thing, and one index serves both.
"""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import Team, User
from contacts import details
from contacts.identity import edit
from contacts.models import Business, Contact, Tag
from contacts.models.consent import CHANNELS
from core import clock, ids, scope
from core.errors import Forbidden, Invalid, Refused
from journal import timeline
from journal.models import Entry, plain
from journal.sentences import shown as as_text
from journal.writing import write
from objects.models import CustomField

MOST = 20_000  # entries that are taken back at most
NEVER = frozenset({"search", "name_folded", "id", "location", "last_activity_at", "date_updated", "date_added"})
NOT_RESTORED = frozenset({"files", "signature", "fixed"})
BORN = frozenset({"contact.created"})
POINTERS = ("business", "assigned_to", "team")


@dataclass(frozen=True)
class Pair:
    """One field then and now, as people read it."""

    name: str
    label: str
    then: str
    now: str
    may_restore: bool

    @property
    def is_different(self) -> bool:
        return self.then != self.now


def moment_at(when: dt.datetime) -> str:
    """The moment that has everything up to and including the millisecond `when`."""
    return timeline.first_id(when + dt.timedelta(milliseconds=1))


def is_moment(text: str) -> bool:
    return len(text) in (ids.TIME_LENGTH, ids.LENGTH) and text.isascii() and text.isalnum()


def beside(contact: Contact, moment: str) -> tuple[Entry | None, str, str]:
    """(the last change up to a moment, the moment of the change before it, that of the change after); "" where there is
    none. Two queries."""
    changes = Entry.objects.filter(subject_id=contact.pk).exclude(changes={})
    last = list(changes.filter(pk__lte=moment).order_by("-pk")[:2])
    after = changes.filter(pk__gt=moment).order_by("pk").values_list("pk", flat=True).first()
    return (last[0] if last else None), (last[1].pk if len(last) > 1 else ""), after or ""


def as_of(contact: Contact, moment: str) -> Contact | None:
    """An unsaved copy of the contact as it was, or None where it did not exist yet. Four queries at most.

    People, companies and teams that are gone since are None there; `lost` has the names of those columns.

    Raises:
        Refused: more happened since than is taken back at once.
    """
    held = columns_of(contact)
    since = Entry.objects.filter(subject_id=contact.pk, pk__gt=moment).order_by("-pk").values_list("verb", "changes")
    for number, (verb, changes) in enumerate(since[: MOST + 1]):
        if number == MOST:
            raise Refused(f"More than {MOST:,} changes were made since then. Choose a later moment.")
        if verb in BORN:
            return None
        for name, pair in (changes or {}).items():
            if isinstance(pair, list) and len(pair) == 2:
                held[name] = before(held.get(name), *pair)
    return _copy(contact, held)


def columns_of(contact: Contact) -> dict[str, Any]:
    """{column: value} of what the journal tells of, JSON types only."""
    return {
        field.name: plain(field.value_from_object(contact))
        for field in contact._meta.concrete_fields
        if field.name not in NEVER
    }


def before(held: Any, old: Any, new: Any) -> Any:
    """What a column held before it went from `old` to `new`; of objects an entry has only the members that differed."""
    if not isinstance(old, dict) or not isinstance(new, dict) or not isinstance(held, dict):
        return old
    kept = {key: value for key, value in held.items() if key not in old and key not in new}
    return kept | {key: value for key, value in old.items() if value is not None}


def _copy(contact: Contact, held: dict[str, Any]) -> Contact:
    found = copy.copy(contact)
    found._state = copy.copy(contact._state)
    found._state.fields_cache = {}
    for field in Contact._meta.concrete_fields:
        if field.name in held and not field.is_relation:
            value = held[field.name]
            if value is None and not field.null:
                value = field.get_default()
            setattr(found, field.attname, field.to_python(value))
    found.business = _row(Business.objects.all(), held["business"])
    found.assigned_to = _row(User.objects.everywhere(reason="the owner of then may have left"), held["assigned_to"])
    found.team = _row(Team.objects.all(), held["team"])
    found.lost = {name for name in POINTERS if held[name] and getattr(found, name) is None}  # type: ignore[attr-defined]
    return found


def _row(rows: Any, pk: str | None) -> Any:
    return rows.filter(pk=pk).first() if pk else None


def pairs(then: Contact, now: Contact, fields: list[CustomField], actor: scope.Actor) -> list[Pair]:
    """Every field then and now, in the order of the record; what was and is empty too. Two queries."""
    tags = Tag.objects.names_of({*then.tags, *now.tags})
    people = User.objects.everywhere(reason="followers of then may have left").filter(
        pk__in={*then.followers, *now.followers}
    )
    names = {person.pk: person.name or person.email for person in people}
    may = actor.may("contacts.write") and not now.is_trashed
    found = [
        Pair("owner", "Owner", owner_of(then), owner_of(now), may and now.may_change_owner(actor)),
        Pair("followers", "Followers", _named(then.followers, names), _named(now.followers, names), may),
        Pair("tags", "Tags", _named(sorted(then.tags), tags), _named(sorted(now.tags), tags), may),
    ]
    for old, new in zip(_rows(then, fields), _rows(now, fields), strict=True):
        found.append(Pair(old.name, old.label, text_of(old), text_of(new), may and old.kind not in NOT_RESTORED))
    found.append(Pair("dnd", "Do not disturb: all channels", _yes(then.dnd), _yes(now.dnd), may))
    for channel, label in CHANNELS.items():
        old_text, new_text = status_of(then, channel), status_of(now, channel)
        if old_text or new_text:
            found.append(Pair(f"dnd-{channel}", f"Do not disturb: {label}", old_text, new_text, may))
    found.append(Pair("inbound", "Do not disturb: incoming", _yes(is_shut(then)), _yes(is_shut(now)), may))
    found.append(Pair("trash", "In the trash", _yes(then.is_trashed), _yes(now.is_trashed), False))
    return found


def _rows(contact: Contact, fields: list[CustomField]) -> list[details.Row]:
    standard = [details.standard(contact, *each) for each in details.CONTACT + details.GENERAL]
    return [*standard, *(details.custom(contact, field) for field in fields)]


def text_of(row: details.Row) -> str:
    """A row's value as one line of text."""
    if row.kind in ("emails", "phones", "files", "signature"):
        names = [held.get("name", "") for held in row.extra.values()] if isinstance(row.extra, dict) else []
        return ", ".join(names) if names else as_text(row.value, "", {})
    return "" if row.is_empty else str(row.shown)


def owner_of(contact: Contact) -> str:
    owner = contact.team or contact.assigned_to
    return str(owner) if owner else ""


def status_of(contact: Contact, channel: str) -> str:
    """What blocks a channel: active, permanent, or "" for nothing."""
    status = contact.dnd_settings.get(channel, {}).get("status", "")
    return "" if status == "inactive" else status


def is_shut(contact: Contact) -> bool:
    return contact.inbound_dnd.get("all", {}).get("status") == "active"


def _named(held: list[str], names: dict[str, str]) -> str:
    return ", ".join(names.get(pk, "(deleted)") for pk in held)


def _yes(value: bool) -> str:
    return "Yes" if value else "No"


def restore(contact: Contact, name: str, moment: str) -> str:
    """Give one field the value it had; every rule of an edit holds, and the journal says what was brought back.

    Args:
        name: a field of the record, the id of a custom field, or owner, followers, tags, dnd, dnd-<channel>, inbound.

    Returns:
        The moment before the restore, to take it back with.

    Raises:
        Invalid: there is no such field, or the contact did not exist then. Refused: what the field pointed to is gone,
            or it is as it was already. Forbidden: the actor may not change the owner.
        Duplicate, LimitReached: as for any edit. Nothing is written then.
    """
    field = CustomField.objects.filter(model="contact", pk=name).first() if ids.is_id(name) else None
    then = as_of(contact, moment)
    if then is None:
        raise Invalid({name: "The contact did not exist then."})
    label, given = wanted_of(contact, then, name, field)
    undo = ids.new_id()
    with transaction.atomic():
        contact.lock()
        held = columns_of(contact)
        edit(contact, **given)
        contact.refresh_from_db()
        if columns_of(contact) == held:
            raise Refused(f"{label} is as it was already.")
        write("contact.field_restored", contact, facts={"field": label, "was_at": clock.iso(time_of(moment))})
    return undo


def time_of(moment: str) -> dt.datetime:
    """When a moment was: ids begin with their time."""
    number = 0
    for character in moment[: ids.TIME_LENGTH]:
        number = number * 62 + ids.ALPHABET.index(character)
    try:
        return dt.datetime.fromtimestamp(number / 1000, tz=dt.UTC)
    except (ValueError, OverflowError, OSError):
        raise Invalid({"moment": "That is no moment."}) from None


def wanted_of(now: Contact, then: Contact, name: str, field: CustomField | None) -> tuple[str, dict[str, Any]]:
    """(label, what `identity.edit` has to be given) so that a field is as it was."""
    lost: set[str] = getattr(then, "lost", set())
    if name == "owner":
        if not now.may_change_owner(scope.current().actor):
            raise Forbidden("Only the owner, or somebody who sees all contacts, can change the owner.")
        if lost & {"assigned_to", "team"}:
            raise Refused("Who owned the contact then is no longer here.")
        return "owner", {"owner": then.owner_id or ""}
    if name == "followers":
        return "followers", {"followers": list(then.followers)}
    if name == "tags":
        names = Tag.objects.names_of(then.tags)
        if then.tags and not names:
            raise Refused("The tags of then were deleted.")
        return "tags", {"tags": [names[pk] for pk in then.tags if pk in names]}
    if name == "dnd":
        return "do not disturb", {"dnd": then.dnd}
    if name == "inbound":
        return "do not disturb (incoming)", {"inbound": {"all": {"status": "active" if is_shut(then) else "inactive"}}}
    if name.startswith("dnd-"):
        channel = name.removeprefix("dnd-")
        state = then.dnd_settings.get(channel) or {"status": "inactive"}
        return f"do not disturb ({CHANNELS.get(channel, channel)})", {"channels": {channel: dict(state)}}
    row = details.row_named(then, name, field)
    if row is None or row.kind in NOT_RESTORED:
        raise Invalid({name: "There is no such field to restore."})
    if field is not None:
        return field.name, {"custom": {field.pk: then.custom.get(field.pk)}}
    if name == "emails":
        return "e-mail", {"email": then.email, "more_emails": then.more_emails}
    if name == "phones":
        given = {"phone": then.phone, "phone_label": then.phone_label, "more_phones": then.more_phones}
        return "phone", given
    if name == "business":
        if "business" in lost:
            raise Refused("The company of then was deleted.")
        return "company", {"business": then.business, **({} if then.business else {"company_name": then.company_name})}
    return row.label, {name: getattr(then, name)}
