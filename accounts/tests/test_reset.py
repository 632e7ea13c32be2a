import datetime as dt
import re

import pytest
from celery.app.task import Task
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from accounts import reset_links
from accounts.models import Session, User
from accounts.tests.make import PASSWORD
from core import clock
from journal.models import Entry

NEW = "A brand new secret 9!"


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


def ask(email):
    return Client().post(reverse("accounts:reset"), {"email": email})


def link_of(mail):
    return re.search(r"http\S+/account/reset/\S+", mail.body)[0].replace("http://127.0.0.1:8000", "")


def sign_in(email, password):
    return Client().post(reverse("accounts:sign_in"), {"email": email, "password": password}).status_code == 302


@pytest.fixture
def reset_link(cast):
    return reset_links.make(cast.alice).partition("/account/")[2]


def test_accounts_015_a_reset_from_the_mail_to_the_new_password_and_never_twice(
    cast, browse, drain, mailoutbox, settings
):
    settings.BASE_URL = "http://127.0.0.1:8000"
    elsewhere = browse(cast.alice)
    with drain():
        answer = ask("ALICE@example.com")
    assert answer["Location"] == reverse("accounts:reset_sent")
    assert len(mailoutbox) == 1 and mailoutbox[0].to == ["alice@example.com"]
    assert mailoutbox[0].alternatives[0][1] == "text/html"
    page = link_of(mailoutbox[0])
    assert Client().get(page).status_code == 200
    with drain():
        done = Client().post(page, {"new": NEW, "again": NEW})
    assert done["Location"] == reverse("accounts:sign_in")
    assert elsewhere.get(reverse("accounts:profile")).status_code == 302
    assert not Session.objects.filter(user=cast.alice).exists()
    assert sign_in("alice@example.com", NEW) and not sign_in("alice@example.com", PASSWORD)
    assert Client().get(page).status_code == 410
    assert Client().post(page, {"new": NEW, "again": NEW}).status_code == 410
    assert mailoutbox[1].subject == "Your HoopAI password was changed"
    entry = Entry.objects.everywhere(reason="a test of it").get(verb="user.password_reset")
    assert entry.changes == {} and entry.actor_id == cast.alice.pk


def test_accounts_016_the_answer_is_the_same_whether_the_address_exists_or_not(cast, drain, mailoutbox):
    with drain():
        known, unknown = ask("alice@example.com"), ask("nobody@example.com")
    assert (known.status_code, known["Location"], known.content) == (
        unknown.status_code,
        unknown["Location"],
        unknown.content,
    )
    assert len(mailoutbox) == 1


def test_accounts_015_a_link_works_for_a_day(cast, reset_link):
    with clock.moved(dt.timedelta(hours=23, minutes=59)):
        assert Client().get(f"/account/{reset_link}").status_code == 200
    with clock.moved(dt.timedelta(hours=24, minutes=1)):
        assert Client().get(f"/account/{reset_link}").status_code == 410


def test_accounts_015_a_newer_link_makes_the_earlier_one_stale(cast, reset_link):
    with clock.moved(dt.timedelta(seconds=1)):
        newer = reset_links.make(User.objects.get(pk=cast.alice.pk)).partition("/account/")[2]
        assert Client().get(f"/account/{reset_link}").status_code == 410
        assert Client().get(f"/account/{newer}").status_code == 200


def test_a_link_belongs_to_one_person(cast, reset_link):
    assert Client().get(f"/account/{reset_link.replace(cast.alice.pk, cast.bob.pk)}").status_code == 410
    assert Client().get(f"/account/{reset_link}x").status_code == 410


def test_accounts_013_a_reset_lifts_a_lock(cast, reset_link):
    for _ in range(6):
        sign_in("alice@example.com", "wrong")
    assert not sign_in("alice@example.com", PASSWORD)
    Client().post(f"/account/{reset_link}", {"new": NEW, "again": NEW})
    assert sign_in("alice@example.com", NEW)


@pytest.mark.parametrize(
    ("new", "again"), [("short", "short"), ("password1234", "password1234"), (NEW, "another one"), ("", "")]
)
def test_a_weak_or_mistyped_password_is_refused_and_changes_nothing(cast, reset_link, new, again):
    answer = Client().post(f"/account/{reset_link}", {"new": new, "again": again})
    assert answer.status_code == 422 and answer.context["form"].errors
    assert sign_in("alice@example.com", PASSWORD)


def test_at_most_three_mails_an_hour_go_to_one_address(cast, drain, mailoutbox):
    with drain():
        for _ in range(5):
            assert ask("alice@example.com")["Location"] == reverse("accounts:reset_sent")
    assert len(mailoutbox) == 3


def test_one_network_cannot_ask_without_end(cast, drain, mailoutbox):
    with drain():
        answers = [ask(f"nobody{number}@example.com").status_code for number in range(21)]
    assert answers[-2:] == [302, 429]


def test_accounts_022_somebody_switched_off_gets_no_mail(cast, drain, mailoutbox, reset_link):
    cast.alice.change(is_active=False)
    with drain():
        ask("alice@example.com")
    assert mailoutbox == []
    assert Client().get(f"/account/{reset_link}").status_code == 410


def test_without_a_broker_the_page_says_that_no_mail_can_be_sent(transactional_db, monkeypatch):
    def away(*_, **__):
        raise OperationalError("the broker is away")

    monkeypatch.setattr(Task, "apply_async", away)
    answer = ask("alice@example.com")
    assert answer.status_code == 503 and b"Mail cannot be sent" in answer.content
