"""What nobody can switch off: news of one's own sign-in and of the account's bills."""

from __future__ import annotations

import re

import pytest

from accounts import passwords
from billing.tests import make as billing
from core import clock
from core.pages import link
from notifications.models import Notification
from notifications.tests.test_preferences import choose

NEW = "Quiet-river-of-9-stones"


@pytest.fixture(autouse=True)
def _clocks_together():
    yield
    clock.ahead.clear()


def told(user, kind: str) -> list[str]:
    rows = Notification.objects.everywhere(reason="test").filter(user=user, kind=kind, in_app=True)
    return list(rows.order_by("pk").values_list("text", flat=True))


def test_accounts_110_security_and_billing_notices_cannot_be_switched_off(cast, browse, drain, mailoutbox):
    alice = browse(cast.alice)
    assert choose(alice, app=[], by_mail=[]).status_code == 302
    page = alice.get(link("notifications:preferences")).content.decode()
    for kind in ("security", "billing", "limits"):
        for way in ("app", "mail"):
            assert re.search(rf'name="{way}" value="{kind}"[^>]*checked[^>]*disabled', page), (kind, way)
    with drain():
        passwords.keep(cast.alice, NEW, "user.password_changed")
    assert "Your password was changed." in told(cast.alice, "security")
    assert [one.to for one in mailoutbox if "password was changed" in one.subject] == [[cast.alice.email]]
    mailoutbox.clear()
    with drain():
        billing.paying(cast.company, then="insufficient_funds")
        billing.wait_until_renewal(cast.company)
        billing.wait(cast.company, 4)
    assert any("A payment for the plan failed" in text for text in told(cast.alice, "billing"))
    assert [cast.alice.email] in [one.to for one in mailoutbox if one.subject.startswith("Payment failed")]


def test_news_of_a_sign_in_are_for_that_person_and_of_bills_for_admins(cast, drain):
    with drain():
        passwords.keep(cast.bob, NEW, "user.password_changed")
        billing.paying(cast.company, then="insufficient_funds")
        billing.wait_until_renewal(cast.company)
    assert told(cast.bob, "security") and not told(cast.alice, "security")
    assert told(cast.alice, "billing") and not told(cast.bob, "billing") and not told(cast.charlie, "billing")
