from __future__ import annotations

import datetime as dt
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from accounts.models.role import Role
from accounts.models.user import User
from core import clock
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet

LASTS = dt.timedelta(hours=24)


class InvitationQuerySet(RecordedQuerySet):
    def pending(self) -> Self:
        """Neither accepted nor taken back; the link of some may have expired."""
        return self.filter(accepted_at=None, revoked_at=None)

    def open(self) -> Self:
        """Those whose link works now."""
        return self.pending().filter(expires_at__gt=clock.now())


class Invitation(LocationModel, Recorded):
    """Somebody is asked to join a location. The link of the mail names it and `serial`; a newer mail has a higher one."""

    NOUN = "invitation"

    email = models.EmailField()
    first_name = models.CharField(max_length=100, blank=True, default="")
    last_name = models.CharField(max_length=100, blank=True, default="")
    role = models.CharField(max_length=10, default="user", choices=[("admin", "Admin"), ("user", "User")])
    custom_role = models.ForeignKey(Role, models.PROTECT, related_name="invitations", null=True, blank=True)
    only_assigned = models.BooleanField("sees only assigned data", default=False)
    granted = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    withheld = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    invited_by = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True, blank=True)
    serial = models.PositiveSmallIntegerField(default=1)
    sent_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    user = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True, blank=True)  # who came of it
    date_added = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager.from_queryset(InvitationQuerySet)()

    class Meta:
        ordering = ["-date_added", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["location", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="one_pending_invitation",
            ),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="invited_address_is_lower_case"),
            models.CheckConstraint(
                condition=~models.Q(role="admin", only_assigned=True), name="invited_admins_see_everything"
            ),
            models.CheckConstraint(
                condition=models.Q(custom_role=None) | models.Q(role="user"), name="invited_admins_have_no_custom_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= clock.now()

    @property
    def role_name(self) -> str:
        """The role as pages name it."""
        return str(self.custom_role) if self.custom_role else str(self.get_role_display())
