"""The receivers of the official clients, from their registries and unchanged: they accept every event."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hoopai.tests.test_sdks import PACKAGE, apart, node
from oauth.models import Install
from webhooks.models import Delivery, Endpoint
from webhooks.tests import test_events
from webhooks.tests.test_events import EXPECTED, SCOPES, everything

app = test_events.app


@pytest.fixture
def sent(cast, app, receiver, deliver):
    """One delivery of every event, signed both ways."""
    Endpoint.of_app(app.pk).get().edit(legacy_signature=True)
    everything(cast, app, deliver)
    deliver()
    Install.here().get().uninstall()
    deliver()
    assert set(receiver.types) == EXPECTED and SCOPES
    assert not Delivery.objects.exclude(status="delivered").exists()
    return receiver.got


@pytest.mark.parametrize("form", ["pem", "raw"])
def test_the_official_typescript_receiver_accepts_every_event(sent, app, key, form):
    program = node()
    if program is None:
        pytest.skip("there is no Node.js on this machine")
    if not PACKAGE.is_dir():
        pytest.skip("node_modules lacks @gohighlevel/api-client: `npm ci` fetches it")
    given = {
        "clientId": app.client_id,
        "publicKey": key.ed25519_public if form == "pem" else key.ed25519_raw,
        "deliveries": [{"headers": got.headers, "body": got.body.decode()} for got in sent],
    }
    done = subprocess.run(
        [program, str(Path(__file__).parent / "sdk" / "receive.cjs")],
        input=json.dumps(given), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told) == len(sent)
    for one in told:
        assert one["raw"] == one["parsed"] == {"valid": True, "skipped": False}, one
        assert one["tampered"]["valid"] is False and one["same"] is True, one


class Request:
    """What the Python receiver reads of a framework's request."""

    method, url = "POST", "/hooks"

    def __init__(self, headers: dict[str, str], body: bytes) -> None:
        self.headers, self.body = {name.lower(): value for name, value in headers.items()}, body


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_the_official_python_receiver_accepts_every_event(sent, app, key, kind, monkeypatch):
    pytest.importorskip("highlevel", reason="the Python client is not installed: requirements-dev.txt names it")
    from highlevel import HighLevel  # noqa: PLC0415

    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CLIENT_ID", app.client_id)
    monkeypatch.setenv("WEBHOOK_SIGNATURE_PUBLIC_KEY", key.ed25519_public if kind == "ed25519" else "")
    monkeypatch.setenv("WEBHOOK_PUBLIC_KEY", key.rsa_public)

    async def walk() -> list[Any]:
        client = HighLevel(client_id=app.client_id, client_secret="x")
        receive = client.webhooks.subscribe()
        found = []
        for got in sent:
            good, bad = Request(got.headers, got.body), Request(got.headers, got.body[:-1] + b',"x":1}')
            await receive(good)
            await receive(bad)
            found.append((good, bad))
        return found

    for good, bad in apart(walk()):
        assert (good.is_signature_valid, good.signature_type, good.skipped_signature_verification) == (
            True,
            kind,
            False,
        )
        assert bad.is_signature_valid is False
