"""Rotation: one successor, sixty seconds of grace, then an alarm that ends the family."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from core import clock
from oauth import tasks
from oauth.models import AccessToken, RefreshToken
from oauth.tests import flow
from oauth.tests.make import ApiClient


@pytest.fixture
def app(cast):
    return flow.app()


@pytest.fixture
def first(cast, app):
    return flow.installed(*app, cast.alice, {"location": cast.location.pk})


def works(token):
    return ApiClient(token).get("/oauth/installedLocations").json()["message"] != "Invalid JWT"


def test_a_refresh_gives_a_new_pair_for_the_same_place(app, first, cast):
    answer = flow.refresh(*app, first["refresh_token"])
    second = answer.json()
    assert answer.status_code == 200
    assert second["refresh_token"] != first["refresh_token"] and second["access_token"] != first["access_token"]
    assert (
        second["locationId"] == cast.location.pk and second["userType"] == "Location" and second["expires_in"] == 86399
    )
    assert works(second["access_token"])
    assert flow.refresh(*app, second["refresh_token"]).status_code == 200


def test_within_the_grace_the_very_same_successor_comes_back(app, first):
    second = flow.refresh(*app, first["refresh_token"]).json()
    with clock.moved(dt.timedelta(seconds=50)):
        again = flow.refresh(*app, first["refresh_token"]).json()
    assert again["refresh_token"] == second["refresh_token"] and again["access_token"] == second["access_token"]
    assert again["expires_in"] == pytest.approx(86399 - 50, abs=2)
    assert RefreshToken.objects.count() == 2


def test_after_the_grace_reuse_revokes_the_family(app, first):
    second = flow.refresh(*app, first["refresh_token"]).json()
    with clock.moved(dt.timedelta(seconds=61)):
        answer = flow.refresh(*app, first["refresh_token"])
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        assert flow.refresh(*app, second["refresh_token"]).status_code == 400
        assert not works(second["access_token"]) and not works(first["access_token"])


def test_a_token_two_generations_back_is_an_alarm_even_within_the_grace(app, first):
    second = flow.refresh(*app, first["refresh_token"]).json()
    third = flow.refresh(*app, second["refresh_token"]).json()
    assert flow.refresh(*app, first["refresh_token"]).status_code == 400
    assert not works(third["access_token"])


def test_another_apps_refresh_token_is_refused_and_stays_good(app, first):
    other = flow.app("Other")
    assert flow.refresh(*other, first["refresh_token"]).status_code == 400
    assert flow.refresh(*app, first["refresh_token"]).status_code == 200


def test_a_refresh_token_lives_a_year(app, first):
    with clock.moved(dt.timedelta(days=364)):
        assert flow.refresh(*app, first["refresh_token"]).status_code == 200
    with clock.moved(dt.timedelta(days=366)):
        assert flow.refresh(*app, first["refresh_token"]).status_code == 400


def test_a_refresh_may_narrow_the_scope_and_a_later_one_may_widen_it_again(app, first):
    narrow = flow.refresh(*app, first["refresh_token"], scope="contacts.readonly").json()
    assert narrow["scope"] == "contacts.readonly"
    assert flow.refresh(*app, narrow["refresh_token"]).json()["scope"] == flow.SCOPES
    beyond = flow.refresh(*app, narrow["refresh_token"], scope="users.write")
    assert beyond.status_code == 400 and beyond.json()["error"] in ("invalid_scope", "invalid_grant")


def test_accounts_116_five_refreshes_a_minute_for_each_client_and_place(app, first, settings, cast):
    settings.API_RATE_LIMITS = True
    current = first
    for _ in range(5):
        current = flow.refresh(*app, current["refresh_token"]).json()
    answer = flow.refresh(*app, current["refresh_token"])
    assert answer.status_code == 429 and answer.json()["limit"] == "token" and int(answer["Retry-After"]) <= 60
    other = flow.installed(*app, cast.alice, {"location": cast.elsewhere.pk})
    assert flow.refresh(*app, other["refresh_token"]).status_code == 200
    with clock.moved(dt.timedelta(seconds=61)):
        assert flow.refresh(*app, current["refresh_token"]).status_code == 200


def test_the_token_endpoint_fails_closed_while_the_cache_is_away(app, first, settings):
    settings.API_RATE_LIMITS = True
    settings.CACHE_URL = "redis://127.0.0.1:1/0"
    from api import throttles

    assert flow.refresh(*app, first["refresh_token"]).status_code == 503
    throttles.CACHE.down_until = 0


def test_what_expired_is_swept_away(app, first):
    flow.refresh(*app, first["refresh_token"])
    with clock.moved(dt.timedelta(days=40)):
        tasks.forget_expired.run()
    assert AccessToken.objects.count() == 0 and RefreshToken.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_refreshes_at_the_same_moment_get_one_successor():
    from accounts import current
    from accounts.models.membership import actor_at
    from accounts.tests import make
    from core import scope

    with scope.fresh():
        company = make.company("Racing")
        place = make.location(company, "Track")
        person = make.user(company, "Rita")
        make.membership(person, place, "admin")
    with scope.fresh(), current.at(place, actor=actor_at(person, place)):
        app = flow.app()
    first = flow.installed(*app, person, {"location": place.pk})

    def once(_):
        try:
            return flow.refresh(*app, first["refresh_token"]).json()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(once, range(4)))
    assert len({one["refresh_token"] for one in answers}) == 1
    assert RefreshToken.objects.count() == 2 and AccessToken.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_who_install_an_app_at_the_same_moment_get_one_install():
    from accounts.tests import make
    from core import scope
    from oauth.models import Install

    with scope.fresh():
        company = make.company("Racing")
        place = make.location(company, "Track")
        with scope.use(company_id=company.pk):
            app, _ = flow.app()

    def once(_):
        try:
            with scope.fresh(company_id=company.pk, location_id=place.pk):
                return Install.put(app, company, place, None, ["contacts.readonly"]).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(once, range(8)))) == 1
