from __future__ import annotations

from typing import Any, Self

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from accounts.models.company import Company
from accounts.zones import check_zone
from core import clock
from core.tenancy import CurrentCompany, IdField
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet, quietly


def unusable_password() -> str:
    """A password nobody has: the person sets one through the link in a mail."""
    return make_password(None)


def plain_email(text: str) -> str:
    """An address as it is stored and compared: no blanks around it, lower case."""
    return text.replace("\x00", "").strip().lower()


class UserQuerySet(RecordedQuerySet):
    def live(self) -> Self:
        """Everybody who was not removed; people who are switched off count."""
        return self.filter(deleted_at=None)

    def working_at(self, location_id: str) -> Self:
        """Active users with a membership in the location, agency people included."""
        return self.filter(
            models.Q(memberships__location_id=location_id, memberships__disabled_at=None) | ~models.Q(agency_role=""),
            is_active=True,
        ).distinct()


class UserManager(RecordedManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, email: str) -> User:
        found: User = self.everywhere(reason="signing in happens before any company is known").get(
            email=plain_email(email)
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
        "role in the agency",
        max_length=10,
        blank=True,
        default="",
        choices=[("", "None"), ("user", "User"), ("admin", "Admin")],
    )
    timezone = models.CharField("time zone", max_length=64, blank=True, default="", validators=[check_zone])
    language = models.CharField(max_length=5, blank=True, default="en_US")
    photo_url = models.CharField(max_length=500, blank=True, default="")
    lines = models.JSONField("phone lines by location", default=dict, blank=True)  # {location id: E.164}
    permissions = models.JSONField(default=dict, blank=True)  # the API's switches, as far as they were set
    scopes = ArrayField(models.CharField(max_length=60), null=True, blank=True)  # the API's list; None: by role
    scopes_for_assigned = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    shortcuts = models.BooleanField("single-key shortcuts", default=True)
    is_active = models.BooleanField("may sign in", default=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_staff = models.BooleanField("operator", default=False)
    reset_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    confirmation_asked_at = models.DateTimeField(
        null=True, blank=True, editable=False
    )  # of who signed up by themselves
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    failed_at = models.DateTimeField(null=True, blank=True, editable=False)
    locked_until = models.DateTimeField(null=True, blank=True, editable=False)
    locked_since = models.DateTimeField(null=True, blank=True, editable=False)
    code_failures = models.PositiveSmallIntegerField(default=0, editable=False)  # the same count for second-step codes
    code_failed_at = models.DateTimeField(null=True, blank=True, editable=False)
    code_locked_until = models.DateTimeField(null=True, blank=True, editable=False)
    code_locked_since = models.DateTimeField(null=True, blank=True, editable=False)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = UserManager()

    class Meta:
        ordering = ["first_name", "last_name", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="sign_in_address_is_lower_case"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @classmethod
    def tenant_filter(cls) -> dict[str, Any]:
        return {"company_id": CurrentCompany()}

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def clean(self) -> None:
        self.email = plain_email(self.email)

    def check_password(self, raw_password: str) -> bool:
        """Whether this is the password; an old kind of hash is renewed on the way."""
        with quietly(reason="a stronger hash of the same password is no news"):
            return super().check_password(raw_password)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.first_name
