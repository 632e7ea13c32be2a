"""Private integrations: made, shown once, used, rotated, revoked; by commands and on the settings page."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from django.core.management import CommandError, call_command

from core import clock, scope
from core.errors import Invalid, LimitReached
from core.pages import link
from oauth import scopes
from oauth.models import App, Install, PrivateIntegration
from oauth.models.private_integration import MOST
from oauth.tests import flow
from oauth.tests.make import ApiClient, private_integration

TOKEN = re.compile(r"pit-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def alive(token):
    """Whether the token opens anything; an agency's operation answers its own 401 to a location's token."""
    return ApiClient(token).get("/oauth/installedLocations").json()["message"] != "Invalid Private Integration token"


def test_all_130_scopes_and_the_umbrellas_are_known():
    assert len(scopes.ALL) == 132
    assert {"funnels/page.readonly", "funnels/redirect.readonly"} <= scopes.held(["funnels.readonly"])
    assert "contacts.readonly" not in scopes.held(["contacts.write"])


def test_a_token_is_kept_as_a_digest_with_a_hint(cast):
    row, token = private_integration(cast.location)
    assert TOKEN.fullmatch(token)
    assert token not in str(PrivateIntegration.objects.values().get()) and row.hint == token[-4:]
    assert row.history()[0].verb == "private_integration.created"
    assert token not in str(row.history()[0].changes) and row.digest not in str(row.history()[0].changes)


@pytest.mark.parametrize(
    "fields", [{"name": " "}, {"scopes": "contacts.nonsense"}, {"scopes": []}, {"name": "x" * 101}]
)
def test_bad_input_is_named_and_nothing_is_made(cast, fields):
    with pytest.raises(Invalid):
        private_integration(cast.location, **fields)
    assert not PrivateIntegration.objects.exists()


def test_there_is_a_limit(cast):
    for _ in range(MOST):
        private_integration(cast.location)
    with pytest.raises(LimitReached):
        private_integration(cast.location)


def test_rotation_keeps_the_old_token_for_seven_days(cast):
    row, old = private_integration(cast.location)
    new = row.rotate(overlap=True)
    assert alive(old) and alive(new)
    with clock.moved(dt.timedelta(days=7, seconds=1)):
        assert alive(new) and not alive(old)


def test_rotation_at_once_ends_the_old_token(cast):
    row, old = private_integration(cast.location)
    new = row.rotate(overlap=False)
    assert alive(new) and not alive(old)


def test_revocation_ends_both_tokens_at_once(cast):
    row, old = private_integration(cast.location)
    new = row.rotate(overlap=True)
    row.revoke()
    assert not alive(old) and not alive(new)
    assert [entry.verb for entry in row.history()[:2]] == ["private_integration.revoked", "private_integration.rotated"]


def test_the_last_use_is_noted_at_most_once_a_minute(cast):
    row, token = private_integration(cast.location)
    alive(token)
    row.refresh_from_db()
    first = row.last_used_at
    assert first is not None
    alive(token)
    row.refresh_from_db()
    assert row.last_used_at == first
    with clock.moved(dt.timedelta(seconds=61)):
        alive(token)
    row.refresh_from_db()
    assert row.last_used_at > first
    assert row.history().count() == 1


def test_the_command_prints_only_the_token(cast, capsys):
    with scope.fresh():
        call_command("create_private_integration", location=cast.location.pk, name="CLI", scopes="all")
        token = capsys.readouterr().out.strip()
        assert TOKEN.fullmatch(token) and alive(token)
        call_command(
            "create_private_integration", company=cast.company.pk, name="CLI", scopes="contacts.readonly,contacts.write"
        )
        assert TOKEN.fullmatch(capsys.readouterr().out.strip())
        for wrong in (
            {"location": "nowhere"},
            {"company": "nobody"},
            {},
            {"location": cast.location.pk, "scopes": "nonsense"},
        ):
            with pytest.raises(CommandError):
                call_command("create_private_integration", **{"name": "CLI", "scopes": "all", **wrong})


def test_the_command_registers_an_app_and_prints_its_secret_once(cast, capsys):
    with scope.fresh():
        call_command("create_oauth_app", name="Sync", redirect_uri=["https://a.example/x"], scopes="contacts.readonly")
    found = json.loads(capsys.readouterr().out)
    assert re.fullmatch(r"[0-9a-f]{24}-[0-9a-z]+", found["client_id"])
    app = App.objects.get(client_id=found["client_id"])
    assert app.app_id == found["client_id"].split("-")[0] and found["client_secret"] not in app.client_secret
    with pytest.raises(CommandError):
        call_command("create_oauth_app", name="Sync", redirect_uri=["javascript:alert(1)"], scopes="all")


def test_an_admin_creates_one_on_the_page_and_sees_its_token_once(cast, browse):
    client = browse(cast.alice)
    page = client.get(link("settings:private_integrations"))
    assert b"No private integrations yet" in page.content
    answer = client.post(link("settings:private_integration_create"), {"name": "Sync", "scopes": ["contacts.readonly"]})
    token = TOKEN.search(answer.content.decode())[0]
    assert alive(token)
    assert "no-store" in answer["Cache-Control"]
    page = client.get(link("settings:private_integrations")).content.decode()
    assert token not in page and f"pit-…{token[-4:]}" in page and "contacts.readonly" in page


@pytest.mark.parametrize(
    "sent", [{"name": "", "everything": "on"}, {"name": "x"}, {"name": "x", "scopes": ["nonsense"]}]
)
def test_the_page_says_what_is_missing(cast, browse, sent):
    answer = browse(cast.alice).post(link("settings:private_integration_create"), sent)
    assert answer.status_code == 422 and not PrivateIntegration.objects.exists()


def test_the_page_rotates_and_revokes(cast, browse):
    row, old = private_integration(cast.location)
    client = browse(cast.alice)
    url = link("settings:private_integration_rotate", row.pk)
    assert b"Keep the old token" in client.get(url, headers={"HX-Request": "true"}).content
    assert client.get(url).status_code == 200
    new = TOKEN.search(client.post(url, {"old": "now"}, headers={"HX-Request": "true"}).content.decode())[0]
    assert alive(new) and not alive(old)
    url = link("settings:private_integration_revoke", row.pk)
    assert b"cannot be undone" in client.get(url, headers={"HX-Request": "true"}).content
    assert client.post(url).status_code == 302 and not alive(new)
    assert client.post(url).status_code == 404


def test_others_do_not_reach_the_page(cast, browse):
    row, _ = private_integration(cast.location)
    there, _ = private_integration(cast.globex_location)
    for name in ("private_integrations", "private_integration_create"):
        assert browse(cast.bob).get(link(f"settings:{name}")).status_code == 403
        assert browse(cast.charlie).get(link(f"settings:{name}")).status_code == 404
    assert browse(cast.alice).post(link("settings:private_integration_revoke", there.pk)).status_code == 404
    assert browse(cast.dora).post(link("settings:private_integration_revoke", row.pk)).status_code == 403


def test_the_page_lists_connected_apps_and_removes_them(cast, browse):
    app = flow.app("Ledger Sync")
    token = flow.installed(*app, cast.alice, {"location": cast.location.pk})["access_token"]
    client = browse(cast.alice)
    assert b"Ledger Sync" in client.get(link("settings:private_integrations")).content
    install = Install.objects.get()
    url = link("settings:app_remove", install.pk)
    assert browse(cast.bob).post(url).status_code == 403
    assert b"loses access" in client.get(url, headers={"HX-Request": "true"}).content
    assert client.post(url).status_code == 302
    assert ApiClient(token).get("/oauth/installedLocations").json()["message"] == "Invalid JWT"
    assert install.history()[0].verb == "app.uninstalled"
    assert client.post(url).status_code == 404
