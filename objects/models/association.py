from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from core import clock
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager

HIGHEST_LIMIT = 1000


def within_limits(name: str) -> Q:
    return Q(**{name: None}) | Q(**{f"{name}__gte": 1, f"{name}__lte": HIGHEST_LIMIT})


class Association(LocationModel, Recorded):
    """A type of link between records of two kinds, read differently from either side ("Employee of", "Employs")."""

    NOUN = "association"

    key = models.CharField(max_length=100)  # fixed for good
    is_system = models.BooleanField(default=False)  # it reads a column of the record: `objects.types.OwnLink`
    first_kind = models.CharField(max_length=60)
    second_kind = models.CharField(max_length=60)
    first_label = models.CharField(max_length=100)  # as read on a record of the first kind
    second_label = models.CharField(max_length=100)
    is_symmetric = models.BooleanField(default=False)  # one label for both sides, which then are of one kind
    most_seconds = models.PositiveSmallIntegerField(null=True, blank=True)  # per first record; None: any number
    most_firsts = models.PositiveSmallIntegerField(null=True, blank=True)  # per second record
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        ordering = ["-is_system", "date_added", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["location", "key"], name="association_key"),
            models.CheckConstraint(condition=within_limits("most_seconds"), name="association_most_seconds"),
            models.CheckConstraint(condition=within_limits("most_firsts"), name="association_most_firsts"),
            models.CheckConstraint(
                condition=Q(is_symmetric=False)
                | Q(first_kind=F("second_kind"), first_label=F("second_label"))
                & (Q(most_seconds=F("most_firsts")) | Q(most_seconds=None, most_firsts=None)),
                name="association_symmetric_is_the_same_from_both_sides",
            ),
        ]

    def __str__(self) -> str:
        return self.first_label if self.is_symmetric else f"{self.first_label} / {self.second_label}"

    @property
    def is_within_one_kind(self) -> bool:
        return self.first_kind == self.second_kind

    def label_at(self, side: str) -> str:
        """What a record on that side ("first" or "second") reads."""
        return self.first_label if side == "first" else self.second_label

    @property
    def cardinality(self) -> str:
        """In words: one to one, one to 5, many to many."""
        firsts, seconds = (
            "many" if most is None else "one" if most == 1 else f"{most:,}"
            for most in (self.most_firsts, self.most_seconds)
        )
        return f"{firsts} to {seconds}"


class Relation(LocationModel, Recorded):
    """Two records linked under an association. Both are known by their ids only; a symmetric pair is in their order."""

    NOUN = "relation"
    UNRECORDED = frozenset({"association", "first_record", "second_record"})  # the facts of the entry tell

    association = models.ForeignKey(Association, models.CASCADE, related_name="relations", db_index=False)
    first_record = models.CharField(max_length=20, db_collation="C")
    second_record = models.CharField(max_length=20, db_collation="C")
    created_by = models.CharField(max_length=200, blank=True, default="")
    date_added = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["association", "first_record", "second_record"], name="relation_once"),
            models.CheckConstraint(condition=~Q(first_record=F("second_record")), name="relation_not_to_itself"),
        ]
        indexes = [
            models.Index(fields=["first_record", "-id"], name="relation_by_first"),
            models.Index(fields=["second_record", "-id"], name="relation_by_second"),
            models.Index(fields=["association", "second_record"], name="relation_by_type_and_second"),
        ]

    def __str__(self) -> str:
        return str(self.association)

    def journal_contact_id(self) -> str | None:
        """The contact, the first of two."""
        if self.association.first_kind == "contact":
            return self.first_record
        return self.second_record if self.association.second_kind == "contact" else None

    def facts(self) -> dict[str, Any]:
        """All of it, for an entry that must outlive it."""
        held = self.association
        is_second = held.second_kind == "contact" and held.first_kind != "contact"
        return {
            "association": held.pk,
            "label": held.label_at("second" if is_second else "first"),  # as the contact of the entry reads it
            "first_kind": held.first_kind,
            "first_record": self.first_record,
            "second_kind": held.second_kind,
            "second_record": self.second_record,
        }
