from __future__ import annotations

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


class Consenting(models.Model):
    """Do not disturb: `active` and `permanent` block a channel, `inactive` and absence leave it open."""

    dnd = models.BooleanField(default=False)
    dnd_settings = models.JSONField(default=dict, blank=True)  # {channel: {status, message, code, at, by}}
    inbound_dnd = models.JSONField(default=dict, blank=True)  # {"all": {status, message}}

    class Meta:
        abstract = True

    @property
    def dnd_summary(self) -> str:
        """On, Partial or Off."""
        if self.dnd:
            return "On"
        blocked = [state for state in self.dnd_settings.values() if state.get("status") in ("active", "permanent")]
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
        actor = scope.current().actor
        for name, state in (channels or {}).items():
            if name not in CHANNELS:
                raise Invalid({f"dndSettings.{name}": f"{name} is no channel"})
            status = state.get("status", "inactive")
            if status not in STATUSES:
                raise Invalid({f"dndSettings.{name}.status": "status must be one of active, inactive, permanent"})
            held = settings.get(name, {})
            if held.get("status") == "permanent" and status != "permanent":
                raise Refused(f"{CHANNELS[name]} is blocked for good: only the contact can opt in again.")
            if held.get("status") == status and held.get("message", "") == (state.get("message") or ""):
                continue
            settings[name] = {
                "status": status,
                "message": state.get("message") or "",
                "code": state.get("code") or "",
                "at": clock.iso(clock.now()),
                "by": actor.name,
            }
        changed: dict[str, Any] = {"dnd_settings": settings}
        if everything is not None:
            changed["dnd"] = everything
        if inbound is not None:
            if set(inbound) - {"all"}:
                raise Invalid({"inboundDndSettings": "only the member all is known"})
            changed["inbound_dnd"] = {**self.inbound_dnd, **inbound}
        self.change("contact.dnd_changed", **changed)
