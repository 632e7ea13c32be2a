"""Every bucket of the limits, through requests, on a moved clock."""

from __future__ import annotations

import datetime as dt
import secrets

import pytest

from api import limits, throttles
from api.limits import Limit
from core import clock
from oauth.tests import flow
from oauth.tests.make import ApiClient, api

PATH = "/oauth/installedLocations"


@pytest.fixture(autouse=True)
def _on(settings):
    settings.API_RATE_LIMITS = True
    throttles.CACHE.down_until = 0
    yield
    throttles.CACHE.down_until = 0


@pytest.fixture
def mounted():
    """A resource any token opens."""
    from api.resources import Resource
    from api.routes import route
    from hoopai import api_urls

    class Ping(Resource):
        any_scope = True
        access = "either"

        def get(self, request):
            return {"pong": True}

        def post(self, request):
            from api.errors import unprocessable

            raise unprocessable(["name must be a string"])

    tree = api_urls.urlpatterns[0]
    tree.add(route("limits/ping", Ping, GET="ping", POST="ping-post"))
    yield "/limits/ping"
    tree.root.static.pop("limits")


def at(seconds: float):
    return clock.moved(dt.timedelta(seconds=seconds))


def test_accounts_112_114_a_key_makes_ten_requests_a_second_and_a_hundred_a_minute(cast, mounted):
    client = api(cast.location)
    start = clock.now()

    def ask(second):
        with clock.moved(start + dt.timedelta(seconds=second) - clock.now()):
            return client.get(mounted)

    answers = [ask(0.001 * n) for n in range(11)]
    assert [a.status_code for a in answers] == [200] * 10 + [429]
    refused = answers[-1]
    assert refused.json()["limit"] == "key_second" and refused.json()["error"] == "rate_limited"
    assert refused.json()["message"] == "Too Many Requests" and refused.json()["statusCode"] == 429
    assert refused["Retry-After"] == "1" and refused["X-RateLimit-Remaining"] == "0"
    assert ask(1.02).status_code == 200
    for n in range(89):
        assert ask(2 + n * 0.5).status_code == 200
    refused = ask(55)
    assert refused.status_code == 429 and refused.json()["limit"] == "key_minute"
    assert 0 < int(refused["Retry-After"]) <= 60
    assert int(refused["X-RateLimit-Interval-Milliseconds"]) == 60_000
    assert ask(60.1).status_code == 200
    token = flow.installed(*flow.app(), cast.alice, {"location": cast.location.pk})["access_token"]
    app = ApiClient(token)
    with clock.moved(dt.timedelta(seconds=200)):
        assert {app.get(mounted).status_code for _ in range(11)} == {200}  # apps know no second, only the burst


def test_accounts_113_all_credentials_of_a_location_share_a_hundred_in_ten_seconds(cast, mounted, monkeypatch):
    monkeypatch.setattr(limits, "BURST", Limit("burst", 6, 10))
    first, second = api(cast.location), api(cast.location)
    codes = [client.get(mounted).status_code for client in (first, second) * 3]
    assert codes == [200] * 6
    refused = second.get(mounted)
    assert refused.status_code == 429 and refused.json()["limit"] == "burst"
    assert api(cast.elsewhere).get(mounted).status_code == 200
    with at(10.1):
        assert second.get(mounted).status_code == 200


def test_refused_requests_count_nowhere(cast, mounted, monkeypatch):
    monkeypatch.setattr(limits, "BURST", Limit("burst", 2, 10))
    client = api(cast.location)
    assert [client.get(mounted).status_code for _ in range(5)] == [200, 200, 429, 429, 429]
    with at(10.1):
        assert client.get(mounted).status_code == 200


def test_accounts_115_keys_of_a_company_share_a_day_and_an_app_has_its_own(cast, mounted, monkeypatch):
    monkeypatch.setattr(limits, "KEYS_DAY", Limit("keys_day", 3, limits.DAY))
    app = flow.app()
    token = flow.installed(*app, cast.alice, {"location": cast.location.pk})["access_token"]
    keys = [api(cast.location), api(cast.elsewhere), api(company=cast.company)]
    answers = [key.get(mounted) for key in keys]
    assert [a.status_code for a in answers] == [200, 200, 200]
    assert [a["X-RateLimit-Daily-Remaining"] for a in answers] == ["2", "1", "0"]
    refused = keys[0].get(mounted)
    assert refused.status_code == 429 and refused.json()["limit"] == "keys_day"
    assert refused["X-RateLimit-Daily-Remaining"] == "0" and refused["X-RateLimit-Limit-Daily"] == "3"
    answer = ApiClient(token).get(mounted)
    assert answer.status_code == 200 and answer["X-RateLimit-Limit-Daily"] == "200000"
    with at(limits.DAY):
        assert keys[0].get(mounted).status_code == 200


def test_accounts_117_headers_are_on_every_answer(cast, mounted):
    client = api(cast.location)
    names = (
        "X-RateLimit-Max", "X-RateLimit-Interval-Milliseconds", "X-RateLimit-Remaining", "X-RateLimit-Reset",
        "X-RateLimit-Limit-Daily", "X-RateLimit-Daily-Remaining", "X-RateLimit-Daily-Reset",
    )  # fmt: skip
    answers = {
        200: client.get(mounted),
        422: client.post(mounted),
        401: client.get(mounted, token="pit-x"),
        400: client.get(mounted, version=None),
        404: client.get("/nowhere"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert all(name in answer for name in names), status
    good = answers[200]
    assert good["X-RateLimit-Max"] == "100" and good["X-RateLimit-Interval-Milliseconds"] == "10000"
    assert good["X-RateLimit-Remaining"] == "9"
    assert 0 <= int(good["X-RateLimit-Reset"]) - clock.now().timestamp() <= 2
    assert good["X-RateLimit-Limit-Daily"] == "10000"


def test_refused_tokens_count_for_their_address_alone(cast, mounted):
    client = api(cast.location)
    here = f"2001:db8::{secrets.token_hex(2)}"
    codes = [client.get(mounted, token="pit-wrong", REMOTE_ADDR=here).status_code for _ in range(31)]
    assert codes == [401] * 30 + [429]
    assert client.get(mounted, REMOTE_ADDR=here).status_code == 200
    assert client.get(mounted, token="pit-wrong", REMOTE_ADDR=f"{here}1").status_code == 401
    forbidden = client.get(f"{mounted}?locationId={cast.globex_location.pk}", REMOTE_ADDR=here)
    assert forbidden.status_code == 429
    with at(61):
        assert client.get(mounted, token="pit-wrong", REMOTE_ADDR=here).status_code == 401


def test_the_address_comes_from_as_many_proxies_as_are_trusted(rf, settings):
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": "6.6.6.6, 9.9.9.9"})
    assert throttles.address_of(request) == "10.0.0.1"
    settings.TRUSTED_PROXIES = 1
    assert throttles.address_of(request) == "9.9.9.9"
    settings.TRUSTED_PROXIES = 3
    assert throttles.address_of(request) == "10.0.0.1"


def test_without_the_cache_requests_pass_and_the_log_says_so(cast, mounted, settings, caplog):
    client = api(cast.location)
    settings.CACHE_URL = "redis://127.0.0.1:1/0"
    assert client.get(mounted).status_code == 200
    assert "API limits are not counted" in caplog.text
    caplog.clear()
    assert client.get(mounted).status_code == 200
    assert not caplog.text  # it is not asked again at once


def test_the_limits_can_be_switched_off(cast, mounted, settings):
    settings.API_RATE_LIMITS = False
    client = api(cast.location)
    assert {client.get(mounted).status_code for _ in range(15)} == {200}
