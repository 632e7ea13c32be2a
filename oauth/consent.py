"""What an app asks for on the authorisation page, and what consent gives it: an install and a code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.db import transaction
from django.http import QueryDict

from accounts import current
from accounts.models import Location, User
from accounts.models.membership import actor_at
from core import clock, scope
from core.crypto import digest
from core.errors import Forbidden, Invalid, Refused
from oauth import scopes, tokens
from oauth.models import App, Grant, Install

MOST_PLACES = 500
LONGEST_STATE = 4000
CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class SentBack(Exception):
    """The request is faulty, but the app is known: it hears of it at its own address."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


@dataclass(frozen=True)
class Ask:
    """A request for consent that holds."""

    app: App
    redirect_uri: str
    scopes: list[str]
    state: str
    challenge: str

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """The request as the app sent it.

        Raises:
            Refused: the app or the address to return to is not known; nothing may be sent there.
            SentBack: anything else that is wrong, as an error at the app's own address.
        """
        client_id, redirect_uri = query.get("client_id", ""), query.get("redirect_uri", "")
        app = App.objects.filter(client_id=client_id[:100]).first() if "\x00" not in client_id else None
        if app is None:
            raise Refused("This app is not known here. Ask the people who sent you for a new link.")
        if not redirect_uri and len(app.return_addresses) == 1:
            redirect_uri = app.return_addresses[0]
        if not app.redirect_uri_allowed(redirect_uri):
            raise Refused("The address this app wants to return to is not one it has registered.")
        state = query.get("state", "")[:LONGEST_STATE]

        def back(error: str, why: str) -> SentBack:
            return SentBack(returned(redirect_uri, state, error=error, error_description=why))

        if query.get("response_type", "code") != "code":
            raise back("unsupported_response_type", "response_type must be code")
        challenge = query.get("code_challenge", "")
        if challenge and query.get("code_challenge_method") != "S256":
            raise back("invalid_request", "code_challenge_method must be S256")
        if challenge and not CHALLENGE.fullmatch(challenge):
            raise back("invalid_request", "code_challenge is malformed")
        try:
            wanted = scopes.named(query.get("scope", "") or app.scopes)
        except ValueError as error:
            raise back("invalid_scope", str(error)) from None
        beyond = [name for name in wanted if name not in app.scopes]
        if beyond or not wanted:
            raise back(
                "invalid_scope", f"{beyond[0]} is not among the scopes of this app" if beyond else "scope is empty"
            )
        return cls(app, redirect_uri, wanted, state, challenge)

    def places_for(self, user: User) -> list[Location]:
        """The locations where `user` may install it, by name."""
        if user.company_id is None or not self.app.allows(user.company_id):
            return []
        rows = Location.objects.everywhere(reason="consent offers all of a person's locations").filter(
            is_active=True, company_id=user.company_id
        )
        if user.agency_role != "admin":
            rows = rows.filter(memberships__user=user, memberships__role="admin", memberships__disabled_at=None)
        return list(rows.order_by("name", "pk")[:MOST_PLACES])

    def refusal(self) -> str:
        return returned(self.redirect_uri, self.state, error="access_denied", error_description="The person said no.")

    def grant(self, user: User, location_ids: list[str], agency: bool, future: bool = False) -> str:
        """Install the app where `user` chose and return the address that carries the code.

        Raises:
            Invalid: nothing was chosen.
            Forbidden: a place where `user` is no admin.
        """
        chosen = list(dict.fromkeys(location_ids))[:MOST_PLACES]
        if not chosen and not agency:
            raise Invalid({"location": "Choose where to install the app."})
        offered = {place.pk: place for place in self.places_for(user)}
        whole = agency or len(chosen) > 1
        if any(pk not in offered for pk in chosen) or (whole and not may_install_agency(user, self.app)):
            raise Forbidden("You are not an admin there. Ask one of its admins to install the app.")
        with transaction.atomic():
            installs = [self._install_at(user, offered[pk]) for pk in chosen]
            target = installs[0] if not whole else self._install_agency(user, chosen, future)
            code = tokens.new_token()
            Grant.objects.create(
                user=user,
                application=self.app,
                install=target,
                code=digest(code),
                expires=clock.now() + tokens.CODE_LIVES,
                redirect_uri=self.redirect_uri,
                scope=" ".join(self.scopes),
                code_challenge=self.challenge,
                code_challenge_method="S256" if self.challenge else "",
            )
        return returned(self.redirect_uri, self.state, code=code)

    def _install_at(self, user: User, place: Location) -> Install:
        with current.at(place, actor=actor_at(user, place), via="ui"):
            return Install.put(self.app, place.company, place, user, self.scopes)

    def _install_agency(self, user: User, chosen: list[str], future: bool) -> Install:
        actor = scope.Actor(user.pk, user.name, "user", is_admin=True)
        with scope.use(company_id=user.company_id, location_id=None, actor=actor, via="ui"):
            return Install.put(
                self.app,
                user.company,
                None,
                user,
                self.scopes,
                is_bulk=bool(chosen),
                approved=chosen,
                approves_all=future,
            )


def may_install_agency(user: User, app: App) -> bool:
    return user.agency_role == "admin" and user.company_id is not None and app.allows(user.company_id)


def returned(address: str, state: str, **members: Any) -> str:
    """The app's address with `members` and its own state added to whatever query it has."""
    parts = urlsplit(address)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *members.items()]
    if state:
        query.append(("state", state))
    return urlunsplit(parts._replace(query=urlencode(query)))


def origin_of(address: str) -> str:
    """Scheme and host, as a content security policy names them."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
