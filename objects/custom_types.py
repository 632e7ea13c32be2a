"""Custom objects as kinds of record: the source that `objects.types` asks for keys it does not know."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db.models import Q

from core.pages import link
from objects import schemas
from objects.models import ObjectSchema, Record
from objects.models.object_schema import PREFIX
from objects.record_form import RecordForm
from objects.types import RecordType

READ, WRITE = "objects/record.readonly", "objects/record.write"


class ObjectType(RecordType):
    """A custom object. It has no standard fields whose keys could be taken."""

    @property
    def taken(self) -> frozenset[str]:
        return frozenset()


def kind_of(schema: ObjectSchema) -> RecordType:
    return ObjectType(
        key=schema.key,
        label=schema.singular,
        plural=schema.plural,
        model=Record,
        live=Q(deleted_at=None),
        within=Q(schema_id=schema.pk),
        address=partial(link, "objects:record"),
        create_address=partial(link, "objects:record_create", schema.pk),
        reads=READ,
        writes=WRITE,
        form=partial(RecordForm, schema=schema),
    )


def found(key: str) -> Iterable[RecordType]:
    """The custom object of that key, or all of them for "" (see `objects.types.register_source`)."""
    if not key:
        return [kind_of(schema) for schema in schemas.live()]
    if not key.startswith(PREFIX):
        return []
    schema = ObjectSchema.objects.live().filter(key=key).select_related("primary_field").first()
    return [kind_of(schema)] if schema else []
