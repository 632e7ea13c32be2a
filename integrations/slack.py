"""Slack's Web API: what we call, and what its answers mean."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from oauthlib.oauth2 import OAuth2Error, WebApplicationClient

from core import http
from integrations.providers import SLACK
from integrations.tokens import Token
from integrations.troubles import Expired, Later, Mismatch, Rejected, Trouble, Unclear, Withdrawn

TIMEOUT = 10.0  # seconds
PAUSE = 30  # seconds, where it says "too much" and not until when
LONGEST_PAUSE = 3600
PAGES, PAGE = 10, 200  # of channels
EXPIRED = {"token_expired"}
WITHDRAWN = {
    "invalid_auth", "not_authed", "account_inactive", "token_revoked", "missing_scope", "no_permission",
    "org_login_required", "ekm_access_denied", "team_access_not_granted", "access_denied",
}  # fmt: skip
MISMATCH = {
    "channel_not_found": "the channel does not exist any more, or HoopAI cannot see it",
    "is_archived": "the channel is archived",
    "not_in_channel": "HoopAI is not a member of the channel; invite it there",
    "restricted_action": "the workspace does not let apps post in this channel",
    "restricted_action_read_only_channel": "the channel is read-only",
}
TOO_MUCH = {"ratelimited", "rate_limited", "message_limit_exceeded"}
UNCLEAR = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
NEVER_AGAIN = {"invalid_grant", "invalid_refresh_token", "token_revoked", "invalid_code", "code_already_used"}


class Grant:
    """An access with the workspace it opens."""

    def __init__(self, found: dict[str, Any]) -> None:
        team = found.get("team") or {}
        self.token = Token(found["access_token"], found.get("refresh_token") or "", found.get("expires_in"))
        self.account_id = str(team.get("id") or "")
        self.account_name = str(team.get("name") or "Slack")


def leave_for(redirect_uri: str, state: str, verifier: str) -> str:
    """The address at Slack where a person allows it."""
    client = WebApplicationClient(SLACK.client_id)
    proof: dict[str, Any] = {}
    if SLACK.has_pkce:
        proof = {"code_challenge": client.create_code_challenge(verifier, "S256"), "code_challenge_method": "S256"}
    found: str = client.prepare_request_uri(
        SLACK.authorize_url, redirect_uri=redirect_uri, scope=",".join(SLACK.scopes), state=state, **proof
    )
    return found


def exchange(code: str, redirect_uri: str, verifier: str) -> Grant:
    """The access for a code.

    Raises:
        Trouble: Withdrawn where Slack refuses it for good.
    """
    client = WebApplicationClient(SLACK.client_id)
    proof = {"code_verifier": verifier} if SLACK.has_pkce else {}
    body = client.prepare_request_body(code=code, redirect_uri=redirect_uri, include_client_id=False, **proof)
    return Grant(_token(client, body))


def renew(token: Token) -> Token:
    """A fresh access; Slack takes the old renewal token back with it.

    Raises:
        Trouble: Withdrawn where Slack refuses it for good.
    """
    client = WebApplicationClient(SLACK.client_id)
    return Grant(_token(client, client.prepare_refresh_body(refresh_token=token.refresh))).token


def _token(client: WebApplicationClient, body: str) -> dict[str, Any]:
    who = f"{quote(SLACK.client_id, safe='')}:{quote(SLACK.client_secret, safe='')}"
    answer = _send("oauth.v2.access", body, f"Basic {base64.b64encode(who.encode()).decode()}")
    _busy(answer)
    try:
        found: dict[str, Any] = client.parse_request_body_response(answer.body.decode("utf-8", "replace"))
    except OAuth2Error as error:
        if answer.status >= 500 or error.error in UNCLEAR | TOO_MUCH or error.error == "missing_token":
            raise Unclear(f"Slack answered {answer.status}.") from error
        if error.error in NEVER_AGAIN | WITHDRAWN:
            raise Withdrawn(f"Slack says {error.error}.") from error
        raise Rejected(f"Slack says {error.error}.") from error
    return found


def revoke(token: Token) -> None:
    """Have Slack forget an access. One that it does not know is revoked.

    Raises:
        Trouble: it may still be good.
    """
    try:
        call("auth.revoke", token)
    except (Withdrawn, Expired):
        pass


def check(token: Token) -> None:
    """Ask whether the access is good; does nothing else.

    Raises:
        Trouble: it is not, or Slack is away.
    """
    call("auth.test", token)


def channels(token: Token) -> list[tuple[str, str]]:
    """(id, name) of the channels that can be posted to, by name; the first two thousand.

    Raises:
        Trouble: see `call`.
    """
    found, cursor = [], ""
    for _ in range(PAGES):
        answer = call("conversations.list", token, types="public_channel,private_channel", exclude_archived="true",
                      limit=PAGE, cursor=cursor)  # fmt: skip
        found += [(str(row["id"]), str(row["name"])) for row in answer.get("channels", ())]
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return sorted(found, key=lambda row: row[1])


def post(token: Token, channel: str, text: str) -> None:
    """Post a message.

    Raises:
        Trouble: only Unclear leaves open whether it was posted.
    """
    call("chat.postMessage", token, channel=channel, text=text, unfurl_links="false")


def call(method: str, token: Token, **form: Any) -> dict[str, Any]:
    """One call of the Web API.

    Raises:
        Trouble: what became of it; see integrations.troubles.
    """
    answer = _send(method, urlencode({name: value for name, value in form.items() if value != ""}),
                   f"Bearer {token.access}")  # fmt: skip
    _busy(answer)
    try:
        found = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        found = None
    if answer.status >= 500 or not isinstance(found, dict):
        raise Unclear(f"Slack answered {answer.status}.")
    if not found.get("ok"):
        raise _meaning(str(found.get("error") or f"an error {answer.status}"))
    return found


def _meaning(error: str) -> Trouble:
    if error in EXPIRED:
        return Expired(f"Slack says {error}.")
    if error in WITHDRAWN:
        return Withdrawn(f"Slack says {error}.")
    if error in MISMATCH:
        return Mismatch(f"{MISMATCH[error]}.")
    if error in TOO_MUCH:
        return Later("Slack asks for a pause.", PAUSE)
    if error in UNCLEAR:
        return Unclear(f"Slack says {error}.")
    return Rejected(f"Slack says {error[:100]}.")


def _busy(answer: http.Answer) -> None:
    if answer.status == 429:
        asked = next((value for name, value in answer.headers.items() if name.lower() == "retry-after"), "")
        seconds = int(asked) if asked.isdigit() and len(asked) < 8 else PAUSE
        raise Later(f"Slack asks for a pause of {seconds} seconds.", min(max(seconds, 1), LONGEST_PAUSE))


def _send(method: str, body: str, authorization: str) -> http.Answer:
    headers = {
        "Authorization": authorization,
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "Accept": "application/json",
    }
    try:
        return http.send("POST", f"{SLACK.api_url}/{method}", body=body.encode(), headers=headers, timeout=TIMEOUT)
    except http.Unreachable as error:
        raise Unclear(f"Slack did not answer: {error}"[:250]) from error
