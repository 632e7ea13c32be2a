from __future__ import annotations

from typing import Any, Self

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.db import models

from accounts.models.company import Company
from core import clock
from core.tenancy import CurrentCompany, IdField
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet


def unusable_password() -> str:
    """A password nobody has: the person sets one through the link in a mail."""
    return make_password(None)


class UserQuerySet(RecordedQuerySet):
    def working_at(self, location_id: str) -> Self:
        """Active users with a membership in the location, agency people included."""
        return self.filter(
            models.Q(memberships__location_id=location_id) | ~models.Q(agency_role=""), is_active=True
        ).distinct()


class UserManager(RecordedManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, email: str) -> User:
        found: User = self.everywhere(reason="signing in happens before any company is known").get(
            email__iexact=email
        )
        return found


class User(Recorded, AbstractBaseUser, PermissionsMixin):
    """A person who signs in. Operators (is_staff) have no company; everybody else has one."""

    NOUN = "user"
    UNRECORDED = frozenset({"date_updated", "last_login", "password"})
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    id = IdField()
    company = models.ForeignKey(Company, models.CASCADE, related_name="users", null=True, blank=True)
    email = models.EmailField(unique=True)
    password = models.CharField(max_length=128, default=unusable_password, editable=False)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100, blank=True, default="")
    phone = models.CharField(max_length=20, blank=True, default="")
    extension = models.CharField(max_length=10, blank=True, default="")
    agency_role = models.CharField(
        max_length=10, blank=True, default="", choices=[("", "None"), ("user", "User"), ("admin", "Admin")]
    )
    timezone = models.CharField(max_length=64, blank=True, default="")
    shortcuts = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("operator", default=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    locked_until = models.DateTimeField(null=True, blank=True, editable=False)
    locked_since = models.DateTimeField(null=True, blank=True, editable=False)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = UserManager()

    class Meta:
        ordering = ["first_name", "last_name", "pk"]

    def __str__(self) -> str:
        return self.name or self.email

    @classmethod
    def tenant_filter(cls) -> dict[str, Any]:
        return {"company_id": CurrentCompany()}

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.first_name
