"""Folding contacts into one of them: one transaction, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts import current
from billing import limits
from contacts import identity
from contacts.merging import files, former, groups, moving, relating
from contacts.merging.rules import combine, identity_of, may_be_picked
from contacts.merging.state import State, changes_between, columns_of, state_of
from contacts.models import Contact, FormerId, Merge
from contacts.models.addresses import MOST as MOST_ADDRESSES
from contacts.models.merge import MOST
from contacts.scoring import pooling
from core import clock, ids, scope
from core.errors import Invalid, NotFound, Refused
from journal.recorded import quietly
from journal.writing import write

GONE = "One of these contacts does not exist, is in the trash, or you may not see it."


@dataclass(frozen=True)
class Choice:
    """What a reviewer decided. `picks` is {key: id of the contact whose value is kept}."""

    picks: Mapping[str, str]
    dropped_emails: frozenset[str] = frozenset()
    dropped_phones: frozenset[str] = frozenset()


NOTHING = Choice({})


def check_number(contact_ids: Sequence[str]) -> list[str]:
    """The ids, each once.

    Raises:
        Invalid: fewer than two, or more than ten.
    """
    chosen = list(dict.fromkeys(pk for pk in contact_ids if ids.is_id(pk)))
    if len(chosen) < 2:
        raise Invalid({"ids": "Choose at least two contacts to merge."})
    if len(chosen) > MOST:
        raise Invalid({"ids": f"At most {MOST} contacts can be merged at once; {len(chosen)} are chosen."})
    return chosen


def default_master(contacts: Sequence[Contact]) -> Contact:
    """The most recently active one."""
    return max(contacts, key=lambda one: (one.last_activity_at, one.pk))


def outcome(states: Sequence[State], choice: Choice, contact_ids: Sequence[str]) -> State:
    """The master's values; `contact_ids` go with `states`, the master first. E-mails and phones may be too many."""
    picks = {key: contact_ids.index(pk) for key, pk in choice.picks.items()}
    found = combine(states, picks)
    found["emails"] = [held for held in found["emails"] if held not in choice.dropped_emails]
    found["phones"] = [held for held in found["phones"] if held["number"] not in choice.dropped_phones]
    return found


def merge(contact_ids: Sequence[str], master_id: str, choice: Choice = NOTHING) -> Merge:
    """Fold contacts into the one with `master_id`. It can be undone for as long as the installation says.

    Args:
        contact_ids: two to ten, the master among them; each live and visible to the actor.

    Raises:
        Invalid: {"ids" | "master" | "emails" | "phones" | key: sentence}.
        NotFound: one of them is not there, or not for this actor.
        Refused: one of them has been merged away already.
        contacts.identity.Duplicate: the primary e-mail or phone chosen belongs to somebody else.
    """
    chosen = check_number(contact_ids)
    if master_id not in chosen:
        raise Invalid({"master": "Choose which of them stays."})
    order = [master_id, *(pk for pk in chosen if pk != master_id)]
    for key, pk in choice.picks.items():
        if not may_be_picked(key) or pk not in chosen:
            raise Invalid({key: "this cannot be chosen here"})
    copies: list[str] = []
    try:
        with transaction.atomic():
            return _merge(order, choice, copies)
    except BaseException:
        files.discard(copies)
        raise


