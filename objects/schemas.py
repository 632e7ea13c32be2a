"""Object schemas: defining a custom object, changing labels and searchable properties, deleting and restoring.

A standard object has no row until somebody changes its labels; then the row holds them. A custom object's records and
fields stay as they are while it is in the trash: nobody reaches them, as every way to them starts at a live schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from accounts import current
from billing import limits
from core import clock, scope
from core.errors import Invalid, LimitReached, NotFound, Refused
from core.text import slug
from journal.writing import write
from objects import definitions, menu
from objects.keeping import KEPT_FOR, TOO_LATE
from objects.models import CustomField, ObjectSchema, Record
from objects.models.custom_field import MAY_BE_SEARCHED, MAY_NAME_A_RECORD
from objects.models.object_schema import PREFIX
from objects.standard import STANDARD

MOST = 10
LONGEST_LABEL = 60
LONGEST_DESCRIPTION = 500
KEY = re.compile(r"[a-z0-9][a-z0-9_]{0,39}")


def bare(key: str) -> str:
    """A custom object's key without its prefix; `custom_object.` is read as the prefix, too."""
    return re.sub(r"^custom_objects?\.", "", str(key or "").strip())


def full(key: str) -> str:
    """A key as it is kept: standard ones as they are, others with the prefix."""
    return key if key in STANDARD else PREFIX + bare(key)


def live() -> list[ObjectSchema]:
    """The custom objects of the location in scope, oldest first. One query."""
    return list(ObjectSchema.objects.live().made_here().select_related("primary_field")[: 10 * MOST])


def named(key: str) -> ObjectSchema | None:
    """The custom object of that key or id that is not in the trash."""
    rows = ObjectSchema.objects.live().made_here().select_related("primary_field")
    found: ObjectSchema | None = rows.filter(key=full(key)).first() or rows.filter(pk=key).first()
    return found


def standard(key: str) -> ObjectSchema:
    """A standard object: the row with its changed labels, or one that is not kept, with those it comes with.

    Raises:
        NotFound: it is no standard object.
    """
    if key not in STANDARD:
        raise NotFound(f"Object with key {key[:60]} not found")
    found: ObjectSchema | None = ObjectSchema.objects.filter(key=key).first()
    return found or _as_it_comes(key)


def every() -> list[ObjectSchema]:
    """Standard objects, then custom ones. One query."""
    rows = list(ObjectSchema.objects.live().select_related("primary_field")[: 10 * MOST])
    held = {row.key: row for row in rows if row.is_standard}
    return [*(held.get(key) or _as_it_comes(key) for key in STANDARD), *(row for row in rows if not row.is_standard)]


def searchable(key: str) -> list[str]:
    """The full keys of an object's searchable properties. One query."""
    rows = CustomField.objects.filter(model=key, is_searchable=True)
    always = [STANDARD[key].full(name) for name in STANDARD[key].searched] if key in STANDARD else []
    return [*always, *(field.full_key for field in rows)]


def create_schema(
    *,
    singular: str,
    plural: str,
    key: str = "",
    description: str = "",
    primary_name: str = "Name",
    primary_type: str = "TEXT",
    primary_key: str = "",
) -> ObjectSchema:
    """Define a custom object with the property that names its records.

    Args:
        key: with or without `custom_objects.`; made from the singular name when empty, and fixed for good.
        primary_type: TEXT, NUMERICAL or FLOAT.
        primary_key: without the object before it; made from the property's name when empty.

    Raises:
        Invalid: {argument: sentence}. LimitReached: there are ten, or what the plan allows.
    """
    values = _labels(singular=singular, plural=plural, description=description)
    errors: dict[str, str] = {}
    wanted = bare(key)
    if key and not KEY.fullmatch(wanted):
        errors["key"] = "use at most 40 lower-case letters, digits and underscores"
    if primary_type not in MAY_NAME_A_RECORD:
        errors["primary_type"] = "the primary property is a single line or a number"
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        place = current.location()
        type(place).objects.select_for_update().get(pk=place.pk)  # two at once would both be the tenth
        held = {row.key: row for row in ObjectSchema.objects.made_here()}
        if sum(not row.is_trashed for row in held.values()) >= MOST:
            raise LimitReached(f"A location can have {MOST} custom objects. Delete one that is not needed.")
        if wanted and PREFIX + wanted in held:
            trashed = held[PREFIX + wanted].is_trashed
            where = "a deleted object has this key: restore it, or delete it for good" if trashed else "it is in use"
            raise Invalid({"key": where})
        limits.take("custom_objects")
        schema = ObjectSchema.record_new(key=PREFIX + (wanted or _free(values["singular"], held)), **values)
        field = definitions.create_field(
            name=primary_name or "Name",
            type=primary_type,
            model=schema.key,
            key=primary_key.rpartition(".")[2],
            is_searchable=True,
        )
        schema.change("object_schema.named", facts={"name": schema.plural, "field": field.name}, primary_field=field)
        menu.forget()
    return schema


