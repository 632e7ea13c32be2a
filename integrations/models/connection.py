from __future__ import annotations

import datetime as dt
import secrets
from typing import Any, ClassVar, Self

import orjson
from django.db import models, transaction
from django.db.models import Q

from accounts import confirmation
from accounts.models import User
from core import clock, crypto, scope
from core.errors import NotFound
from core.tenancy import LocationModel
from integrations import states
from integrations.models.line import Line
from integrations.models.revocation import Revocation
from integrations.providers import PROVIDERS, Provider
from integrations.tokens import Token
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet, locked, quietly

WAITS_FOR = dt.timedelta(minutes=10)  # for somebody who went to the provider to come back
AHEAD = dt.timedelta(hours=1)
# After a renewal that failed: the second to the fifth try, and then it is given up, a day after the first.
TRIES = [dt.timedelta(minutes=30), dt.timedelta(hours=2), dt.timedelta(hours=6), dt.timedelta(hours=15.5)]


class ConnectionQuerySet(RecordedQuerySet):
    def live(self) -> Self:
        """Those with an access that ought to work."""
        return self.filter(state__in=(states.CONNECTED, states.ATTENTION))

    def note(self, pk: str, **values: Any) -> int:
        """Keep what the clock and the wire say of a connection."""
        with quietly(reason="times and tokens change by themselves; what a person must know of is recorded"):
            return self.filter(pk=pk).update(**values)


