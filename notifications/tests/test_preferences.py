"""Choosing what one is told of, and the mails."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.core import mail
from django.test import Client

from contacts.models import Contact
from contacts.tests import make
from core import clock
from core.pages import link
from notifications import tasks
from notifications.kinds import ALL
from notifications.models import Notification, Preference


@pytest.fixture
def ann(cast) -> Contact:  # type: ignore[no-untyped-def]
    return make.contact("Ann", assigned_to=cast.bob)


def choose(client, digest: str = "off", hour: int = 8, app=None, by_mail=()):  # type: ignore[no-untyped-def]
    app = [kind.key for kind in ALL] if app is None else app
    return client.post(
        link("notifications:preferences"), {"app": app, "mail": list(by_mail), "digest": digest, "hour": hour}
    )


def minutes(number: float):  # type: ignore[no-untyped-def]
    return clock.moved(dt.timedelta(minutes=number))


def test_what_is_switched_off_is_not_told_and_what_is_fixed_is(cast, ann, browse, drain):
    bob = browse(cast.bob)
    assert choose(bob, app=[]).status_code == 302
    with drain():
        make.note(ann)
    assert not Notification.objects.filter(user=cast.bob).exists()
    page = bob.get(link("notifications:preferences")).content.decode()
    assert re.search(r'value="job"[^>]*checked[^>]*disabled', page)


def test_a_choice_that_is_none_changes_nothing(cast, browse):
    answer = choose(browse(cast.bob), digest="weekly", hour=99)
    assert answer.status_code == 422 and not Preference.objects.exists()


def test_without_a_digest_a_mail_leaves_after_five_minutes_and_gathers_them(cast, ann, browse, drain):
    choose(browse(cast.bob), by_mail=["activity"])
    with drain():
        make.note(ann)
        make.task(ann, "Call")
    tasks.mail_due()
    assert mail.outbox == []
    with minutes(6):
        assert tasks.mail_due() == 1
        assert tasks.mail_due() == 0
    (sent,) = mail.outbox
    assert (
        sent.to == ["bob@example.com"] and sent.subject == "Ann: 2 changes, the last: Alice Adams added the task Call"
    )


def test_what_was_read_is_not_mailed(cast, ann, browse, drain):
    bob = browse(cast.bob)
    choose(bob, by_mail=["activity"])
    with drain():
        make.note(ann)
    bob.get(link("notifications:open", Notification.objects.get(user=cast.bob).pk))
    with minutes(6):
        assert tasks.mail_due() == 0
    assert mail.outbox == []


def test_a_kind_can_be_mailed_and_not_shown(cast, ann, browse, drain):
    bob = browse(cast.bob)
    choose(bob, app=[], by_mail=["activity"])
    with drain():
        make.note(ann)
    assert bob.get(link("notifications:count")).json() == {"unread": 0}
    with minutes(6):
        assert tasks.mail_due() == 1


def test_an_hourly_digest_is_one_mail_at_the_full_hour(cast, browse, drain):
    choose(browse(cast.bob), digest="hourly", by_mail=["activity", "assigned"])
    with drain():
        for name in ("Ann", "Ben"):
            make.note(make.contact(name, assigned_to=cast.bob))
    (at,) = set(Notification.objects.filter(user=cast.bob).values_list("mail_at", flat=True))
    assert at.minute == 0 and dt.timedelta(0) < at - clock.now() <= dt.timedelta(hours=1)
    with minutes(61):
        assert tasks.mail_due() == 1
    assert mail.outbox[0].subject == "2 notifications from Acme Main"
    assert "Ann" in mail.outbox[0].body and "Ben" in mail.outbox[0].body


def test_a_daily_digest_leaves_at_the_chosen_hour_of_the_location(cast, ann, browse, drain):
    choose(browse(cast.bob), digest="daily", hour=17, by_mail=["activity"])
    with drain():
        make.note(ann)
    at = Notification.objects.get(user=cast.bob).mail_at
    assert at.astimezone(cast.location.zone).hour == 17 and dt.timedelta(0) < at - clock.now() <= dt.timedelta(days=1)


def test_one_click_in_a_mail_stops_its_kind_without_signing_in(cast, ann, browse, drain):
    choose(browse(cast.bob), by_mail=["activity", "mention"])
    with drain():
        make.note(ann)
    with minutes(6):
        tasks.mail_due()
    (sent,) = mail.outbox
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = re.match(r"<https?://[^/]+(/.+)>", sent.extra_headers["List-Unsubscribe"])[1]  # type: ignore[index]
    client = Client(enforce_csrf_checks=True)
    assert "Stop these e-mails?" in client.get(path).content.decode()
    assert Preference.objects.get().choices["activity"]["mail"] is True
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    kept = Preference.objects.get().choices
    assert kept["activity"] == {"app": True, "mail": False} and kept["mention"]["mail"] is True


def test_a_made_up_link_stops_nothing(cast, browse):
    choose(browse(cast.bob), by_mail=["activity"])
    for token in ("x", "WyJhIl0:1:2"):
        assert Client().post(f"/account/notifications/stop/{token}").status_code == 404
    assert Preference.objects.get().choices["activity"]["mail"] is True


def test_the_account_leads_to_the_preferences_of_the_location(cast, browse):
    bob = browse(cast.bob)
    assert bob.get("/account/notifications")["Location"] == link("notifications:preferences")
    assert "/account/notifications" in bob.get("/account/profile").content.decode()