def _merge(order: list[str], choice: Choice, copies: list[str]) -> Merge:
    contacts = _lock(order)
    master, others = contacts[0], contacts[1:]
    states = [state_of(one) for one in contacts]
    before, after = states[0], outcome(states, choice, order)
    _check_room(after)
    _check_primaries(states, after, order)
    copies += files.take_over(master, others, before, after)
    now = scope.current()
    row = Merge.record_new(
        master=master.pk,
        absorbed=[one.pk for one in others],
        names={one.pk: str(one) for one in contacts},
        owner_id=now.actor.user_id,
        made_by=now.actor.name[:200],
        undo_until=clock.now() + Merge.undo_for(),
        facts={"name": str(master), "number": len(contacts)},
    )
    told = moving.remarks(order)
    linked = relating.move(row)
    counts, left_out = moving.move(row)
    if left_out + linked.left_out:
        number = left_out + linked.left_out
        told.append(f"{number} link{'s' if number > 1 else ''} that would have repeated another one left out.")
    for name, number in linked.counts.items():
        counts[name] = counts.get(name, 0) + number
    FormerId.objects.bulk_create([FormerId(merge=row, contact=one.pk, master=master.pk) for one in others])
    facts = {
        "merge": row.pk,
        "names": [str(one) for one in others],
        "contacts_absorbed": [one.pk for one in others],
        "moved": counts,
    }
    apply_state(master, after, "contact.merged", facts)
    pooling.pool(master, row.pk)
    row.changes = changes_between(before, state_of(master))
    row.counts, row.remarks = counts, told
    with quietly(reason="merge.created is written; this is what undoing needs"):
        row.save(update_fields=["changes", "counts", "remarks"])
    away = {"merge": row.pk, "into": str(master), "contacts": [master.pk], "name": ""}
    for one in others:
        one.change(
            "contact.merged_away",
            facts={**away, "name": str(one)},
            deleted_at=clock.now(),
            deleted_by=now.actor.name[:200],
            merged_into=master.pk,
        )
    limits.give_back("contacts", len(others))
    groups.forget(row.absorbed)
    return row


def apply_state(contact: Contact, state: State, verb: str, facts: dict[str, Any]) -> None:
    """Make the contact what `state` says and write `verb`, also where nothing differs."""
    if not contact.change(verb, facts=facts, **columns_of(contact, state)):
        write(verb, contact, {}, facts)


def lock_contacts(contact_ids: Sequence[str], *, merged_away: bool = False) -> dict[str, Contact]:
    """Contacts of the location by id, locked in the order of their ids, their identifiers first.

    Args:
        merged_away: those that were folded into another one are wanted too.
    """
    values = list(Contact.objects.filter(pk__in=contact_ids).values("email", "phone"))
    identity.lock_identifiers(*values)
    rows = Contact.objects.filter(pk__in=contact_ids).order_by("pk").select_for_update(of=("self",))
    return {row.pk: row for row in rows if merged_away or not row.merged_into}


def _lock(order: list[str]) -> list[Contact]:
    held = lock_contacts(order)
    actor = scope.current().actor
    seen = set(Contact.objects.live().visible_to(actor).filter(pk__in=order).values_list("pk", flat=True))
    missing = [pk for pk in order if pk not in held or pk not in seen]
    for pk in missing:
        if former.master_of(pk) in seen:
            raise Refused("One of these contacts has been merged already. Open the list again.")
    if missing:
        raise NotFound(GONE)
    return [held[pk] for pk in order]


def _check_room(after: State) -> None:
    words = {"emails": "e-mail addresses", "phones": "phone numbers"}
    errors = {
        key: f"A contact can hold {MOST_ADDRESSES} {words[key]}; together they have {len(after[key])}. "
        f"Choose {len(after[key]) - MOST_ADDRESSES} to leave out."
        for key in words
        if len(after[key]) > MOST_ADDRESSES
    }
    if errors:
        raise Invalid(errors)


def _check_primaries(states: list[State], after: State, order: list[str]) -> None:
    """Leaving out a primary lets another address take its place: it must not be somebody else's."""
    if current.location().allow_duplicates:
        return
    for name, key in (("email", "emails"), ("phone", "phones")):
        first = identity_of(after[key][0]) if after[key] else ""
        if first and first not in {identity_of(state[key][0]) for state in states if state[key]}:
            taken = identity.others_holding(name, first, but=order)
            if taken is not None:
                raise identity.Duplicate(taken, name)


def sweep(merge_id: str) -> None:
    """Move what was written to an absorbed contact while it was being merged. Harmless to repeat."""
    with transaction.atomic():
        row = Merge.objects.select_for_update().filter(pk=merge_id, undone_at=None).first()
        if row is not None:
            moving.move(row)
