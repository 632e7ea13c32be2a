"""The authorisation code flow, from the consent page to a token that works, and everything that must not."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib

import pytest
from django.test import Client

from core import clock, scope
from oauth.models import AccessToken, Grant, Install, RefreshToken
from oauth.tests import flow
from oauth.tests.make import ApiClient


@pytest.fixture
def app(cast):
    return flow.app()


def test_a_persons_consent_becomes_a_token_of_that_location(cast, app):
    made, secret = app
    found = flow.installed(made, secret, cast.alice, {"location": cast.location.pk})
    assert found["userType"] == "Location"
    assert found["locationId"] == cast.location.pk
    assert found["companyId"] == cast.company.pk
    assert found["userId"] == cast.alice.pk
    assert found["expires_in"] == 86399
    assert found["token_type"] == "Bearer"
    assert found["scope"] == flow.SCOPES
    assert found["isBulkInstallation"] is False
    assert ApiClient(found["access_token"]).post("/oauth/locationToken", {}).status_code == 401  # an agency's operation
    install = Install.objects.get(app=made)
    assert (install.location_id, install.user_id, install.is_active) == (cast.location.pk, cast.alice.pk, True)
    assert install.history()[0].verb == "app.installed"
    assert install.history()[0].actor_id == cast.alice.pk


def test_no_token_code_or_secret_is_stored_as_it_is(cast, app):
    made, secret = app
    code = flow.code_for(made, cast.alice, {"location": cast.location.pk})
    assert Grant.objects.get().code != code
    found = flow.exchange(made, secret, code).json()
    assert AccessToken.objects.get().token == "" and RefreshToken.objects.get().token == ""
    made.refresh_from_db()
    assert secret not in made.client_secret
    rows = str(list(AccessToken.objects.values())) + str(list(RefreshToken.objects.values()))
    assert found["access_token"] not in rows and found["refresh_token"] not in rows


def test_state_comes_back_unchanged_and_the_address_keeps_its_own_query(cast):
    made, _ = flow.app(redirect_uris=["https://app.example.com/callback?tenant=7"])
    answer = flow.consent(
        made, cast.alice, {"location": cast.location.pk}, redirect_uri="https://app.example.com/callback?tenant=7"
    )
    found = flow.query_of(answer)
    assert found["state"] == "a b&c" and found["tenant"] == "7" and found["code"]


def test_both_paths_show_the_page_and_signed_out_people_sign_in_first(cast, app):
    with scope.fresh():
        for path in ("/oauth/chooselocation", "/v2/oauth/chooselocation"):
            answer = Client().get(flow.address(app[0], path))
            assert answer.status_code == 302 and answer["Location"].startswith("/account/sign-in?next=%2F")


def test_the_page_lists_scopes_in_words_and_only_places_where_the_person_is_admin(cast, app, browse):
    page = browse(cast.alice).get(flow.address(app[0])).content.decode()
    assert "View contacts" in page and "Acme Main" in page and "Acme East" in page and "Globex" not in page
    page = browse(cast.bob).get(flow.address(app[0])).content.decode()
    assert "Acme Main" not in page and "not an admin" in page


def test_the_policy_of_the_page_lets_its_form_lead_to_the_app(cast, app, browse):
    answer = browse(cast.alice).get(flow.address(app[0]))
    assert "form-action 'self' https://app.example.com" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


def test_saying_no_tells_the_app(cast, app, browse):
    found = flow.query_of(browse(cast.alice).post(flow.address(app[0]), {"decision": "deny"}))
    assert found["error"] == "access_denied" and found["state"] == "a b&c"
    assert not Install.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [{"client_id": "nobody"}, {"redirect_uri": "https://evil.example.com/"}, {"redirect_uri": flow.BACK + "/more"}],
)
def test_an_unknown_app_or_address_gets_a_page_and_no_redirect(cast, app, browse, changes):
    answer = browse(cast.alice).get(flow.address(app[0], **changes))
    assert answer.status_code == 400 and b"cannot be connected" in answer.content


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "contacts.nonsense"}, "invalid_scope"),
        ({"scope": "users.write"}, "invalid_scope"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_other_faults_are_told_to_the_app(cast, app, browse, changes, error):
    found = flow.query_of(browse(cast.alice).get(flow.address(app[0], **changes)))
    assert found["error"] == error and found["state"] == "a b&c"


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_nobody_installs_where_he_is_no_admin(cast, app, browse, who):
    answer = browse(getattr(cast, who)).post(flow.address(app[0]), {"decision": "allow", "location": cast.location.pk})
    assert answer.status_code == 403 and not Install.objects.everywhere(reason="test").exists()


def test_choosing_nothing_is_asked_again(cast, app, browse):
    answer = browse(cast.alice).post(flow.address(app[0]), {"decision": "allow"})
    assert answer.status_code == 422 and b"Choose where" in answer.content


def test_an_app_of_one_company_is_not_offered_to_another(cast, browse):
    made, _ = flow.app(company=cast.company)
    page = browse(cast.charlie).get(flow.address(made))
    assert b"Globex Main" not in page.content


def test_a_code_works_once_for_its_app_for_ten_minutes(cast, app):
    made, secret = app
    code = flow.code_for(made, cast.alice, {"location": cast.location.pk})
    other, other_secret = flow.app("Other")
    refused = flow.exchange(other, other_secret, code)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert flow.exchange(made, secret, code).status_code == 200
    again = flow.exchange(made, secret, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    late = flow.code_for(made, cast.alice, {"location": cast.location.pk})
    with clock.moved(dt.timedelta(minutes=10, seconds=1)):
        assert flow.exchange(made, secret, late).status_code == 400


def test_a_redirect_uri_that_is_sent_must_match(cast, app):
    made, secret = app
    code = flow.code_for(made, cast.alice, {"location": cast.location.pk})
    assert flow.exchange(made, secret, code, redirect_uri="https://evil.example.com").status_code == 400
    assert flow.exchange(made, secret, code, redirect_uri=flow.BACK).status_code == 200


def test_a_challenge_wants_its_verifier(cast, app):
    made, secret = app
    verifier = "v" * 64
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}
    code = flow.code_for(made, cast.alice, {"location": cast.location.pk}, **asked)
    assert flow.exchange(made, secret, code).status_code == 400
    assert flow.exchange(made, secret, code, code_verifier="w" * 64).status_code == 400
    assert flow.exchange(made, secret, code, code_verifier=verifier).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 400, "invalid_client"),
        ({"client_id": "wrong"}, 400, "invalid_client"),
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
        ({"grant_type": "password"}, 422, "Unprocessable Entity"),
        ({"code": ""}, 422, "Unprocessable Entity"),
        ({"code": "wrong"}, 400, "invalid_grant"),
        ({"client_id": "a\x00b"}, 422, "Unprocessable Entity"),
        ({"user_type": "Nobody"}, 422, "Unprocessable Entity"),
    ],
)
def test_every_fault_at_the_token_endpoint_has_its_error(cast, app, changes, status, error):
    made, secret = app
    sent = {
        "client_id": made.client_id,
        "client_secret": secret,
        "grant_type": "authorization_code",
        "code": "x",
        **changes,
    }
    answer = flow.token(sent)
    found = answer.json()
    assert (answer.status_code, found["statusCode"], found["error"]) == (status, status, error), found
    assert found["traceId"]


def test_the_token_endpoint_reads_json_and_camel_case_and_wants_no_version(cast, app):
    made, secret = app
    sent = {
        "clientId": made.client_id,
        "clientSecret": secret,
        "grantType": "authorization_code",
        "userType": "Location",
    }
    code = flow.code_for(made, cast.alice, {"location": cast.location.pk})
    answer = ApiClient("").post("/oauth/token", {**sent, "code": code, "redirectUri": flow.BACK}, version=None)
    assert answer.status_code == 200 and answer.json()["access_token"]
    code = flow.code_for(made, cast.alice, {"location": cast.location.pk})
    assert flow.token({**sent, "code": code}).status_code == 200
    assert ApiClient("").post("/oauth/token/", {**sent, "code": "x"}, version="nonsense").status_code == 400


def test_tokens_end_with_time_with_the_install_and_with_the_location(cast, app):
    from accounts.models import Location

    made, secret = app
    client = ApiClient(flow.installed(made, secret, cast.alice, {"location": cast.location.pk})["access_token"])
    path = "/oauth/installedLocations"
    assert client.get(path).json()["message"].startswith("This authClass")  # found, though of the wrong class
    with clock.moved(dt.timedelta(days=1)):
        assert client.get(path).json()["message"] == "Invalid JWT"
    Location.objects.get(pk=cast.location.pk).change(is_active=False)
    assert client.get(path).json()["message"] == "Invalid JWT"
    Location.objects.get(pk=cast.location.pk).change(is_active=True)
    Install.objects.get(app=made).uninstall()
    assert client.get(path).json()["message"] == "Invalid JWT"
    assert not RefreshToken.objects.exists()


def test_a_token_holds_no_more_than_the_scopes_that_were_asked_for(cast, app):
    made, secret = app
    code = flow.code_for(made, cast.alice, {"location": cast.location.pk}, scope="contacts.readonly")
    assert flow.exchange(made, secret, code).json()["scope"] == "contacts.readonly"
