from __future__ import annotations

from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q

from contacts.models.addresses import Addressed
from contacts.models.attributed import Attributed
from contacts.models.business import Business
from contacts.models.consent import Consenting
from contacts.models.following import Followable
from contacts.models.querysets import ContactQuerySet
from contacts.models.tagging import Taggable
from contacts.models.trash import Trashable
from core import clock, ids
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager

VALIDITY = [("", "Unknown"), ("valid", "Valid"), ("invalid", "Invalid")]


class SearchText(Func):
    """What search looks through: names, e-mails, phones and company, folded to plain lower case."""

    function = "hoopai_contact_search"
    output_field = models.TextField()


class FoldedName(Func):
    """The full name, folded, for sorting and prefix search."""

    function = "hoopai_fold"
    template = "%(function)s(btrim(%(expressions)s))"
    arg_joiner = " || ' ' || "
    output_field = models.TextField()


class Contact(LocationModel, Recorded, Addressed, Taggable, Followable, Consenting, Attributed, Trashable):
    """A person in the database of a location."""

    NOUN = "contact"
    UNRECORDED = frozenset({"date_updated", "last_activity_at"})

    first_name = models.CharField(max_length=100, blank=True, default="")
    last_name = models.CharField(max_length=100, blank=True, default="")
    type = models.CharField(
        max_length=10, default="lead", choices=[("lead", "Lead"), ("customer", "Customer")], blank=True
    )
    source = models.CharField(max_length=200, blank=True, default="")
    company_name = models.CharField(max_length=200, blank=True, default="")
    business = models.ForeignKey(
        Business, models.SET_NULL, null=True, blank=True, related_name="contacts", db_index=False
    )
    address = models.CharField(max_length=300, blank=True, default="")
    city = models.CharField(max_length=100, blank=True, default="")
    state = models.CharField(max_length=100, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    website = models.CharField(max_length=500, blank=True, default="")
    date_of_birth = models.DateField(null=True, blank=True)
    gender = models.CharField(max_length=50, blank=True, default="")
    timezone = models.CharField(max_length=64, blank=True, default="")
    assigned_to = models.ForeignKey(
        "accounts.User", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    team = models.ForeignKey("accounts.Team", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    custom = models.JSONField(default=dict, blank=True)  # {custom field id: value}
    email_validity = models.CharField(max_length=10, blank=True, default="", choices=VALIDITY)
    phone_validity = models.CharField(max_length=10, blank=True, default="", choices=VALIDITY)
    has_bounced = models.BooleanField(default=False)
    has_unsubscribed = models.BooleanField(default=False)
    score = models.PositiveIntegerField(default=0)
    picture = models.CharField(max_length=200, blank=True, default="")  # storage key
    created_via = models.CharField(max_length=12, blank=True, default="")
    created_by = models.CharField(max_length=200, blank=True, default="")
    last_activity_at = models.DateTimeField(default=clock.now)
    date_added = models.DateTimeField(default=clock.now)
    date_updated = models.DateTimeField(default=clock.now, editable=False)
    name_folded = models.GeneratedField(
        expression=FoldedName(F("first_name"), F("last_name")),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
    )
    search = models.GeneratedField(
        expression=SearchText(
            F("first_name"),
            F("last_name"),
            F("email"),
            F("phone"),
            F("company_name"),
            F("more_emails"),
            F("more_phones"),
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = RecordedManager.from_queryset(ContactQuerySet)()

    class Meta:
        indexes = [
            models.Index(
                fields=["location", "-date_added", "-id"], name="contact_newest", condition=Q(deleted_at=None)
            ),
            models.Index(
                fields=["location", "-date_updated", "-id"], name="contact_changed", condition=Q(deleted_at=None)
            ),
            models.Index(
                fields=["location", "-last_activity_at", "-id"], name="contact_active", condition=Q(deleted_at=None)
            ),
            models.Index(fields=["location", "-score", "-id"], name="contact_by_score", condition=Q(deleted_at=None)),
            models.Index(
                fields=["location", "name_folded", "id"], name="contact_by_name", condition=Q(deleted_at=None)
            ),
            models.Index(
                fields=["location", "email", "id"], name="contact_by_email", condition=Q(deleted_at=None) & ~Q(email="")
            ),
            models.Index(
                fields=["location", "phone", "id"], name="contact_by_phone", condition=Q(deleted_at=None) & ~Q(phone="")
            ),
            models.Index(
                fields=["location", "assigned_to", "-date_added", "-id"],
                name="contact_by_owner",
                condition=Q(deleted_at=None, assigned_to__isnull=False),
            ),
            models.Index(
                fields=["team", "-date_added", "-id"],
                name="contact_by_team",
                condition=Q(deleted_at=None, team__isnull=False),
            ),
            models.Index(fields=["business", "id"], name="contact_by_business", condition=Q(business__isnull=False)),
            models.Index(
                fields=["location", "-deleted_at", "-id"],
                name="contact_trash",
                condition=Q(deleted_at__isnull=False, merged_into=""),
            ),
            GinIndex(
                F("location"),
                F("tags"),
                F("followers"),
                OpClass(F("custom"), name="jsonb_path_ops"),
                name="contact_sets",
            ),
            GinIndex(F("location"), OpClass(F("search"), name="gin_trgm_ops"), name="contact_search"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(followers__len__lte=10), name="at_most_ten_followers"),
            models.CheckConstraint(condition=Q(assigned_to=None) | Q(team=None), name="one_owner_a_person_or_a_team"),
            models.CheckConstraint(condition=Q(more_emails__len__lte=10), name="at_most_eleven_emails"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.phone or "Contact without a name"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def owner_id(self) -> str | None:
        """The id of the person or the team that owns the contact."""
        return self.assigned_to_id or self.team_id

    def journal_contact_id(self) -> str | None:
        return self.pk

    @property
    def tint(self) -> int:
        """Which of the eight avatar tints is this contact's."""
        return ids.ALPHABET.index(self.pk[-1]) % 8

    def may_change_owner(self, actor: Any) -> bool:
        """A restricted user who merely follows may not hand the contact to somebody else."""
        return actor.sees_everything or self.assigned_to_id == actor.id or self.team_id in actor.teams
