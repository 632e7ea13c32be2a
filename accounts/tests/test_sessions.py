import datetime as dt

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.confirming import confirmed
from accounts.models import KnownBrowser, Session, User
from accounts.tests import make
from accounts.tests.factors import begin, code_of, enrol, give, is_in
from accounts.tests.make import PASSWORD
from core import clock, scope
from core.pages import link
from journal.models import Entry

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


def used(client, **later):
    with clock.moved(dt.timedelta(**later)):
        return is_in(client)


def test_a_session_ends_when_it_is_left_alone_for_twelve_hours(cast):
    client = begin(cast.alice)
    assert used(client, hours=11, minutes=59)
    assert used(client, hours=23)  # it was used in between
    assert not used(client, hours=36)
    assert not Session.objects.filter(user=cast.alice).exists()


def test_a_session_ends_after_thirty_days_however_much_it_is_used(cast):
    client = begin(cast.alice)
    Session.objects.update(seen_at=clock.now() + dt.timedelta(days=29, hours=23))
    assert used(client, days=29, hours=23)
    assert not used(client, days=30, minutes=1)


def test_an_operators_session_is_shorter(cast):
    with scope.fresh():
        olivia = make.user(None, "Olivia", is_staff=True)
    client = begin(olivia)
    assert used(client, minutes=59) and not used(client, hours=2)


def test_the_list_leaves_out_sessions_that_have_ended_by_themselves(cast):
    old, here = begin(cast.alice), begin(cast.alice)
    Session.objects.filter(pk=old.session.session_key).update(seen_at=clock.now() - dt.timedelta(hours=13))
    assert len(here.get(reverse("accounts:sessions")).context["rows"]) == 1


def test_a_new_browser_is_told_of_once_and_never_the_first(cast, drain, mailoutbox):
    first = Client(headers={"User-Agent": FIREFOX})
    with drain():
        begin(cast.alice, first)
    first.post(reverse("accounts:sign_out"))
    with drain():
        begin(cast.alice, first)
    assert mailoutbox == []
    other = Client(headers={"User-Agent": FIREFOX}, REMOTE_ADDR="203.0.113.7")
    with drain():
        begin(cast.alice, other)
        other.post(reverse("accounts:sign_out"))
        begin(cast.alice, other)
    assert [mail.subject for mail in mailoutbox] == ["A new browser signed in to HoopAI"]
    assert "Firefox on Linux" in mailoutbox[0].body and "203.0.113.7" in mailoutbox[0].body
    assert KnownBrowser.objects.filter(user=cast.alice).count() == 2


def test_the_browsers_cookie_is_not_kept_in_the_database(cast):
    client = begin(cast.alice)
    cookie = client.cookies["browser"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert not KnownBrowser.objects.filter(digest=cookie.value).exists()


def test_something_that_matters_asks_again_after_half_an_hour(cast):
    client = begin(cast.alice)
    page = reverse("accounts:set_up")
    assert client.get(page).status_code == 200
    with clock.moved(dt.timedelta(minutes=31)):
        answer = client.get(page + "?next=/account/profile")
        assert answer["Location"].startswith(reverse("accounts:confirm"))
        asked = reverse("accounts:confirm")
        assert client.post(asked, {"password": "wrong", "next": page}).status_code == 422
        assert client.post(asked, {"next": page}).status_code == 422
        assert client.get(page).status_code == 302
        assert client.post(asked, {"password": PASSWORD, "next": page})["Location"] == page
        assert client.get(page).status_code == 200
    with clock.moved(dt.timedelta(minutes=62)):
        assert client.get(page).status_code == 302


def test_a_code_confirms_as_well_and_is_used_up(cast):
    key, codes = enrol(cast.alice)
    client = begin(cast.alice)
    give(client, codes[0])
    with clock.moved(dt.timedelta(minutes=31)):
        asked = reverse("accounts:confirm")
        code = code_of(key)
        assert client.post(asked, {"code": codes[0]}).status_code == 422
        assert client.post(asked, {"code": code, "next": "/account/security"})["Location"] == "/account/security"
    assert give(begin(cast.alice), code).status_code == 422


def test_wrong_passwords_at_the_confirmation_lock_like_any_other(cast):
    client = begin(cast.alice)
    with clock.moved(dt.timedelta(minutes=31)):
        for _ in range(5):
            client.post(reverse("accounts:confirm"), {"password": "wrong"})
        assert client.post(reverse("accounts:confirm"), {"password": PASSWORD}).status_code == 422
    assert User.objects.get(pk=cast.alice.pk).locked_until


def test_a_form_that_needs_confirmation_leads_back_to_its_page(cast, rf):
    request = rf.post("/account/x", HTTP_REFERER="http://testserver/account/security?a=1")
    request.session = {"confirmed_at": (clock.now() - dt.timedelta(hours=1)).isoformat()}
    answer = confirmed(lambda request: HttpResponse("done"))(request)
    assert answer["Location"] == f"{reverse('accounts:confirm')}?next=%2Faccount%2Fsecurity%3Fa%3D1"
    foreign = rf.post("/account/x", HTTP_REFERER="https://evil.example/x")
    foreign.session = request.session
    assert confirmed(lambda request: HttpResponse("done"))(foreign)["Location"].endswith("?next=%2F")


def test_accounts_021_an_admin_unlocks_a_sign_in_and_a_user_does_not(cast, browse):
    for _ in range(5):
        Client().post(reverse("accounts:sign_in"), {"email": cast.bob.email, "password": "wrong"})
    path = link("settings:unlock", cast.bob.memberships.get().pk)
    assert browse(cast.dora).post(path).status_code == 403
    assert User.objects.get(pk=cast.bob.pk).locked_until
    assert browse(cast.alice).post(path).status_code == 302
    assert User.objects.get(pk=cast.bob.pk).locked_until is None
    assert Entry.objects.everywhere(reason="a test of it").filter(verb="user.unlocked").count() == 1
