"""The bell in a real browser."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from playwright.sync_api import expect

from contacts.tests import make
from core import clock
from core.pages import link
from notifications.models import Notification

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(chromium, live_server, cast):  # type: ignore[no-untyped-def]
    client = Client()
    client.force_login(cast.alice)
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, base_url=live_server.url, reduced_motion="reduce"
    )
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_server.url}])
    found, complaints = context.new_page(), []
    found.set_default_timeout(60_000)
    found.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    found.on("pageerror", lambda error: complaints.append(str(error)))
    yield found
    context.close()
    assert not complaints


def test_the_bell_counts_opens_by_keyboard_and_leads_on(cast, page):
    ann = make.contact("Ann", last_name="Archer")
    for place, kind in enumerate(("mention", "assigned", "followed")):
        Notification.objects.create(
            user=cast.alice, kind=kind, subject_type="contact", subject_id=ann.pk, text=f"News {place}",
            at=clock.now() - dt.timedelta(minutes=place),
        )  # fmt: skip
    page.goto(link("contacts:list"))
    page.wait_for_selector(".bell__count:not([hidden])")
    assert page.inner_text(".bell__count") == "3"
    page.click("notification-bell > a")
    page.wait_for_selector(".bell-panel:popover-open")
    assert "News 0" in page.inner_text("*:focus")
    page.keyboard.press("ArrowDown")
    assert "News 1" in page.inner_text("*:focus")
    page.click(".bell-panel .notice:first-child button[aria-label='Mark as read']")
    expect(page.locator(".bell__count")).to_have_text("2")
    page.keyboard.press("Escape")
    expect(page.locator(".bell-panel")).to_be_hidden()
    expect(page.locator("notification-bell > a")).to_be_focused()
    page.click("notification-bell > a")
    page.wait_for_selector(".bell-panel:popover-open")
    page.click(".bell-panel >> text=Mark all as read")
    expect(page.locator(".bell__count")).to_be_hidden()
    page.click(".bell-panel .notice__link >> nth=1")
    page.wait_for_url(f"**{link('contacts:show', ann.pk)}")


def test_on_a_phone_the_bell_is_a_link(cast, page):
    page.set_viewport_size({"width": 375, "height": 812})
    page.goto(link("contacts:list"))
    page.click("notification-bell > a")
    page.wait_for_url(f"**{link('notifications:index')}")
