"""The states of a connection and the ways between them, as data. The table's constraints hold what belongs to each."""

from __future__ import annotations

from core.errors import Refused

CONNECTING, CONNECTED, ATTENTION, DISCONNECTED = "connecting", "connected", "attention", "disconnected"
STATES = {
    CONNECTING: "Connecting",
    CONNECTED: "Connected",
    ATTENTION: "Needs attention",
    DISCONNECTED: "Disconnected",
}
# What a card may show beside these: no row stands for either.
NOT_CONFIGURED, NOT_CONNECTED = "not_configured", "not_connected"
LABELS = {**STATES, NOT_CONFIGURED: "Not configured by the operator", NOT_CONNECTED: "Not connected"}
LEVELS = {CONNECTED: "ok", ATTENTION: "warn", CONNECTING: "info"}

MOVES = {
    (DISCONNECTED, "begin"): CONNECTING,
    (ATTENTION, "begin"): CONNECTING,
    (CONNECTED, "begin"): CONNECTING,
    (CONNECTING, "begin"): CONNECTING,
    (CONNECTING, "arrive"): CONNECTED,
    (CONNECTED, "trouble"): ATTENTION,
    (ATTENTION, "trouble"): ATTENTION,
    (ATTENTION, "mend"): CONNECTED,
    (CONNECTING, "end"): DISCONNECTED,
    (CONNECTED, "end"): DISCONNECTED,
    (ATTENTION, "end"): DISCONNECTED,
}  # giving up on connecting leads back to the state before

EXPIRED, WITHDRAWN, MAPPING = "expired", "withdrawn", "mapping"
TROUBLES = {
    EXPIRED: "The access has expired and could not be renewed.",
    WITHDRAWN: "The permission was withdrawn on the other side.",
    MAPPING: "A channel that messages go to is not there any more.",
}

REMEDIES = {
    EXPIRED: "Reconnect. Channels and messages stay as they are, and what waits goes out.",
    WITHDRAWN: "Reconnect. Channels and messages stay as they are, and what waits goes out.",
    MAPPING: "Choose a channel for the message that lacks one. The others go on.",
}


def after(state: str, event: str) -> str:
    """The state that `event` leads to.

    Raises:
        Refused: it leads nowhere from here.
    """
    try:
        return MOVES[state, event]
    except KeyError:
        raise Refused(f"That cannot be done while the connection is: {STATES[state].lower()}.") from None
