"""The pages of integrations in a real browser: all the way to Slack's page and back, in light and dark, wide and narrow."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.test import Client

from core.pages import link
from hoopai.tests.browsing import Visit
from integrations.models import Connection, Mapping

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visit(chromium, live_server, cast, slack, settings):
    """Alice's window."""
    settings.BASE_URL = live_server.url
    client = Client()
    client.force_login(cast.alice)
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, base_url=live_server.url, reduced_motion="reduce"
    )
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_server.url}])
    context.set_default_timeout(60_000)
    page = context.new_page()
    begun = Visit(page, live_server.url)
    yield begun
    context.close()
    assert begun.complaints == []


def test_a_person_connects_slack_chooses_a_channel_and_sends_a_test(visit, slack):
    page = visit.page
    visit.open(link("settings:integrations"))
    assert visit.check_both() == []
    page.get_by_role("link", name="Set up Slack").click()
    page.get_by_role("button", name="Connect", exact=True).click()
    page.get_by_role("link", name="Allow").click()
    page.get_by_text("Slack is connected: Acme Workspace.").wait_for()
    page.get_by_role("link", name="Set up New contact").click()
    page.get_by_label("Channel").select_option(label="#sales")
    assert visit.check_both() == []
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Posts to #sales").wait_for()
    page.get_by_role("button", name="Test New contact").click()
    page.get_by_text("A test is in #sales.").first.wait_for()
    assert slack.texts == ["_A test from HoopAI:_ *New contact:* Ann Example ann@example.com +12025550100"]
    page.mouse.move(0, 0)
    assert visit.check_both() == []
    page.get_by_role("link", name="Disconnect").click()
    page.get_by_role("button", name="Disconnect").click()
    page.get_by_role("button", name="Connect", exact=True).wait_for()
    assert Connection.objects.get().state == "disconnected" and Mapping.objects.get().channel_id == "C02"
    assert urlsplit(page.url).path == link("settings:integration", "slack")
