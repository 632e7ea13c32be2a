"""Bulk actions: who may start one, freezing the audience, cancelling, undoing. The work itself is in `bulk_steps`."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery

from contacts.models import BulkAction, BulkActionRow, Contact, Tag
from contacts.models.bulk_action import KINDS
from contacts.models.querysets import ContactQuerySet
from contacts.tasks import bulk as tasks
from contacts.tasks import exports as export_tasks
from core import clock, ids, scope
from core.errors import Forbidden, Invalid, Refused
from journal.recorded import quietly
from journal.writing import write

ABILITIES = {
    "add_tags": "contacts.bulk",
    "remove_tags": "contacts.bulk",
    "delete": "contacts.bulk_delete",
    "restore": "contacts.bulk",
    "export": "contacts.export",
}
INVERSE = {"add_tags": "remove_tags", "remove_tags": "add_tags", "delete": "restore"}
LABELS = dict(KINDS)
MOST_CHOSEN = 10_000  # contacts ticked one by one; more go by "all matching"
MOST_TAGS = 50


def start(
    kind: str,
    contacts: ContactQuerySet,
    *,
    name: str = "",
    params: dict[str, Any] | None = None,
    undoes: BulkAction | None = None,
) -> BulkAction:
    """Freeze the audience and queue the work. The audience is copied inside the database: two statements for any size.

    Args:
        contacts: what is acted on, in the order of its rows; the caller has narrowed it to what the actor may see.
        name: for the tracking page; made up from the kind when empty.
        params: tags: {"tags": [tag id]}; export: {"columns": [...]}.

    Raises:
        Forbidden: the actor lacks the ability. Refused: nobody is in the audience.
    """
    actor = scope.current().actor
    ability = ABILITIES[undoes.kind if undoes else kind]
    if not actor.may(ability):
        raise Forbidden("You do not have the permission for this. An admin of this location can grant it.")
    with transaction.atomic():
        action = BulkAction.record_new(
            name=(name.strip() or LABELS[kind])[:200],
            kind=kind,
            params=params or {},
            owner_id=actor.user_id,
            undoes=undoes,
        )
        total = _freeze(action, contacts)
        if not total:
            raise Refused("None of these contacts is here any more.")
        with quietly(reason="the size of the audience belongs to bulk_action.created"):
            BulkAction.objects.filter(pk=action.pk).update(total=total)
        action.total = total
        send(action)
    return action


def _freeze(action: BulkAction, contacts: ContactQuerySet) -> int:
    inner, params = contacts.values_list("pk", flat=True).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO contacts_bulkactionrow (id, location_id, action_id, contact_id, outcome, reason, changed)
            SELECT %s || lpad(to_hex(row_number() OVER ()), 6, '0'), %s, %s, chosen.id, '', '', '{{}}'
            FROM ({inner}) AS chosen (id)""",  # noqa: S608  the inner statement is Django's own
            [ids.id_prefix(), scope.location_id(), action.pk, *params],
        )
        return int(cursor.rowcount)


def send(action: BulkAction) -> None:
    """Queue the work after commit. Without a broker it waits: the scheduler finds what stands still."""
    run = export_tasks.run if action.kind == "export" else tasks.run
    transaction.on_commit(lambda: run.apply_async([action.pk], retry=False), robust=True)


def tag_params(names: list[str], *, create: bool) -> dict[str, Any]:
    """The params of a tag action from tag names.

    Raises:
        Invalid: no name, too many, a bad one, or (without `create`) none that exists.
    """
    if not names:
        raise Invalid({"tags": "choose at least one tag"})
    if len(names) > MOST_TAGS:
        raise Invalid({"tags": f"choose at most {MOST_TAGS} tags at once"})
    if create:
        found = Tag.objects.named(names)
    else:
        found = list(Tag.objects.filter(name__in=[name.strip().lower() for name in names]).order_by("name"))
    if not found:
        raise Invalid({"tags": "there is no such tag"})
    return {"tags": [tag.pk for tag in found], "names": [tag.name for tag in found]}


def cancel(action: BulkAction) -> None:
    """Stop; what was done stays done.

    Raises:
        Refused: it has ended.
    """
    with transaction.atomic():
        action.lock()
        if action.has_ended:
            raise Refused("This has ended already.")
        _end(action, "cancelled")
        write("bulk_action.cancelled", action, {}, {"name": action.name})


def retry(action: BulkAction) -> None:
    """Go on with what failed as a whole.

    Raises:
        Refused: it did not fail.
    """
    with transaction.atomic():
        action.lock()
        if action.status != "failed":
            raise Refused("Only a failed action can be tried again.")
        with quietly(reason="a state of the machinery"):
            BulkAction.objects.filter(pk=action.pk).update(status="queued", ended_at=None, date_updated=clock.now())
        send(action)


def undo(action: BulkAction) -> BulkAction:
    """Start the inverse over the contacts that the action really changed; an action still running stops first.

    Raises:
        Refused: it cannot be undone, or has been.
    """
    if action.kind not in INVERSE or action.undoes_id:
        raise Refused("This cannot be undone.")
    with transaction.atomic():
        action.lock()
        if action.undone_by.exists():
            raise Refused("This has been undone already.")
        if not action.has_ended:
            _end(action, "cancelled")
        rows = BulkActionRow.objects.filter(action=action, outcome="done")
        contacts = Contact.objects.filter(pk__in=rows.values("contact_id")).order_by("pk")
        return start(
            INVERSE[action.kind],
            contacts.trashed() if action.kind == "delete" else contacts.live(),
            name=f"Undo: {action.name}",
            params={key: action.params[key] for key in ("tags", "names") if key in action.params},
            undoes=action,
        )


def _end(action: BulkAction, status: str) -> None:
    now = clock.now()
    with quietly(reason="a state of the machinery; the verb is written by the caller"):
        BulkAction.objects.filter(pk=action.pk).update(status=status, ended_at=now, date_updated=now)
    action.status, action.ended_at = status, now


def can_undo(action: BulkAction, actor: scope.Actor) -> bool:
    """Whether `actor` may undo it, as far as one row tells."""
    return (
        action.kind in INVERSE
        and action.undoes_id is None
        and (action.done > 0 or not action.has_ended)
        and actor.may(ABILITIES[action.kind])
    )


def last_undo(actions: Any) -> Any:
    """`actions` with `undone_id`: the action that undid each, or None. No query of its own."""
    latest = BulkAction.objects.filter(undoes=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    return actions.annotate(undone_id=Subquery(latest))
