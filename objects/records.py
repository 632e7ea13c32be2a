"""Records of custom objects: adding and editing one, with the rules of its fields."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from accounts import current
from accounts.models import User
from core import scope
from core.errors import Invalid, LimitReached
from objects import searching
from objects.models import CustomField, ObjectSchema, Record
from objects.models.record import MOST_FOLLOWERS
from objects.values import clean_all, merged


def add_record(
    schema: ObjectSchema, *, custom: dict[str, Any] | None = None, owner: str | None = None, followers: Any = ()
) -> Record:
    """Add a record to a custom object.

    Args:
        custom: {field id: value}.
        owner, followers: ids of people who work here.

    Raises:
        Invalid: {field: sentence}; nothing is written. LimitReached: more than ten followers.
    """
    values = merged({}, _cleaned(schema, custom or {}))
    _refuse_nameless(schema, values)
    watching = [user for user in dict.fromkeys(followers or ()) if user != owner]
    people = _people([*([owner] if owner else []), *watching])
    if len(watching) > MOST_FOLLOWERS:
        raise LimitReached(f"A record can have {MOST_FOLLOWERS} followers.")
    now = scope.current()
    with transaction.atomic():
        _refuse_used(schema, values)
        return Record.record_new(
            schema=schema,
            custom=values,
            owner=people.get(owner or ""),
            followers=watching,
            created_by=now.actor.name[:200],
            created_by_id=now.actor.id,
            created_via=now.via,
            updated_by_id=now.actor.id,
            updated_via=now.via,
            facts={"object": schema.key, "singular": schema.singular},
            **searching.columns(schema, values, searching.searched(schema)),
        )


def edit_record(record: Record, *, custom: dict[str, Any] | None = None, **given: Any) -> Record:
    """Change a record; what is not given stays, None clears.

    Args:
        given: owner (an id or None) and followers (the whole new list of ids).

    Raises:
        Invalid: {field: sentence}. LimitReached: more than ten followers. Nothing is written then.
    """
    schema = record.schema
    values = _cleaned(schema, custom or {})
    _people([pk for pk in (given.get("owner"), *(given.get("followers") or ())) if pk])
    with transaction.atomic():
        record.lock()
        if values:
            fresh = {key: value for key, value in values.items() if record.custom.get(key) != value}
            _refuse_used(schema, {key: value for key, value in fresh.items() if value is not None}, but=record.pk)
            whole = merged(record.custom, fresh)
            _refuse_nameless(schema, whole)
            now = scope.current()
            if fresh:
                record.change(
                    facts={"name": str(record), "object": schema.key},
                    custom=whole,
                    updated_by_id=now.actor.id,
                    updated_via=now.via,
                    **searching.columns(schema, whole, searching.searched(schema)),
                )
        if "owner" in given and (given["owner"] or None) != record.owner_id:
            record.assign_to(given["owner"] or None)
        if "followers" in given:
            wanted = list(given["followers"] or ())
            record.unfollow([held for held in record.followers if held not in wanted])
            record.follow(wanted)
    return record


def _cleaned(schema: ObjectSchema, custom: dict[str, Any]) -> dict[str, Any]:
    if not custom:
        return {}
    fields = CustomField.objects.filter(model=schema.key, pk__in=list(custom))
    return clean_all(custom, fields, current.location().country)


def _refuse_nameless(schema: ObjectSchema, values: dict[str, Any]) -> None:
    primary = schema.primary_field
    if primary is not None and primary.deleted_at is None and values.get(primary.pk) in (None, ""):
        raise Invalid({f"customFields.{primary.pk}": f"{primary.name}: it names the record, so it cannot be empty"})


def _people(user_ids: list[str]) -> dict[str, User]:
    """{id: user} of people who work here; none of them may be missing."""
    wanted = set(user_ids)
    if not wanted:
        return {}
    here = {user.pk: user for user in User.objects.working_at(scope.location_id()).filter(pk__in=wanted)}
    if wanted - set(here):
        raise Invalid({"owner": "choose people who work here"})
    return here


def _refuse_used(schema: ObjectSchema, custom: dict[str, Any], but: str = "") -> None:
    """Unique fields: one query for the definitions, one per unique value given."""
    if not custom:
        return
    for field in CustomField.objects.filter(pk__in=list(custom), is_unique=True).order_by("pk"):
        value = custom[field.pk]
        with connection.cursor() as cursor:  # of two who write the same value at once, one waits for the other
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [f"{field.pk}:{str(value).lower()}"]
            )
        same = (
            {f"custom__{field.pk}__iexact": value}
            if isinstance(value, str)
            else {"custom__contains": {field.pk: value}}
        )
        other = Record.objects.live().filter(schema=schema, **same).exclude(pk=but).first()
        if other is not None:
            raise Invalid({f"customFields.{field.pk}": f"{field.name}: this value is already used by {other}"})
