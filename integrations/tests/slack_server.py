"""A Slack of our own: a real server on this machine with a workspace, codes, rotating tokens and moods.

It refuses what Slack refuses: unknown codes and tokens, codes used twice, a wrong PKCE verifier, posts to channels that
are archived or unknown. Time is the test's: `lives` seconds by our clock.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import secrets
import threading
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

CLIENT, SECRET = "123.456", "s3cr3t/with:odd+signs"


@dataclass
class Held:
    """An access that was given."""

    refresh: str
    ends: dt.datetime | None


@dataclass
class Slack:
    """`with Slack() as slack:` listens. `answers` is what the next calls of a method get instead, one by one."""

    rotates: bool = True
    lives: int = 43_200
    now: Any = None
    team: dict[str, str] = field(default_factory=lambda: {"id": "T0ACME", "name": "Acme Workspace"})
    channels: dict[str, str] = field(default_factory=lambda: {"C01": "general", "C02": "sales"})
    archived: set[str] = field(default_factory=set)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, Held] = field(default_factory=dict)
    posts: list[dict[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    answers: dict[str, list[tuple[int, dict[str, str], bytes]]] = field(default_factory=dict)
    slow: set[str] = field(default_factory=set)  # methods that are carried out and answered only when it is closed
    closing: threading.Event = field(default_factory=threading.Event)
    after: dict[str, Any] = field(default_factory=dict)  # done once a call of the method was carried out

    def __enter__(self) -> Self:
        slack = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                method = self.path.rsplit("/", 1)[1]
                status, headers, content = slack.answer(method, dict(parse_qsl(body)), self.headers["Authorization"])
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def do_GET(self) -> None:
                """The page on which a person allows it."""
                back = escape(slack.allow(self.path))
                content = f'<!doctype html><title>Slack</title><link rel="icon" href="data:,"><a href="{back}">Allow</a>'.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Quietly."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """Whoever hung up does not want to read about it."""

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def allow(self, address: str) -> str:
        """A person presses "Allow" on the page at `address`; returns where their browser is sent to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["client_id"] == CLIENT and asked["response_type"] == "code" and asked["scope"]
        code = secrets.token_hex(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def answer(self, method: str, form: dict[str, str], authorization: str) -> tuple[int, dict[str, str], bytes]:
        self.calls.append(method)
        if self.answers.get(method):
            return self.answers[method].pop(0)
        found = self._token(form, authorization) if method == "oauth.v2.access" else self._call(
            method, form, authorization.removeprefix("Bearer ")
        )  # fmt: skip
        if method in self.slow:
            self.closing.wait(60)
        if method in self.after:
            return self.after[method]
        return 200, {"Content-Type": "application/json"}, json.dumps(found).encode()

    def _token(self, form: dict[str, str], authorization: str) -> dict[str, Any]:
        who = base64.b64decode(authorization.removeprefix("Basic ")).decode().split(":")
        if [part.replace("%2F", "/").replace("%3A", ":").replace("%2B", "+") for part in who] != [CLIENT, SECRET]:
            return {"ok": False, "error": "bad_client_secret"}
        if form["grant_type"] == "refresh_token":
            old = next((name for name, held in self.tokens.items() if held.refresh == form["refresh_token"]), None)
            if old is None:
                return {"ok": False, "error": "invalid_refresh_token"}
            self.tokens[old].refresh = "used"
            return self._grant()
        asked = self.codes.pop(form["code"], None)
        if asked is None:
            return {"ok": False, "error": "invalid_code"}
        if asked["redirect_uri"] != form["redirect_uri"]:
            return {"ok": False, "error": "bad_redirect_uri"}
        if "code_challenge" in asked:
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
                return {"ok": False, "error": "invalid_code_verifier"}
        return self._grant()

    def _grant(self) -> dict[str, Any]:
        access, refresh = f"xoxe.xoxb-{secrets.token_hex(8)}", f"xoxe-1-{secrets.token_hex(8)}"
        more: dict[str, Any] = {"refresh_token": refresh, "expires_in": self.lives} if self.rotates else {}
        ends = self.now() + dt.timedelta(seconds=self.lives) if self.rotates else None
        self.tokens[access] = Held(refresh if self.rotates else "", ends)
        scope = "chat:write,chat:write.public,channels:read,groups:read"
        return {"ok": True, "access_token": access, "token_type": "bot", "scope": scope, "team": self.team, **more}

    def _call(self, method: str, form: dict[str, str], token: str) -> dict[str, Any]:
        held = self.tokens.get(token)
        if held is None:
            return {"ok": False, "error": "token_revoked"}
        if held.ends and held.ends <= self.now():
            return {"ok": False, "error": "token_expired"}
        if method == "auth.revoke":
            del self.tokens[token]
            return {"ok": True, "revoked": True}
        if method == "conversations.list":
            rows = [(pk, name) for pk, name in self.channels.items() if pk not in self.archived]
            start = int(form.get("cursor", "0"))
            more = str(start + 1) if start + 1 < len(rows) else ""  # one a page: whoever follows no cursor sees one
            page = [{"id": pk, "name": name} for pk, name in rows[start : start + 1]]
            return {"ok": True, "channels": page, "response_metadata": {"next_cursor": more}}
        if method == "chat.postMessage":
            if form["channel"] not in self.channels:
                return {"ok": False, "error": "channel_not_found"}
            if form["channel"] in self.archived:
                return {"ok": False, "error": "is_archived"}
            self.posts.append(form)
        return {"ok": True}

    @property
    def texts(self) -> list[str]:
        return [post["text"] for post in self.posts]
