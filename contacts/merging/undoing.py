"""Taking a merge back: each contact gets its id, its values and what it owned again; what came later stays with the master."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from accounts import current
from billing import limits
from contacts import identity
from contacts.merging import files, moving, relating
from contacts.merging.folding import apply_state, lock_contacts
from contacts.merging.rules import identity_of, room_in, value_of
from contacts.merging.state import LISTS, State, changes_between, state_of
from contacts.models import Contact, FormerId, Merge
from contacts.scoring import pooling
from core import clock, scope
from core.errors import NotFound, Refused
from journal.recorded import quietly


def undo(merge_id: str) -> Merge:
    """Take a merge back.

    Raises:
        NotFound: there is no such merge, or the actor may not see its master.
        Refused: too late, undone already, or the master is in the trash or was merged itself.
        LimitReached: the plan has no room for the contacts that would come back.
        contacts.identity.Duplicate: somebody has the e-mail or phone of one of them by now.
    """
    with transaction.atomic():
        merge: Merge | None = Merge.objects.select_for_update().filter(pk=merge_id).first()
        if merge is None:
            raise NotFound("There is no such merge.")
        held = lock_contacts([merge.master, *merge.absorbed], merged_away=True)
        _check(merge, held)
        master = held[merge.master]
        others = [held[pk] for pk in merge.absorbed]
        _check_identifiers(merge, others)
        limits.take("contacts", len(others))
        later = list(
            Merge.objects.filter(master=merge.master, undone_at=None, pk__gt=merge.pk)
            .order_by("pk")
            .select_for_update()
        )
        before = state_of(master)
        after = former_state(before, merge, later, _states(later))
        moving.give_back(merge)
        pooling.part(merge.pk)
        relating.give_back(merge)
        FormerId.objects.filter(merge=merge).delete()
        facts = {
            "merge": merge.pk,
            "names": [str(one) for one in others],
            "contacts_returned": [one.pk for one in others],
        }
        apply_state(master, after, "contact.merge_undone", facts)
        for one in others:
            one.change(
                "contact.unmerged",
                facts={"merge": merge.pk, "name": str(one), "from": str(master)},
                deleted_at=None,
                deleted_by="",
                merged_into="",
            )
        for other in later:
            moving.settle_left_out(other)
        files.discard_taken_back(master, changes_between(before, after))
        with quietly(reason="contact.merge_undone is written; this is bookkeeping"):
            Merge.objects.filter(pk=merge.pk).update(
                undone_at=clock.now(), undone_by=scope.current().actor.name[:200], changes={}
            )
            for other in later:
                Merge.objects.filter(pk=other.pk).update(changes=other.changes)
        merge.moves.all().delete()
        merge.refresh_from_db()
    return merge


def former_state(state: State, merge: Merge, later: Sequence[Merge], absorbed: dict[str, list[State]]) -> State:
    """The master's values without this merge, everything changed since left as it is.

    Merges of the same master that came later are adjusted, so that undoing them afterwards, in whatever order, ends
    where the master began; what one of them would have given now comes from it.

    Args:
        absorbed: {merge id: the states of its contacts}, for each of `later`.
    """
    found = dict(state)
    for key, (old, new) in merge.changes.items():
        if key in LISTS:
            found[key] = _list_without(key, found[key], old, new, later, absorbed)
        elif key == "score":
            found[key] = max(0, found[key] - (new - old))
        else:
            found[key] = _value_without(key, found, old, new, later, absorbed)
    owner = found["owner"][0]
    found["followers"] = [held for held in found["followers"] if held != owner]
    return found


def _value_without(
    key: str, state: State, old: Any, new: Any, later: Sequence[Merge], absorbed: dict[str, list[State]]
) -> Any:
    touching = next((one for one in later if key in one.changes), None)
    if touching is not None:
        if touching.changes[key][0] == new:
            touching.changes[key][0] = old
        return state.get(key)
    if state.get(key) != new:
        return state.get(key)
    value = old
    for one in later:  # what a merge that still stands has to offer instead
        offered = value_of(key, [{**state, key: value}, *absorbed[one.pk]])
        if offered != value:
            one.changes[key] = [value, offered]
            value = offered
    return value


def _list_without(
    key: str,
    held: list[Any],
    old: list[Any],
    new: list[Any],
    later: Sequence[Merge],
    absorbed: dict[str, list[State]],
) -> list[Any]:
    was, became = {identity_of(one) for one in old}, {identity_of(one) for one in new}
    added, removed = became - was, [one for one in old if identity_of(one) not in became]
    present = {identity_of(one) for one in held}
    keeper: dict[Any, int] = {}  # {member: place of the later merge that has it too}
    for place, one in enumerate(later):
        for state in absorbed[one.pk]:
            for member in state.get(key) or []:
                name = identity_of(member)
                if name in added & present:
                    keeper.setdefault(name, place)
    for place, one in enumerate(later):
        pair = one.changes.get(key)
        mine = [member for member in held if keeper.get(identity_of(member)) == place]
        if pair is None:
            if mine:
                one.changes[key] = [[], mine]
            continue
        before = [m for m in pair[0] if identity_of(m) not in added or keeper.get(identity_of(m), place) < place]
        after = [m for m in pair[1] if identity_of(m) not in added or keeper.get(identity_of(m), place + 1) <= place]
        one.changes[key] = [before, after]
    if held == new and not keeper:
        return list(old)
    rest = [one for one in held if identity_of(one) not in added or identity_of(one) in keeper]
    back = [one for one in removed if identity_of(one) not in {identity_of(each) for each in rest}]
    return (rest + back)[: room_in(key)]


def _states(merges: Sequence[Merge]) -> dict[str, list[State]]:
    """{merge id: states of its absorbed contacts}. One query."""
    wanted = [pk for one in merges for pk in one.absorbed]
    rows = {row.pk: state_of(row) for row in Contact.objects.filter(pk__in=wanted)} if wanted else {}
    return {one.pk: [rows[pk] for pk in one.absorbed if pk in rows] for one in merges}


def _check(merge: Merge, held: dict[str, Contact]) -> None:
    if merge.undone_at is not None:
        raise Refused("This merge has been undone already.")
    if not merge.may_be_undone:
        days = Merge.undo_for().days
        raise Refused(f"A merge can be undone for {days} days; they are over.")
    master = held.get(merge.master)
    actor = scope.current().actor
    if master is None:
        raise Refused("The contact they were merged into has been deleted for good.")
    if not Contact.objects.visible_to(actor).filter(pk=master.pk).exists():
        raise NotFound("There is no such merge.")
    if master.merged_into:
        again = Merge.objects.filter(undone_at=None, absorbed__contains=[master.pk]).order_by("-pk").first()
        into = f" into {again.master_name}" if again else ""
        raise Refused(f"{master} was merged{into} afterwards. Undo that merge first.")
    if master.is_trashed:
        raise Refused(f"{master} is in the trash. Restore it first.")
    if any(pk not in held or held[pk].merged_into != merge.master for pk in merge.absorbed):
        raise Refused("The merged contacts have been deleted for good.")


def _check_identifiers(merge: Merge, others: list[Contact]) -> None:
    """Those who come back must not share a primary e-mail or phone with anybody outside the merge."""
    if current.location().allow_duplicates:
        return
    for one in others:
        for name in identity.IDENTIFIERS:
            if value := getattr(one, name):
                taken = identity.others_holding(name, value, but=[merge.master, *merge.absorbed])
                if taken is not None:
                    raise identity.Duplicate(taken, name)