class Connection(LocationModel, Recorded):
    """The access of a location to one other service. It outlives being disconnected, and its mappings with it."""

    NOUN = "integration"
    UNRECORDED = frozenset(
        {
            "date_updated", "token", "handshake", "verifier", "begun_by", "begun_at", "before", "expires_at",
            "refresh_at", "refresh_tries", "not_before", "connected_at", "last_sync_at", "last_error", "last_error_at",
        }
    )  # fmt: skip

    provider = models.CharField(max_length=20)
    state = models.CharField(max_length=12, choices=list(states.STATES.items()))
    trouble = models.CharField(max_length=10, blank=True, default="", choices=list(states.TROUBLES.items()))
    account_id = models.CharField(max_length=100, blank=True, default="")  # as the provider calls it
    account_name = models.CharField(max_length=200, blank=True, default="")
    token = models.TextField(blank=True, default="", editable=False)  # sealed
    expires_at = models.DateTimeField(null=True, blank=True)  # None: it does not
    refresh_at = models.DateTimeField(null=True, blank=True)  # the next try to renew it
    refresh_tries = models.PositiveSmallIntegerField(default=0)  # that failed in a row
    connected_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    connected_at = models.DateTimeField(null=True, blank=True)
    handshake = models.CharField(max_length=64, blank=True, default="", editable=False)  # digest of what must come back
    verifier = models.TextField(blank=True, default="", editable=False)  # sealed, of PKCE
    before = models.CharField(max_length=12, blank=True, default="")  # the state when connecting began
    begun_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    begun_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)  # no calls until then: one is at work, or has to wait
    last_sync_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True, default="")
    last_error_at = models.DateTimeField(null=True, blank=True)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = RecordedManager.from_queryset(ConnectionQuerySet)()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["refresh_at"], name="connection_to_renew", condition=Q(refresh_at__isnull=False)),
            models.Index(fields=["begun_at"], name="connection_begun", condition=Q(state=states.CONNECTING)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["location", "provider"], name="one_connection_per_location"),
            models.UniqueConstraint(fields=["handshake"], condition=~Q(handshake=""), name="one_handshake"),
            models.CheckConstraint(condition=Q(state__in=list(states.STATES)), name="connection_state"),
            models.CheckConstraint(
                condition=Q(state=states.CONNECTED, token__gt="", trouble="", handshake="")
                | Q(state=states.ATTENTION, token__gt="", trouble__gt="", handshake="")
                | Q(state=states.CONNECTING, handshake__gt="", before__gt="", begun_at__isnull=False)
                | Q(state=states.DISCONNECTED, token="", trouble="", handshake="", refresh_at=None),
                name="connection_holds_what_its_state_needs",
            ),
        ]

    def __str__(self) -> str:
        return self.service.name

    @property
    def service(self) -> Provider:
        return PROVIDERS[self.provider]

    @property
    def secret(self) -> Token:
        """The access as the provider gave it."""
        return Token(**orjson.loads(crypto.unseal(self.token)))

    @property
    def shown_state(self) -> str:
        """What the card says, a key of states.LABELS."""
        if not self.service.is_configured:
            return states.NOT_CONFIGURED
        if self.state == states.DISCONNECTED and self.connected_at is None:
            return states.NOT_CONNECTED
        return self.state

    @property
    def why(self) -> str:
        """The sentence of its trouble."""
        return states.TROUBLES.get(self.trouble, "")

    @property
    def may_call(self) -> bool:
        """Whether its access is good: a mapping that fails keeps nothing else waiting."""
        held = self.state == states.CONNECTED or (self.state == states.ATTENTION and self.trouble == states.MAPPING)
        return held and self.service.is_configured

    @classmethod
    def of(cls, provider: str) -> Self | None:
        """The connection of the location in scope."""
        found: Self | None = cls.objects.filter(provider=provider).first()
        return found

    @classmethod
    def begin(cls, provider: Provider, user: User, verifier: str) -> tuple[Self, str]:
        """Somebody goes to the provider to allow it. Returns the row and the secret that must come back with them.

        Raises:
            Unconfirmed: the account's owner has to confirm their address first.
        """
        confirmation.required()
        state = secrets.token_urlsafe(32)
        fresh = {
            "handshake": crypto.digest(state),
            "verifier": crypto.seal(verifier),
            "begun_by": user,
            "begun_at": clock.now(),
        }
        with transaction.atomic():
            row = cls.objects.select_for_update().filter(provider=provider.key).first()
            if row is None:
                row = cls.record_new(
                    "integration.begun",
                    facts={"name": provider.name},
                    provider=provider.key,
                    state=states.CONNECTING,
                    before=states.DISCONNECTED,
                    **fresh,
                )
            else:
                before = row.before if row.state == states.CONNECTING else row.state
                to = states.after(row.state, "begin")
                row.change("integration.begun", facts=row._facts(), state=to, before=before, **fresh)
        return row, state

    @classmethod
    def take_up(cls, provider: str, state: str, user: User) -> Self:
        """The connection that this person began with this secret, within ten minutes; whatever its location.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        every = cls.objects.everywhere(reason="the provider sends people back without naming their location")
        rows = every.filter(provider=provider, handshake=crypto.digest(state), state=states.CONNECTING, begun_by=user)
        row: Self | None = rows.filter(begun_at__gt=clock.now() - WAITS_FOR).select_related("location").first()
        if row is None or not state:
            raise NotFound("This page belongs to an attempt to connect that is over. Begin again from Integrations.")
        return row

    @locked
    def spend(self) -> str:
        """The verifier of the attempt, once: a second answer with the same secret finds nothing.

        Raises:
            NotFound: it was taken before.
        """
        if not self.verifier:
            raise NotFound("This attempt to connect is over. Begin again from Integrations.")
        verifier = crypto.unseal(self.verifier)
        type(self).objects.note(self.pk, verifier="")
        return verifier

    @locked
    def arrive(self, token: Token, account_id: str, account_name: str) -> bool:
        """The provider gave access. Returns whether it is to another account than before."""
        is_other = bool(self.account_id) and self.account_id != account_id
        self._let_go(token)
        self.change(
            "integration.connected",
            facts={**self._facts(), "account": account_name},
            state=states.after(self.state, "arrive"),
            trouble="",
            account_id=account_id[:100],
            account_name=account_name[:200],
            connected_by=self.begun_by_id,
            connected_at=clock.now(),
            last_sync_at=clock.now(),
            last_error="",
            last_error_at=None,
            not_before=None,
            **_handshake_over(),
            **sealed(token),
        )
        Line.write(self, "connected", f"Connected to {account_name or self.service.name}.")
        return is_other

    @locked
    def abandon(self, reason: str) -> None:
        """They did not come back, or without access: everything is as before."""
        if self.state != states.CONNECTING:
            return
        self.change("integration.abandoned", facts={**self._facts(), "reason": reason}, state=self.before,
                    **_handshake_over())  # fmt: skip
        Line.write(self, "failed", reason)

    @locked
    def renewed(self, token: Token) -> None:
        """Keep a renewed access. One that was ended meanwhile stays ended, and the new one is given back."""
        if self.state == states.DISCONNECTED:
            Revocation.ask(self.provider, token)
            return
        type(self).objects.note(self.pk, last_sync_at=clock.now(), **sealed(token))
        Line.write(self, "refreshed", "The access was renewed.")

    @locked
    def not_renewed(self, reason: str, *, is_final: bool = False) -> None:
        """A renewal failed: try again later, at most five times within a day. `is_final`: the provider says never."""
        if self.state not in (states.CONNECTED, states.ATTENTION):
            return
        tries = self.refresh_tries + 1
        Line.write(self, "failed", f"The access could not be renewed: {reason}"[:300])
        if is_final or tries > len(TRIES):
            self.stumble(states.WITHDRAWN if is_final else states.EXPIRED, reason)
            return
        at = clock.now() + TRIES[tries - 1]
        type(self).objects.note(self.pk, refresh_tries=tries, refresh_at=at, last_error=reason[:300],
                                last_error_at=clock.now())  # fmt: skip

    @locked
    def stumble(self, trouble: str, reason: str) -> None:
        """It needs somebody's attention: `trouble` is a key of states.TROUBLES. A lost access outranks a mapping."""
        if self.state == states.ATTENTION and (self.trouble == trouble or trouble == states.MAPPING):
            return
        if (self.state, "trouble") not in states.MOVES:
            return
        gone: dict[str, Any] = {} if trouble == states.MAPPING else {"refresh_at": None, "refresh_tries": 0}
        self.change(
            "integration.troubled",
            facts={**self._facts(), "why": states.TROUBLES[trouble], "reason": reason[:300]},
            state=states.after(self.state, "trouble"),
            trouble=trouble,
            last_error=reason[:300],
            last_error_at=clock.now(),
            **gone,
        )
        Line.write(self, "attention", f"{states.TROUBLES[trouble]} {reason}"[:300])

    @locked
    def mend(self) -> None:
        """What a mapping lacked is there again."""
        if self.state == states.ATTENTION and self.trouble == states.MAPPING:
            self.change("integration.mended", facts=self._facts(), state=states.after(self.state, "mend"), trouble="")

    @locked
    def disconnect(self) -> None:
        """End the access here at once, and at the provider as soon as it answers. Mappings are kept. May be repeated."""
        if self.state == states.DISCONNECTED:
            return
        self._let_go(None)
        self.change(
            "integration.disconnected",
            facts={**self._facts(), "account": self.account_name},
            state=states.after(self.state, "end"),
            trouble="",
            token="",
            expires_at=None,
            refresh_at=None,
            refresh_tries=0,
            not_before=None,
            **_handshake_over(),
        )
        Line.write(self, "disconnected", "Disconnected.")

    def erred(self, reason: str) -> None:
        """Note that a call failed."""
        type(self).objects.note(self.pk, last_error=reason[:300], last_error_at=clock.now())

    def _let_go(self, new: Token | None) -> None:
        """Have the access held so far revoked, where the new one is another."""
        if self.token and (new is None or self.secret.access != new.access):
            Revocation.ask(self.provider, self.secret)

    def _facts(self) -> dict[str, Any]:
        return {"name": self.service.name}

    @property
    def is_of_nobody(self) -> bool:
        """Whether whoever connected it works here no more."""
        if self.connected_at is None or self.state == states.DISCONNECTED:
            return False
        here = User.objects.working_at(scope.location_id())
        return self.connected_by_id is None or not here.filter(pk=self.connected_by_id).exists()


def sealed(token: Token) -> dict[str, Any]:
    """The columns a token becomes; it is renewed an hour ahead, of a short life after half of it."""
    now = clock.now()
    ends = None if token.lives is None else now + dt.timedelta(seconds=token.lives)
    ahead = AHEAD if token.lives is None else min(AHEAD, dt.timedelta(seconds=token.lives / 2))
    return {
        "token": crypto.seal(orjson.dumps(token.kept()).decode()),
        "expires_at": ends,
        "refresh_at": ends - ahead if ends and token.refresh else None,
        "refresh_tries": 0,
    }


def _handshake_over() -> dict[str, Any]:
    return {"handshake": "", "verifier": "", "before": "", "begun_by": None, "begun_at": None}
