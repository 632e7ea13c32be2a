from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from core import clock
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet

LONGEST_QUERY = 75


class BusinessQuerySet(RecordedQuerySet):
    def visible_to(self, actor: Any) -> Self:
        """Everything, or for a restricted user the companies of contacts they see and those they added themselves."""
        if actor.sees_everything:
            return self
        contacts = self.model._meta.get_field("contacts").related_model.objects
        seen = contacts.live().visible_to(actor).filter(business=models.OuterRef("pk"))
        return self.filter(Q(created_by_id=actor.id) | models.Exists(seen))

    def search(self, text: str) -> Self:
        """Companies that have every word of `text` in name, e-mail, phone, website or city."""
        found = self
        for word in text.replace("\x00", "")[:LONGEST_QUERY].split()[:8]:
            parts = [Q(**{f"{name}__icontains": word}) for name in ("name", "email", "phone", "website", "city")]
            found = found.filter(models.Q(*parts, _connector=Q.OR))
        return found


class Business(LocationModel, Recorded):
    """A company that contacts work for. Only its name is required."""

    NOUN = "business"

    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=32, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    website = models.CharField(max_length=500, blank=True, default="")
    description = models.CharField(max_length=5000, blank=True, default="")
    address = models.CharField(max_length=300, blank=True, default="")
    city = models.CharField(max_length=100, blank=True, default="")
    state = models.CharField(max_length=100, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    custom = models.JSONField(default=dict, blank=True)
    created_by = models.CharField(max_length=200, blank=True, default="")
    created_by_id = models.CharField(max_length=60, blank=True, default="")
    created_via = models.CharField(max_length=20, blank=True, default="")
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager.from_queryset(BusinessQuerySet)()

    class Meta:
        verbose_name_plural = "businesses"
        indexes = [models.Index(F("location"), Lower("name"), F("id"), name="business_by_name")]

    def __str__(self) -> str:
        return self.name
