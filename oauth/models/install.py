from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction

from accounts import confirmation
from accounts.models import Company, Location, User
from core import clock, scope
from core.tenancy import CompanyModel
from journal.models import entry_for
from journal.recorded import Recorded, RecordedManager
from journal.writing import write_many
from oauth.models.app import App


class Install(Recorded, CompanyModel):
    """An app's place in one location, or in the agency as a whole. Its tokens die with it."""

    NOUN = "app"

    app = models.ForeignKey(App, models.CASCADE, related_name="installs")
    location = models.ForeignKey(Location, models.CASCADE, related_name="+", null=True)
    user = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True)
    scopes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    is_bulk = models.BooleanField(default=False)
    approved = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    approves_all = models.BooleanField(default=False)
    installed_at = models.DateTimeField(default=clock.now)
    uninstalled_at = models.DateTimeField(null=True, blank=True)

    objects = RecordedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["app", "location"], name="one_install_per_location", condition=models.Q(location__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["app", "company"], name="one_install_per_company", condition=models.Q(location__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.app} at {self.location or self.company}"

    @classmethod
    def here(cls) -> models.QuerySet[Self]:
        """The live installs in the location in scope."""
        found: models.QuerySet[Self] = cls.objects.filter(location_id=scope.location_id(), is_active=True)
        return found

    @property
    def user_type(self) -> str:
        return "Location" if self.location_id else "Company"

    @classmethod
    def put(
        cls, app: App, company: Company, location: Location | None, user: User | None, scopes: list[str], **details: Any
    ) -> Self:
        """Install the app there, or bring an old install up to date; writes `app.installed`.

        Raises:
            Unconfirmed: the owner of the account has to confirm their address first.
        """
        with scope.use(company_id=company.pk):
            confirmation.required()
        with transaction.atomic():
            App.objects.select_for_update(no_key=True).get(pk=app.pk)  # two who install it at once queue up here
            found = (
                cls.objects.everywhere(reason="an install is looked up by the app and place that the caller names")
                .select_for_update()
                .filter(app=app, company=company, location=location)
                .first()
            )
            facts = {"app": app.name, "scopes": scopes}
            if found is None:
                return cls.record_new(
                    "app.installed",
                    facts=facts,
                    app=app,
                    company=company,
                    location=location,
                    user=user,
                    scopes=scopes,
                    **details,
                )
            if not found.change(
                "app.installed", facts=facts, user=user, scopes=scopes, is_active=True, uninstalled_at=None, **details
            ):
                write_many([entry_for("app.installed", found, {}, facts)])
            return found

    def uninstall(self) -> None:
        """End the install: every token it gave is gone at once."""
        with transaction.atomic():
            self.change("app.uninstalled", facts={"app": self.app.name}, is_active=False, uninstalled_at=clock.now())
            self.refresh_tokens.all().delete()  # type: ignore[attr-defined]
            self.access_tokens.all().delete()  # type: ignore[attr-defined]
