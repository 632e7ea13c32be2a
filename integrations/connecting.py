"""Connecting: somebody leaves for the provider and comes back with a code, which is changed for an access."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from core.errors import NotFound, Refused
from integrations import slack
from integrations.models import Connection, Mapping
from integrations.providers import PROVIDERS, Provider
from integrations.troubles import Trouble


def named(key: str) -> Provider:
    """The provider.

    Raises:
        NotFound: there is no such one.
    """
    if key not in PROVIDERS:
        raise NotFound("There is no such integration.")
    return PROVIDERS[key]


def redirect_uri(provider: Provider) -> str:
    """Where the provider sends people back to; the operator names it there."""
    return settings.BASE_URL + reverse("integration_callback", args=[provider.key])


def begin(provider: Provider, user: User) -> str:
    """Begin to connect the location in scope. Returns the address at the provider to go to.

    Raises:
        Refused: this installation has no credentials for it.
    """
    if not provider.is_configured:
        raise Refused(f"{provider.name} is not configured by the operator of this installation.")
    verifier = secrets.token_urlsafe(48)
    _, state = Connection.begin(provider, user, verifier)
    return slack.leave_for(redirect_uri(provider), state, verifier)


def finish(row: Connection, code: str, error: str) -> None:
    """Change the code for an access, in the scope of the connection's location.

    Raises:
        Refused: they said no, or the provider did; everything is as before. NotFound: it was done before.
    """
    verifier = row.spend()
    name = row.service.name
    if error or not code:
        said_no = error == "access_denied"
        row.abandon(f"{name} was not allowed." if said_no else f"{name} reported: {error[:100] or 'no code'}.")
        raise Refused(f"{name} is not connected: you did not allow it." if said_no else f"{name} is not connected: "
                      f"it reported {error[:100] or 'no code'}.")  # fmt: skip
    try:
        grant = slack.exchange(code, redirect_uri(row.service), verifier)
    except Trouble as trouble:
        row.abandon(f"Connecting failed: {trouble}")
        raise Refused(f"{name} is not connected. {trouble} Try again.") from trouble
    is_other = row.arrive(grant.token, grant.account_id, grant.account_name)
    Mapping.settle(row, is_other)


def give_up(row: Connection) -> None:
    """Nobody came back within ten minutes."""
    row.abandon("Nobody came back from the other side within ten minutes.")
