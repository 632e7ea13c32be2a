from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from accounts import abilities
from core import clock
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager


class Role(LocationModel, Recorded):
    """A role of a location's own: a name for a set of abilities. Whoever has it may do what it holds at the moment."""

    NOUN = "role"

    name = models.CharField(max_length=60)
    description = models.CharField("what it is for", max_length=300, blank=True, default="")
    abilities = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint("location", Lower("name"), name="role_name")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        surplus = set(self.abilities) - abilities.FOR_ROLES
        if surplus:
            raise ValidationError({"abilities": f"a role cannot hold {sorted(surplus)[0]}"})

    @property
    def facts(self) -> dict[str, Any]:
        """What entries about it name."""
        return {"role": self.name}
