import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts import lockout
from accounts.addresses import client_address, network_of
from accounts.models import Session, User
from accounts.tasks import clear_sessions
from accounts.tests import make
from accounts.tests.make import PASSWORD
from core import clock, scope
from core.pages import link
from journal.models import Entry


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


def entries(verb):
    return Entry.objects.everywhere(reason="a test of it").filter(verb=verb)


def attempt(email, password, client=None, **extra):
    return (client or Client()).post(reverse("accounts:sign_in"), {"email": email, "password": password, **extra})


def fail(email, times):
    for _ in range(times):
        answer = attempt(email, "wrong")
    return answer


def fresh(user):
    return User.objects.everywhere(reason="a test of it").get(pk=user.pk)


def test_a_person_signs_in_with_any_case_of_the_address_and_blanks_around_it(cast):
    client = Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/130.0"})
    answer = attempt("  Alice@Example.com ", PASSWORD, client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    session = Session.objects.get(user=cast.alice)
    assert (session.address, session.browser) == ("127.0.0.1", "Mozilla/5.0 (Windows NT 10.0) Firefox/130.0")
    assert client.get(link("settings:profile")).status_code == 200
    assert fresh(cast.alice).last_login is not None
    entry = entries("user.signed_in").get()
    assert (entry.actor_id, entry.company_id, entry.location_id) == (cast.alice.pk, cast.company.pk, None)


def test_the_page_before_signing_in_is_opened_after_it_but_never_another_host(cast):
    answer = Client().get(link("settings:profile"))
    assert answer["Location"].startswith(reverse("accounts:sign_in"))
    assert attempt("alice@example.com", PASSWORD, next="/account/profile")["Location"] == "/account/profile"
    for bad in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"):
        assert attempt("alice@example.com", PASSWORD, next=bad)["Location"] == "/"


def test_signing_in_changes_the_session_key(cast):
    client = Client()
    session = client.session
    session["planted"] = "x"
    session.save()
    before = client.cookies["session"].value if "session" in client.cookies else session.session_key
    attempt("alice@example.com", PASSWORD, client)
    assert client.session.session_key != before
    assert not Session.objects.filter(pk=before).exists()


def test_signing_out_needs_a_post_and_ends_the_session(cast, browse):
    client = browse(cast.alice)
    assert client.get(reverse("accounts:sign_out")).status_code == 405
    assert client.post(reverse("accounts:sign_out")).status_code == 302
    assert client.get(reverse("accounts:profile")).status_code == 302
    assert entries("user.signed_out").count() == 1
    assert not Session.objects.filter(user=cast.alice).exists()


def test_wrong_password_and_unknown_address_are_answered_alike(cast):
    texts = []
    for email in ("alice@example.com", "nobody@example.com"):
        answers = [attempt(email, "wrong") for _ in range(6)]
        assert {answer.status_code for answer in answers} == {422}
        texts.append([answer.context["form"].non_field_errors()[0] for answer in answers])
    assert texts[0] == texts[1]
    assert texts[0][0] == "That e-mail and password do not match."
    assert "15 minutes" in texts[0][4]


def test_accounts_010_five_failures_lock_and_the_right_password_is_refused_in_the_same_words(cast, drain, mailoutbox):
    with drain():
        locked = fail("alice@example.com", 5)
        right = attempt("alice@example.com", PASSWORD)
    assert right.status_code == 422
    assert right.context["form"].non_field_errors() == locked.context["form"].non_field_errors()
    entry = entries("user.locked").get()
    assert entry.facts == {"failures": 5, "address": "127.0.0.1", "what": "passwords"}
    assert [mail.subject for mail in mailoutbox] == ["Your HoopAI sign-in is locked for a while"]
    assert mailoutbox[0].to == ["alice@example.com"]


def test_accounts_011_the_lock_lifts_by_itself_after_fifteen_minutes_and_counting_starts_again(cast):
    fail("alice@example.com", 5)
    with clock.moved(dt.timedelta(minutes=15, seconds=1)):
        assert fail("alice@example.com", 1).context["form"].non_field_errors() == [
            "That e-mail and password do not match."
        ]
        assert attempt("alice@example.com", PASSWORD).status_code == 302
    assert (fresh(cast.alice).failures, fresh(cast.alice).locked_until) == (0, None)


def test_accounts_012_each_attempt_restarts_the_lock_but_never_beyond_thirty_minutes_from_its_start(cast):
    began = clock.now()
    fail("alice@example.com", 5)
    for minutes in (10, 20, 29):
        with clock.moved(dt.timedelta(minutes=minutes)):
            fail("alice@example.com", 1)
    until = fresh(cast.alice).locked_until
    assert dt.timedelta(minutes=30) <= until - began < dt.timedelta(minutes=30, seconds=10)
    with clock.moved(dt.timedelta(minutes=30, seconds=10)):
        assert attempt("alice@example.com", PASSWORD).status_code == 302


def test_accounts_010_014_the_fifth_attempt_may_still_be_the_right_one(cast):
    fail("alice@example.com", 4)
    assert attempt("alice@example.com", PASSWORD).status_code == 302
    assert fresh(cast.alice).failures == 0


def test_failures_are_forgotten_after_a_day(cast):
    fail("alice@example.com", 4)
    with clock.moved(dt.timedelta(hours=25)):
        fail("alice@example.com", 1)
    assert fresh(cast.alice).failures == 1


def test_attempts_at_once_get_no_more_than_five_looks(cast):
    looks = [lockout.begin(cast.alice) for _ in range(9)]
    assert [look.is_refused for look in looks] == [False] * 5 + [True] * 4
    assert [look.locks for look in looks] == [False] * 4 + [True] + [False] * 4


def test_a_locked_person_stays_signed_in_elsewhere(cast, browse):
    client = browse(cast.alice)
    fail("alice@example.com", 6)
    assert client.get(reverse("accounts:profile")).status_code == 200


def test_accounts_022_somebody_switched_off_cannot_sign_in_and_their_sessions_end(cast, browse):
    client = browse(cast.alice)
    cast.alice.change(is_active=False)
    assert attempt("alice@example.com", PASSWORD).status_code == 422
    assert client.get(reverse("accounts:profile")).status_code == 302


def test_twenty_wrong_passwords_from_one_network_are_enough(cast):
    for number in range(20):
        attempt(f"nobody{number}@example.com", "wrong")
    answer = attempt("alice@example.com", PASSWORD)
    assert (answer.status_code, answer["Retry-After"]) == (429, "600")
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert attempt("alice@example.com", PASSWORD, elsewhere).status_code == 302


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, "203.0.113.1", "10.0.0.1"),
        (1, "203.0.113.1", "203.0.113.1"),
        (1, "6.6.6.6, 203.0.113.1", "203.0.113.1"),
        (2, "6.6.6.6, 203.0.113.1, 10.9.9.9", "203.0.113.1"),
        (2, "203.0.113.1", "10.0.0.1"),
        (1, "not an address", ""),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "203.0.113.1:5000", "203.0.113.1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_the_client_address_is_only_what_our_own_proxies_say(settings, proxies, forwarded, found):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": forwarded})
    assert client_address(request) == found


def test_an_ipv6_household_counts_as_one():
    first, second = (RequestFactory().get("/", REMOTE_ADDR=f"2001:db8:1:2::{last}") for last in ("1", "ffff"))
    assert network_of(first) == network_of(second) == "2001:db8:1:2::"


def test_two_sign_in_addresses_cannot_differ_only_in_case(cast):
    assert User.objects.everywhere(reason="a test of it").filter(email="alice@example.com").exists()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET email = 'Alice@example.com' WHERE id = %s", [cast.alice.pk])
    assert scope.current().location_id == cast.location.pk


def test_a_hundred_attempts_in_parallel_get_no_more_than_five_looks(transactional_db):
    with scope.fresh():
        eve = make.user(None, "Eve")

    def attempt_once(_):
        try:
            return lockout.begin(eve).is_refused
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        refused = list(pool.map(attempt_once, range(40)))
    assert refused.count(False) == 5
    assert fresh(eve).failures == 40


def test_expired_sessions_are_cleared_away(cast, browse):
    browse(cast.alice)
    Session.objects.update(expire_date=clock.now() - dt.timedelta(days=1))
    clear_sessions()
    assert not Session.objects.exists()
