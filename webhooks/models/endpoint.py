from __future__ import annotations

import secrets
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Q

from accounts import confirmation
from accounts.models import Company, Location
from billing import limits
from core import clock, crypto, http, scope
from core.errors import Invalid, LimitReached, Refused
from core.tenancy import CurrentLocation, IdField
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet, locked, quietly
from oauth.models import App
from webhooks import events
from webhooks.models.signing_key import SigningKey

MOST = 100  # per location or app, whatever the plan says
LONGEST_SECRET = 200


class EndpointQuerySet(RecordedQuerySet):
    def listening(self) -> Self:
        """Those for which deliveries are made: a failing one's wait until it is switched on again."""
        return self.filter(state__in=("on", "failing"))

    def note(self, pk: str, failures: int, failing_since: Any) -> int:
        """Keep count of failures in a row."""
        with quietly(reason="a count of failures is no change of the endpoint; switching off is, and is recorded"):
            return self.filter(pk=pk).update(failures=failures, failing_since=failing_since)


EndpointManager = RecordedManager.from_queryset(EndpointQuerySet)


class Endpoint(Recorded):
    """An address that is told of events: of one location, or of an app wherever it is installed."""

    NOUN = "webhook"
    UNRECORDED = frozenset({"date_updated", "secret", "failures", "failing_since", "host"})

    id = IdField()
    company = models.ForeignKey(Company, models.CASCADE, related_name="+", null=True, blank=True)
    location = models.ForeignKey(Location, models.CASCADE, related_name="+", null=True, blank=True)
    app = models.ForeignKey(App, models.CASCADE, related_name="+", null=True, blank=True)
    name = models.CharField(max_length=100, blank=True, default="")
    url = models.CharField("address", max_length=1000)
    host = models.CharField(max_length=260, editable=False, default="")
    is_default = models.BooleanField("default address of its app", default=False)
    every_event = models.BooleanField("every event", default=False)
    events = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    secret = models.TextField(blank=True, default="", editable=False)  # sealed
    legacy_signature = models.BooleanField(default=True)
    takes_next_key = models.BooleanField(default=False)
    state = models.CharField(
        max_length=8,
        default="on",
        choices=[
            ("on", "On"),
            ("off", "Off"),  # by a person; nothing is kept for it
            ("failing", "Switched off"),  # after failures in a row; deliveries wait
            ("gone", "Gone"),  # the receiver said 410
        ],
    )
    failures = models.PositiveIntegerField(default=0, editable=False)  # in a row
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = EndpointManager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["location", "id"], name="endpoint_by_location"),
            models.Index(fields=["app", "id"], name="endpoint_by_app", condition=Q(app__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(app__isnull=True, location__isnull=False) | Q(app__isnull=False, location__isnull=True),
                name="endpoint_of_an_app_or_a_location",
            ),
            models.UniqueConstraint(fields=["app"], condition=Q(is_default=True), name="one_default_endpoint_per_app"),
            models.CheckConstraint(condition=Q(is_default=False) | Q(app__isnull=False), name="defaults_are_of_apps"),
        ]

    def __str__(self) -> str:
        return self.name or self.url

    @classmethod
    def tenant_filter(cls) -> dict[str, Any]:
        return {"location_id": CurrentLocation()}

    @classmethod
    def of_app(cls, app_id: str) -> Any:
        return cls.objects.everywhere(reason="an app's endpoints belong to no location").filter(app_id=app_id)

    @classmethod
    def add(
        cls,
        url: str,
        *,
        chosen: list[str] | None = None,
        every_event: bool = False,
        app: App | None = None,
        name: str = "",
        secret: str = "",
        is_default: bool = False,
        legacy_signature: bool = True,
    ) -> Self:
        """A new endpoint of `app`, or else of the location in scope.

        Raises:
            Invalid: an address that cannot be called, no event, or an unknown one.
            LimitReached: the plan allows no more. Unconfirmed: the owner has to confirm their address first.
        """
        confirmation.required()
        values = cleaned(url, chosen or [], every_event, secret, may_be_silent=is_default)
        company_id = app.company_id if app else scope.current().company_id
        with transaction.atomic(), scope.use(company_id=company_id):
            mates = cls.of_app(app.pk) if app else cls.objects.all()
            if mates.count() >= MOST:
                raise LimitReached(f"There are {MOST} webhooks already. Delete one you no longer need.")
            if is_default and app and mates.filter(is_default=True).exists():
                raise Invalid({"is_default": f"{app.name} has a default address already."})
            limits.take("webhook_endpoints")
            return cls.record_new(
                company_id=company_id,
                location_id=None if app else scope.location_id(),
                app=app,
                name=name.strip()[:100],
                is_default=is_default,
                legacy_signature=legacy_signature,
                facts={"name": name.strip() or values["url"]},
                **values,
            )

    @locked
    def edit(self, **given: Any) -> None:
        """Change name, url, events, every_event, secret ("" takes it away, None keeps it) and legacy_signature.

        Raises:
            Invalid: as `add`.
        """
        secret = given.pop("secret", None)
        values = cleaned(
            given.pop("url", self.url),
            given.pop("chosen", self.events),
            given.pop("every_event", self.every_event),
            crypto.unseal(self.secret) if secret is None and self.secret else secret or "",
            may_be_silent=self.is_default,
        )
        if secret is None:
            values.pop("secret")
        self.change(facts={"name": str(self)}, **values, **given)

    def delete_it(self) -> None:
        """Delete it with its log."""
        with transaction.atomic(), scope.use(company_id=self.company_id):
            self.remove()
            limits.give_back("webhook_endpoints")

    @locked
    def switch(self, on: bool) -> None:
        """Switch it on or off by hand. What waited for a failing one goes out; what waits at an off one stays."""
        state = "on" if on else "off"
        if self.state != state:
            verb = "webhook.switched_on" if on else "webhook.switched_off"
            self.change(verb, facts={"name": str(self), "by_hand": True}, state=state, failures=0, failing_since=None)

    @locked
    def give_up(self, state: str, reason: str) -> None:
        """Switch it off because of what its receiver answers; `state` is failing or gone. Once."""
        if self.state == "on":
            facts = {"name": str(self), "url": self.url, "reason": reason, "failures": self.failures, "state": state}
            self.change("webhook.switched_off", facts=facts, state=state)

    @locked
    def take_next_key(self) -> None:
        """Sign with the announced key from now on.

        Raises:
            Refused: none is announced.
        """
        if SigningKey.next() is None:
            raise Refused("There is no new key to change to.")
        self.change(facts={"name": str(self)}, takes_next_key=True)

    @property
    def is_listening(self) -> bool:
        return self.state in ("on", "failing")

    @property
    def secret_text(self) -> str:
        return crypto.unseal(self.secret) if self.secret else ""

    def wants(self, event: str) -> bool:
        """Whether it asked for `event`."""
        return self.every_event or event in self.events

    def installs_reach(self) -> str:
        """In words, where it listens."""
        return f"Everywhere {self.app.name} is installed" if self.app else "This location"


