import datetime as dt

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import Session, User
from accounts.tests.make import PASSWORD
from core import clock
from journal.models import Entry

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Version/17.0 Mobile/15E148 Safari/604.1"
NEW = "A brand new secret 9!"


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


def signed_in(email="alice@example.com", agent=FIREFOX, address="127.0.0.1"):
    client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    assert client.post(reverse("accounts:sign_in"), {"email": email, "password": PASSWORD}).status_code == 302
    return client


def revoke(client, handle):
    return client.post(reverse("accounts:session_revoke", args=[handle]))


def test_the_sessions_page_names_browser_and_address_and_marks_this_one(cast):
    here = signed_in()
    signed_in(agent=PHONE, address="203.0.113.7")
    rows = here.get(reverse("accounts:sessions")).context["rows"]
    assert [(row["browser"], row["address"], row["is_this"]) for row in rows] == [
        ("Firefox on Linux", "127.0.0.1", True),
        ("Safari on iPhone", "203.0.113.7", False),
    ]


def test_the_page_never_shows_a_session_key(cast):
    here, other = signed_in(), signed_in(agent=PHONE)
    content = here.get(reverse("accounts:sessions")).content.decode()
    assert other.session.session_key not in content and here.session.session_key not in content


def test_ending_one_session_signs_that_browser_out_only(cast):
    here, other, third = signed_in(), signed_in(agent=PHONE), signed_in()
    handle = Session.objects.get(pk=other.session.session_key).handle
    assert revoke(here, handle).status_code == 302
    assert other.get(reverse("accounts:profile")).status_code == 302
    assert (
        here.get(reverse("accounts:profile")).status_code == third.get(reverse("accounts:profile")).status_code == 200
    )
    entry = Entry.objects.everywhere(reason="a test of it").get(verb="user.sessions_ended")
    assert entry.facts == {"count": 1}


def test_ending_all_others_keeps_this_one(cast):
    here, other = signed_in(), signed_in(agent=PHONE)
    revoke(here, "others")
    assert other.get(reverse("accounts:profile")).status_code == 302
    assert here.get(reverse("accounts:profile")).status_code == 200


def test_somebody_elses_session_cannot_be_ended(cast):
    here, theirs = signed_in(), signed_in("bob@example.com")
    handle = Session.objects.get(pk=theirs.session.session_key).handle
    assert revoke(here, handle).status_code == 404
    assert theirs.get(reverse("accounts:profile")).status_code == 200


def test_last_seen_moves_at_most_once_a_minute(cast):
    here = signed_in()
    first = Session.objects.get(user=cast.alice).seen_at
    with clock.moved(dt.timedelta(seconds=30)):
        here.get(reverse("accounts:sessions"))
    assert Session.objects.get(user=cast.alice).seen_at == first
    with clock.moved(dt.timedelta(seconds=90)):
        here.get(reverse("accounts:sessions"))
    assert Session.objects.get(user=cast.alice).seen_at > first


def test_the_profile_is_saved_through_the_verb(cast):
    here = signed_in()
    answer = here.post(
        reverse("accounts:profile"),
        {"first_name": "Alicia", "last_name": "Adams", "phone": "", "timezone": "Europe/Lisbon"},
    )
    assert answer.status_code == 302
    alice = User.objects.get(pk=cast.alice.pk)
    assert (alice.first_name, alice.timezone, alice.shortcuts) == ("Alicia", "Europe/Lisbon", False)
    entry = Entry.objects.everywhere(reason="a test of it").get(verb="user.updated")
    assert entry.changes["first_name"] == ["Alice", "Alicia"] and entry.actor_id == cast.alice.pk


@pytest.mark.parametrize(
    "sent", [{"first_name": ""}, {"first_name": "A", "timezone": "Mars/Base"}, {"first_name": "x" * 101}]
)
def test_a_bad_profile_is_refused_and_changes_nothing(cast, sent):
    answer = signed_in().post(reverse("accounts:profile"), sent)
    assert answer.status_code == 422
    assert User.objects.get(pk=cast.alice.pk).first_name == "Alice"


def test_changing_the_password_keeps_this_browser_and_ends_the_others(cast):
    here, other = signed_in(), signed_in(agent=PHONE)
    before = here.session.session_key
    answer = here.post(reverse("accounts:password"), {"old": PASSWORD, "new": NEW, "again": NEW})
    assert answer.status_code == 302
    assert here.session.session_key != before
    assert here.get(reverse("accounts:profile")).status_code == 200
    assert other.get(reverse("accounts:profile")).status_code == 302


def test_changing_the_password_needs_the_present_one(cast):
    answer = signed_in().post(reverse("accounts:password"), {"old": "wrong", "new": NEW, "again": NEW})
    assert answer.status_code == 422 and "old" in answer.context["password_form"].errors
    assert User.objects.get(pk=cast.alice.pk).check_password(PASSWORD)


def test_own_pages_want_somebody_signed_in(cast):
    for name in ("profile", "sessions"):
        assert Client().get(reverse(f"accounts:{name}"))["Location"].startswith(reverse("accounts:sign_in"))
