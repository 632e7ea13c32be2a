from __future__ import annotations

import datetime as dt
import uuid
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts import confirmation
from accounts.models import Location, User
from core import clock, scope
from core.crypto import digest
from core.errors import Invalid, LimitReached, Refused
from core.tenancy import CompanyModel
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet, locked, quietly
from oauth import scopes

OVERLAP = dt.timedelta(days=7)
SEEN_EVERY = dt.timedelta(minutes=1)
MOST = 50  # per location or agency


class PrivateIntegrationQuerySet(RecordedQuerySet):
    def live(self) -> Self:
        return self.filter(revoked_at__isnull=True)

    def seen(self, at: dt.datetime) -> int:
        """Note the last use of these."""
        with quietly(reason="the last use of a token is not a change of it"):
            return self.update(last_used_at=at)

    def here(self) -> Self:
        """Those of the location in scope."""
        return self.filter(location_id=scope.location_id())


PrivateIntegrationManager = RecordedManager.from_queryset(PrivateIntegrationQuerySet)


class PrivateIntegration(Recorded, CompanyModel):
    """A static token of a location or of the agency, limited to its scopes. Only its digest is kept."""

    NOUN = "private_integration"
    UNRECORDED = frozenset({"date_updated", "digest", "hint", "old_digest", "last_used_at"})

    location = models.ForeignKey(Location, models.CASCADE, related_name="+", null=True, editable=False)
    name = models.CharField(max_length=100)
    scopes = ArrayField(models.CharField(max_length=60), default=list)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=8, editable=False)
    old_digest = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    old_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    date_added = models.DateTimeField(default=clock.now, editable=False)

    objects = PrivateIntegrationManager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["location", "-id"], name="integration_by_location")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def issue(cls, name: str, allowed: list[str] | str, location: Location | None = None) -> tuple[Self, str]:
        """A new integration and its token, which is shown this once; of the company in scope when `location` is None.

        Raises:
            Invalid: no name, no scope, or an unknown one.
            LimitReached: there are 50 already. Unconfirmed: the owner has to confirm their address first.
        """
        confirmation.required()
        name = name.strip()
        if not name:
            raise Invalid({"name": "Give the integration a name, so that you recognise it later."})
        if len(name) > 100:
            raise Invalid({"name": "The name may have at most 100 characters."})
        try:
            chosen = scopes.named(allowed)
        except ValueError as error:
            raise Invalid({"scopes": f"{error}."}) from error
        if not chosen:
            raise Invalid({"scopes": "Choose at least one thing it may do."})
        if cls.objects.live().filter(location=location).count() >= MOST:
            raise LimitReached(f"There are {MOST} private integrations already. Revoke one you no longer need.")
        token = new_token()
        made = cls.record_new(
            name=name,
            scopes=chosen,
            location=location,
            digest=digest(token),
            hint=token[-4:],
            created_by_id=scope.current().actor.user_id,
            facts={"name": name, "scopes": len(chosen)},
        )
        return made, token

    @locked
    def rotate(self, overlap: bool) -> str:
        """A new token. The old one works for seven more days with `overlap`, otherwise not at all.

        Raises:
            Refused: it is revoked.
        """
        if self.revoked_at is not None:
            raise Refused("This private integration has been revoked.")
        token = new_token()
        self.change(
            "private_integration.rotated",
            facts={"name": self.name, "overlap_days": OVERLAP.days if overlap else 0},
            digest=digest(token),
            hint=token[-4:],
            old_digest=self.digest if overlap else None,
            old_until=clock.now() + OVERLAP if overlap else None,
        )
        return token

    @locked
    def revoke(self) -> None:
        """End it: both its tokens stop working at once.

        Raises:
            Refused: it is revoked already.
        """
        if self.revoked_at is not None:
            raise Refused("This private integration has been revoked already.")
        self.change("private_integration.revoked", facts={"name": self.name}, revoked_at=clock.now(), old_digest=None)


def new_token() -> str:
    return f"pit-{uuid.uuid4()}"
