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
    def live(self) -> Self:
        """Not in the trash; the manager has left those out already."""
        return self.filter(deleted_at=None)

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


class BusinessManager(RecordedManager.from_queryset(BusinessQuerySet)):  # type: ignore[misc]
    """Companies in use. Deleted ones are kept for thirty days, and only `trashed()` and `everywhere()` find them."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(deleted_at=None)

    def trashed(self) -> Any:
        """Companies in the trash of the location in scope."""
        rows = self.everywhere(reason="narrowed to the location at once")
        return rows.filter(**self.model.tenant_filter(), deleted_at__isnull=False)


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
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_by = models.CharField(max_length=200, blank=True, default="", editable=False)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = BusinessManager()

    class Meta:
        verbose_name_plural = "businesses"
        indexes = [
            models.Index(F("location"), Lower("name"), F("id"), name="business_by_name"),
            models.Index(
                fields=["location", "-deleted_at", "-id"], name="business_trash", condition=Q(deleted_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_trashed(self) -> bool:
        return self.deleted_at is not None


class FormerContact(LocationModel):
    """A contact that worked for a company when that was deleted: what restoring the company puts back."""

    business = models.ForeignKey(Business, models.CASCADE, related_name="former_contacts", db_index=False)
    contact = models.ForeignKey("contacts.Contact", models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["business", "contact"], name="former_contact_once")]

    def __str__(self) -> str:
        return f"{self.contact_id} of {self.business_id}"