def new_secret() -> str:
    return "whsec_" + secrets.token_urlsafe(24)


def cleaned(url: str, chosen: list[str], every_event: bool, secret: str, *, may_be_silent: bool) -> dict[str, Any]:
    """The columns these values become.

    Raises:
        Invalid: one of them cannot be accepted.
    """
    url = url.replace("\x00", "").strip()
    errors: dict[str, str] = {}
    try:
        parts, _ = http.target(url)
    except http.Unreachable:
        errors["url"] = "Give a whole web address, such as https://example.com/hooks."
    else:
        if len(url) > 1000:
            errors["url"] = "The address may have at most 1,000 characters."
        elif parts.scheme != "https" and not _is_local(parts.hostname or ""):
            errors["url"] = "The address must start with https://, so that nobody can read along."
        elif parts.fragment:
            errors["url"] = "The address may not have a part after #."
    unknown = [name for name in chosen if name not in events.EVENTS]
    if unknown:
        errors["events"] = f"{unknown[0][:60]} is not an event."
    elif not chosen and not every_event and not may_be_silent:
        errors["events"] = "Choose at least one event."
    if len(secret) > LONGEST_SECRET:
        errors["secret"] = f"The secret may have at most {LONGEST_SECRET} characters."
    if errors:
        raise Invalid(errors)
    return {
        "url": url,
        "host": urlsplit(url).netloc.lower()[:260],
        "events": [] if every_event else sorted(set(chosen), key=list(events.EVENTS).index),
        "every_event": every_event,
        "secret": crypto.seal(secret) if secret else "",
    }


def _is_local(host: str) -> bool:
    """Whether plain http will do: the installation allows this private address itself."""
    try:
        return not http.is_public(http.resolve(host, 80))
    except http.Unreachable:
        return False
