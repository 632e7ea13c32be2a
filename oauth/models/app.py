from __future__ import annotations

import secrets
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from oauth2_provider.models import AbstractApplication

from accounts.models import Company, User
from core import clock
from core.errors import Invalid
from core.tenancy import IdField
from journal.recorded import Recorded, RecordedManager
from oauth import scopes


def new_client_id() -> str:
    """`<24 hex>-<suffix>`: clients take the part before the hyphen as the app's id."""
    return f"{secrets.token_hex(12)}-{secrets.token_hex(4)}"


class App(Recorded, AbstractApplication):
    """An outside program that signs in by OAuth 2. One with a company may be installed by that company alone."""

    NOUN = "app"
    UNRECORDED = frozenset({"date_updated", "client_secret", "updated"})

    user = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True, blank=True)
    id = IdField()
    company = models.ForeignKey(Company, models.CASCADE, related_name="+", null=True, blank=True)
    client_id = models.CharField(max_length=100, unique=True, default=new_client_id, editable=False)
    scopes = ArrayField(models.CharField(max_length=60), default=list)

    objects = RecordedManager()

    def __str__(self) -> str:
        return self.name

    @classmethod
    def tenant_filter(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def register(
        cls, name: str, redirect_uris: list[str], allowed: list[str], company: Company | None = None
    ) -> tuple[Self, str]:
        """A new app and its secret, which is kept as a hash and never shown again.

        Raises:
            Invalid: no name, an address that is not http or https, or an unknown scope.
        """
        if not name.strip():
            raise Invalid({"name": "Give the app a name."})
        if not redirect_uris:
            raise Invalid({"redirect_uris": "Name at least one address to return to."})
        try:
            allowed = scopes.named(allowed)
        except ValueError as error:
            raise Invalid({"scopes": f"{error}."}) from error
        secret = secrets.token_urlsafe(36)
        made = cls.record_new(
            name=name.strip(),
            redirect_uris=" ".join(redirect_uris),
            scopes=allowed,
            company=company,
            client_secret=secret,
            client_type=cls.CLIENT_CONFIDENTIAL,
            authorization_grant_type=cls.GRANT_AUTHORIZATION_CODE,
        )
        return made, secret

    @property
    def app_id(self) -> str:
        return self.client_id.split("-")[0]

    @property
    def return_addresses(self) -> list[str]:
        return self.redirect_uris.split()

    @property
    def date_added(self) -> str | None:
        return clock.iso(self.created)

    def allows(self, company_id: str) -> bool:
        """Whether people of that company may install it."""
        return self.company_id in (None, company_id)

    def redirect_uri_allowed(self, uri: str) -> bool:
        return uri in self.return_addresses

    def get_allowed_schemes(self) -> list[str]:
        return ["https", "http"]