def change_schema(
    schema: ObjectSchema, *, searchable: Iterable[str] | None = None, primary_field: str | None = None, **given: Any
) -> ObjectSchema:
    """Change labels, description, what names a record and what search looks through; what is not given stays.

    Args:
        searchable: full keys of properties; custom fields named become searchable, the others no longer are.
        primary_field: the id of a field of the object.
        given: singular, plural, description.

    Raises:
        Invalid: {argument: sentence}; nothing is written.
    """
    values = _labels(**{name: given[name] for name in ("singular", "plural", "description") if name in given})
    fields = list(CustomField.objects.filter(model=schema.key)[: definitions.MOST_FIELDS])
    wanted = _wanted(schema, fields, searchable) if searchable is not None else None
    if primary_field is not None:
        chosen = next((field for field in fields if field.pk == primary_field), None)
        if schema.is_standard or chosen is None or chosen.type not in MAY_NAME_A_RECORD:
            raise Invalid({"primary_field": "choose a single line or number field of this object"})
        values["primary_field"] = chosen
    with transaction.atomic():
        if schema._state.adding:
            schema = ObjectSchema.record_new(key=schema.key, **{**_said(schema), **values})
        else:
            schema.lock()
            schema.change(facts={"name": schema.plural}, **values)
        menu.forget()
        turned = [field for field in fields if wanted is not None and field.is_searchable != (field.pk in wanted)]
        for field in turned:
            definitions.change_field(field, is_searchable=not field.is_searchable)
        if turned:
            now = [field.key for field in fields if field.is_searchable]
            write("object_schema.updated", schema, {"searchable": [None, now]}, {"name": schema.plural})
    return schema


def delete_schema(schema: ObjectSchema) -> None:
    """Move a custom object with its records, fields and links to the trash for thirty days."""
    with transaction.atomic():
        schema.lock()
        if schema.is_trashed:
            return
        by = scope.current().actor.name[:200]
        facts = {"name": schema.plural, "key": schema.key, "records": records_of(schema)}
        schema.change("object_schema.deleted", facts=facts, deleted_at=clock.now(), deleted_by=by)
        limits.give_back("custom_objects")
        menu.forget()


def restore_schema(schema: ObjectSchema) -> None:
    """Take a custom object out of the trash, with all that went with it.

    Raises:
        Refused: thirty days have passed. LimitReached: there is no room for it.
    """
    with transaction.atomic():
        place = current.location()
        type(place).objects.select_for_update().get(pk=place.pk)
        schema.lock()
        if not schema.is_trashed:
            return
        if schema.deleted_at < clock.now() - KEPT_FOR:
            raise Refused(TOO_LATE)
        if len(live()) >= MOST:
            raise LimitReached(f"A location can have {MOST} custom objects. Delete one that is not needed.")
        limits.take("custom_objects")
        schema.change("object_schema.restored", facts={"name": schema.plural}, deleted_at=None, deleted_by="")
        menu.forget()


def records_of(schema: ObjectSchema) -> int:
    """How many records an object has, without those in the trash."""
    return int(Record.objects.live().filter(schema=schema).count())


def _as_it_comes(key: str) -> ObjectSchema:
    one, place = STANDARD[key], current.location()
    return ObjectSchema(
        id=key,
        key=key,
        singular=one.singular,
        plural=one.plural,
        date_added=place.date_added,
        date_updated=place.date_added,
    )


def _said(schema: ObjectSchema) -> dict[str, str]:
    return {"singular": schema.singular, "plural": schema.plural, "description": schema.description}


def _labels(**given: Any) -> dict[str, str]:
    errors: dict[str, str] = {}
    values: dict[str, str] = {}
    for name, value in given.items():
        text = " ".join(str(value or "").replace("\x00", "").split())
        most = LONGEST_DESCRIPTION if name == "description" else LONGEST_LABEL
        if not text and name != "description":
            errors[name] = "an object needs a name for one and a name for many"
        elif len(text) > most:
            errors[name] = f"longer than {most} characters"
        values[name] = text
    if errors:
        raise Invalid(errors)
    return values


def _wanted(schema: ObjectSchema, fields: list[CustomField], given: Iterable[str]) -> set[str]:
    by_key = {field.full_key: field for field in fields}
    always = {f"{schema.key}.{name}" for name in STANDARD[schema.key].searched} if schema.is_standard else set()
    chosen: set[str] = set()
    for name in given:
        key = name if name.startswith(schema.key) else re.sub(r"^custom_object\.", PREFIX, name)
        field = by_key.get(key)
        if field is None and key in always:
            continue
        if field is None:
            raise Invalid({"searchable": f"{name[:100]} is no property that search could look through"})
        if field.type not in MAY_BE_SEARCHED:
            raise Invalid({"searchable": f"{field.name}: {definitions.ONLY_THESE_SEARCHED}"})
        chosen.add(field.pk)
    return chosen


def _free(name: str, held: Iterable[str]) -> str:
    stem = slug(name)[:36].strip("_") or "object"
    key, number = stem, 2
    while PREFIX + key in held:
        key, number = f"{stem}_{number}", number + 1
    return key
