"""Builders of custom objects and their records."""

from __future__ import annotations

from typing import Any

from objects import schemas
from objects.models import ObjectSchema, Record
from objects.records import add_record


def pets(**given: Any) -> ObjectSchema:
    """The object that most tests use: records named by `name`."""
    return schemas.create_schema(**{"singular": "Pet", "plural": "Pets", **given})


def pet(schema: ObjectSchema, name: str = "Buddy", *, owner: Any = None, followers: Any = (), **custom: Any) -> Record:
    """A record of an object by its name; `custom` is {field id: value}."""
    values = {schema.primary_field_id: name, **custom}
    return add_record(
        schema,
        custom=values,
        owner=owner.pk if owner else None,
        followers=[user.pk for user in followers],
    )
