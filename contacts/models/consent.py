from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from core import clock, scope
from core.errors import Invalid, Refused
from journal.recorded import locked

CHANNELS = {
    "Call": "Calls",
    "Email": "E-mail",
    "SMS": "SMS",
    "WhatsApp": "WhatsApp",
    "GMB": "Google Business",
    "FB": "Facebook",
    "Instagram": "Instagram",
}
STATUSES = ("active", "inactive", "permanent")
BLOCKED = ("active", "permanent")
COMPLAINT = "complaint"  # the code of a block that not even the contact's START lifts
STRICTNESS = {"inactive": 1, "active": 2, "permanent": 3, "locked": 4}

State = dict[str, Any]


def is_locked(state: State) -> bool:
    """Whether nobody at the location may lift it ever: the recipient called a message spam."""
    return state.get("status") == "permanent" and state.get("code") == COMPLAINT


def strictest(states: Iterable[State | None]) -> State | None:
    """The state of one channel that blocks most; of equals the first. A missing state is open."""

    def weight(state: State | None) -> int:
        held = state or {}
        return STRICTNESS["locked"] if is_locked(held) else STRICTNESS.get(held.get("status", ""), 0)

    return max(states, key=weight)


class Consenting(models.Model):
    """Do not disturb: `active` and `permanent` block a channel, `inactive` and absence leave it open.

    A state is {status, message, code, at, by, kind}: `by` is a name, `kind` one of user, token, system, contact. A
    `permanent` block with the code of a complaint is locked; every other one ends when the contact opts in again.
    """

    dnd = models.BooleanField(default=False)
    dnd_settings = models.JSONField(default=dict, blank=True)  # {channel: state}
    inbound_dnd = models.JSONField(default=dict, blank=True)  # {"all": {status, message}}

    class Meta:
        abstract = True

    @property
    def dnd_summary(self) -> str:
        """On, Partial or Off."""
        if self.dnd:
            return "On"
        blocked = [state for state in self.dnd_settings.values() if state.get("status") in BLOCKED]
        return "Partial" if blocked else "Off"

    @locked
    def set_dnd(
        self,
        everything: bool | None = None,
        channels: dict[str, dict[str, Any]] | None = None,
        inbound: dict[str, dict[str, Any]] | None = None,
    ) -> None:
        """Change what is blocked; what is not named stays.

        Args:
            everything: block or open every channel.
            channels: {channel: {"status", "message"?, "code"?}}, merged by channel.
            inbound: {"all": {"status", "message"?}}.

        Raises:
            Invalid: an unknown channel or status.
            Refused: a permanent block would be lifted; only the contact can do that.
        """
        settings = {name: dict(state) for name, state in self.dnd_settings.items()}
        for name, state in (channels or {}).items():
            if name not in CHANNELS:
                raise Invalid({f"dndSettings.{name}": f"{name} is no channel"})
            status = state.get("status", "inactive")
            if status not in STATUSES:
                raise Invalid({f"dndSettings.{name}.status": "status must be one of active, inactive, permanent"})
            held = settings.get(name, {})
            if held.get("status") == "permanent":
                if status == "permanent":
                    continue  # its date and reason are evidence
                raise Refused(cannot_lift(name, held))
            if held.get("status") == status and held.get("message", "") == (state.get("message") or ""):
                continue
            settings[name] = state_now(status, state.get("message") or "", state.get("code") or "")
        changed: dict[str, Any] = {"dnd_settings": settings}
        if _opens(self.dnd_settings, settings, "Email"):
            changed["has_unsubscribed"] = False
        if everything is not None:
            changed["dnd"] = everything
        if inbound is not None:
            if set(inbound) - {"all"}:
                raise Invalid({"inboundDndSettings": "only the member all is known"})
            changed["inbound_dnd"] = {**self.inbound_dnd, **inbound}
        self.change("contact.dnd_changed", **changed)

    @locked
    def receive_dnd(self, channel: str, state: State, cause: str, **fields: Any) -> bool:
        """Note what the contact or a carrier said about a channel; a stricter state that is held stays.

        Args:
            state: as `state_now` makes it.
            cause: why, for the journal: stop, start, carrier, complaint, unsubscribed, bounced.
            fields: columns that change along with it.

        Returns:
            Whether anything changed.
        """
        held = self.dnd_settings.get(channel)
        same = held is not None and held.get("status") == state["status"] and is_locked(held) == is_locked(state)
        if state["status"] == "inactive":
            kept = held is None or same or is_locked(held)
        else:
            kept = same or strictest([held, state]) is held
        settings = self.dnd_settings if kept else {**self.dnd_settings, channel: state}
        facts = {"cause": cause, "channel": channel}
        return bool(self.change("contact.dnd_changed", facts=facts, dnd_settings=settings, **fields))


def state_now(status: str, message: str = "", code: str = "") -> State:
    """A channel's state that begins now by whoever acts."""
    actor = scope.current().actor
    return {
        "status": status,
        "message": message,
        "code": code,
        "at": clock.iso(clock.now()),
        "by": actor.name[:200],
        "kind": actor.kind,
    }


def cannot_lift(channel: str, state: State) -> str:
    """Why nobody here may open a permanently blocked channel, as a sentence."""
    if is_locked(state):
        return f"{CHANNELS[channel]} is blocked for good: the contact reported a message as spam. It cannot be lifted."
    if channel == "SMS":
        return "SMS is blocked for good: only the contact can opt in again, by texting START."
    return f"{CHANNELS[channel]} is blocked for good: only the contact can opt in again."


def _opens(before: dict[str, State], after: dict[str, State], channel: str) -> bool:
    was, now = before.get(channel, {}), after.get(channel, {})
    return was.get("status") in BLOCKED and now.get("status") == "inactive"
