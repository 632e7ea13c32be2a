"""The link that confirms an address, and what waits for it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from accounts import confirmation, current, invitations
from accounts.models import Invitation, Location, User
from accounts.models.membership import actor_at
from core import clock, scope
from oauth.models import App, Install, PrivateIntegration
from onboarding.tests.test_sign_up import link_of, post
from webhooks.models import Endpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(drain_alone, mailoutbox):
    """Somebody who has just signed up: their browser, with the path of the link in their mail."""
    with scope.fresh():
        browser = Client()
        with drain_alone():
            post(browser)
        browser.link = link_of(mailoutbox[-1])
        yield browser


def owner():
    return User.objects.everywhere(reason="test").get()


def place():
    return Location.objects.everywhere(reason="test").get()


@pytest.fixture
def inside(opened):
    """Acting as the owner in their location."""
    person, where = owner(), place()
    with current.at(where, actor=actor_at(person, where), via="ui"):
        yield opened


def test_the_link_confirms_by_a_button_once(opened, drain_alone):
    assert Client().get(opened.link).status_code == 200
    assert owner().confirmed_at is None, "looking at the page confirms nothing"
    with drain_alone():
        assert Client().post(opened.link)["Location"] == "/account/sign-in"
    assert owner().confirmed_at is not None and not confirmation.is_waiting(owner())
    for answer in (Client().get(opened.link), Client().post(opened.link)):
        assert answer.status_code == 410


def test_the_link_works_for_a_day(opened):
    with clock.moved(dt.timedelta(hours=23, minutes=59)):
        assert Client().get(opened.link).status_code == 200
    with clock.moved(dt.timedelta(hours=24, minutes=1)):
        assert Client().post(opened.link).status_code == 410
    assert owner().confirmed_at is None


def test_signing_in_again_leaves_the_link_alone(opened):
    Client().post("/account/sign-in", {"email": "ann@nord.example", "password": "Warm-bread-7-oclock"})
    assert Client().get(opened.link).status_code == 200


def test_another_link_once_a_minute_and_the_earlier_one_dies(opened, drain_alone, mailoutbox):
    with drain_alone():
        opened.post("/account/confirmation/again")
    assert len(mailoutbox) == 1, "the first mail left just now"
    with clock.moved(dt.timedelta(seconds=61)):
        with drain_alone():
            opened.post("/account/confirmation/again")
            opened.post("/account/confirmation/again")
        assert len(mailoutbox) == 2
        assert Client().get(opened.link).status_code == 410
        assert Client().get(link_of(mailoutbox[-1])).status_code == 200


def test_nobody_signed_in_cannot_ask_for_a_mail(opened, mailoutbox):
    assert Client().post("/account/confirmation/again").status_code == 403
    assert len(mailoutbox) == 1


def invite():
    invitations.invite("bea@nord.example", "user")


def credentials():
    PrivateIntegration.issue("Mine", "all", place())


def webhook():
    Endpoint.add("https://hooks.example/x", every_event=True)


def install():
    app, _ = App.register("Theirs", ["https://app.example/back"], ["contacts.readonly"])
    Install.put(app, place().company, place(), owner(), ["contacts.readonly"])


@pytest.mark.parametrize(
    ("deed", "model"),
    [(invite, Invitation), (credentials, PrivateIntegration), (webhook, Endpoint), (install, Install)],
)
def test_before_it_nobody_is_invited_nothing_leaves_and_no_credential_is_made(inside, drain_alone, deed, model):
    with pytest.raises(confirmation.Unconfirmed):
        deed()
    assert not model.objects.everywhere(reason="test").exists()
    with drain_alone():
        inside.post(inside.link)
        deed()
    assert model.objects.everywhere(reason="test").exists()


def test_the_pages_say_so_at_the_form(inside):
    base = f"/l/{place().pk}"
    answer = inside.post(f"{base}/settings/people/invite", {"email": "bea@nord.example", "role": "user"})
    assert answer.status_code == 422 and b"confirm their e-mail" in answer.content
    assert b"Confirm your e-mail" in inside.get(f"{base}/start/").content


def test_a_password_set_by_mail_proves_the_address_as_well(opened, drain_alone, mailoutbox):
    with drain_alone():
        opened.post("/account/reset", {"email": "ann@nord.example"})
    word = "Cold-butter-8-oclock"
    assert Client().post(link_of(mailoutbox[-1]), {"new": word, "again": word}).status_code == 302
    assert owner().confirmed_at is not None


def test_accounts_that_nobody_signed_up_for_wait_for_nothing(cast):
    confirmation.required()
    assert not confirmation.is_waiting(cast.alice)
