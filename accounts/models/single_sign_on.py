from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core import clock
from core.tenancy import CompanyModel
from journal.recorded import Recorded, RecordedManager

OFF, OPTIONAL, ENFORCED = "off", "optional", "enforced"
MODES = [(OFF, "Off"), (OPTIONAL, "Optional"), (ENFORCED, "Enforced")]


class SingleSignOn(Recorded, CompanyModel):
    """How a company's people sign in through its identity provider (SAML 2.0): what the provider's metadata said."""

    NOUN = "single_sign_on"
    UNRECORDED = frozenset({"date_updated", "certificates", "proved_at"})  # fingerprints speak for the certificates

    mode = models.CharField(max_length=10, default=OFF, choices=MODES)
    entity_id = models.CharField("entity ID of the provider", max_length=1024)
    address = models.CharField("sign-on address", max_length=2048)
    certificates = ArrayField(models.TextField())  # base64 of DER; any of them may have signed
    fingerprints = ArrayField(models.CharField(max_length=64))  # SHA-256 of each, hexadecimal
    proved_at = models.DateTimeField(null=True, blank=True, editable=False)  # first sign-in through this provider
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        verbose_name_plural = "single sign-on"
        constraints = [
            models.UniqueConstraint(fields=["company"], name="one_identity_provider_a_company"),
            models.CheckConstraint(
                condition=models.Q(mode__in=[mode for mode, _ in MODES]), name="single_sign_on_mode"
            ),
        ]

    def __str__(self) -> str:
        return self.entity_id


class SignOnAttempt(CompanyModel):
    """One trip to the identity provider: begun in a browser, answered once, redeemed once by the same browser."""

    relay = models.CharField(max_length=64, unique=True)  # digest of the RelayState
    request = models.CharField(max_length=64, unique=True)  # id of the AuthnRequest, which the answer must name
    target = models.CharField(max_length=2000, default="/")
    is_confirming = models.BooleanField(default=False)  # somebody who is in proves again who they are
    made_at = models.DateTimeField(default=clock.now_for_all)
    answered_at = models.DateTimeField(null=True)  # whether the answer was accepted or not
    assertion = models.CharField(max_length=255, null=True)  # noqa: DJ001  null until answered: unique below
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+", null=True)
    ticket = models.CharField(max_length=64, blank=True, default="")  # digest of what the browser redeems

    class Meta:
        indexes = [models.Index(fields=["made_at"], name="sign_on_attempt_by_age")]
        constraints = [
            models.UniqueConstraint(fields=["company", "assertion"], name="an_assertion_lets_in_once"),
        ]

    def __str__(self) -> str:
        return self.request
