"""Entry: one fact about one subject. Append-only and without foreign keys, so history outlives its subjects."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from core import clock, ids, scope, tenancy
from journal import verbs

DEEPEST = 10


class Key(models.CharField):  # type: ignore[type-arg]
    """An id of some table, kept as text."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": ids.LENGTH, "db_collation": "C", "blank": True, **kwargs})


class Entry(models.Model):
    id = tenancy.IdField()
    company_id = Key(null=True)
    location_id = Key(null=True)
    verb = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = Key()
    contact_id = Key(null=True)
    actor_id = Key(default="", max_length=60)
    actor_name = models.CharField(max_length=200, blank=True, default="")
    actor_kind = models.CharField(max_length=10, default="system")
    via = models.CharField(max_length=12)
    ip = models.GenericIPAddressField(null=True)
    changes = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    facts = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    cause_id = Key(null=True)
    depth = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    handed_over_at = models.DateTimeField(null=True)

    objects = tenancy.ScopedManager()

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["location_id", "-id"], name="entry_by_location"),
            models.Index(
                fields=["contact_id", "-id"], name="entry_by_contact", condition=models.Q(contact_id__isnull=False)
            ),
            models.Index(
                # "it happened to this contact", for lists; the verbs that every contact has by the dozen are left out
                fields=["location_id", "verb", "contact_id", "at"],
                name="entry_by_event",
                condition=models.Q(contact_id__isnull=False)
                & (
                    ~models.Q(verb="contact.created") & ~models.Q(verb="contact.updated")
                    | models.Q(changes__has_key="tags")
                ),
            ),
            models.Index(fields=["subject_id", "-id"], name="entry_by_subject"),
            models.Index(
                # the audit log of one event; the two that imports write by the million are found by location
                fields=["location_id", "verb", "-id"],
                name="entry_by_verb",
                condition=~models.Q(verb="contact.created") & ~models.Q(verb="contact.updated"),
            ),
            models.Index(
                fields=["company_id", "-id"], name="entry_by_company", condition=models.Q(location_id__isnull=True)
            ),
            models.Index(fields=["id"], name="entry_waiting", condition=models.Q(handed_over_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_id}"

    @classmethod
    def tenant_filter(cls) -> dict[str, Any]:
        return {"location_id": tenancy.CurrentLocation()}

    @property
    def definition(self) -> verbs.Verb:
        return verbs.get(self.verb)


def plain(value: Any) -> Any:
    """`value` as it is kept in `changes`: JSON types only."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, dt.datetime):
        return clock.iso(value)
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value


def entry_for(
    verb: str, subject: Any, changes: dict[str, Any] | None = None, facts: dict[str, Any] | None = None
) -> Entry:
    """An unsaved entry about `subject` in the present scope. `changes` is {field: [old, new]}."""
    verbs.get(verb)
    now = scope.current()
    at = clock.now()
    reads = now.depth <= DEEPEST and verbs.has_readers(verb)
    return Entry(
        company_id=getattr(subject, "company_id", None) or now.company_id,
        location_id=getattr(subject, "location_id", None),
        verb=verb,
        subject_type=subject.NOUN,
        subject_id=subject.pk,
        contact_id=subject.journal_contact_id(),
        actor_id=now.actor.id,
        actor_name=now.actor.name,
        actor_kind=now.actor.kind,
        via=now.via,
        ip=now.address or None,
        changes=plain(changes or {}),
        facts=plain(facts or {}),
        cause_id=now.cause_id,
        depth=now.depth,
        at=at,
        handed_over_at=None if reads else at,
    )
