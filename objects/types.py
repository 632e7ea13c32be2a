"""Which records carry custom fields. The apps that own them fill this table in AppConfig.ready()."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q


@dataclass(frozen=True)
class Use:
    """A place that names a field: a smart list, later a form or a workflow. What the reader may not see has no name."""

    kind: str
    name: str = ""
    url: str = ""


def nowhere(field_id: str) -> list[Use]:
    return []


@dataclass(frozen=True)
class RecordType:
    """A kind of record: a Recorded, location-owned model with a JSON column `custom` keyed by field id."""

    key: str  # contact: what CustomField.model holds, and the prefix of keys
    label: str
    plural: str
    model: Any
    live: Q = field(default_factory=Q)  # what counts; a trashed record is changed but not counted
    uses: Callable[[str], list[Use]] = nowhere

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)

    @property
    def contact_column(self) -> str:
        """SQL, over the alias `record`, of the contact on whose timeline a change of such a record belongs."""
        return "record.id" if self.key == "contact" else "NULL::text"

    @property
    def taken(self) -> frozenset[str]:
        """Keys that standard fields of the record have."""
        return frozenset(each.name for each in self.model._meta.get_fields()) | {"name", "full_name", "id"}


RECORD_TYPES: dict[str, RecordType] = {}


def register(kind: RecordType) -> None:
    """Called in AppConfig.ready() of the app that owns the model."""
    RECORD_TYPES[kind.key] = kind


def of(model: str) -> RecordType | None:
    """The record type of a field, or None where no app has such records yet (opportunity)."""
    return RECORD_TYPES.get(model)
