"""Add-ons, invoices and tax in a real browser: bought by clicks, light and wide, dark and narrow."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import expect

from billing import add_ons
from billing.tests import make
from core.pages import link
from hoopai.tests.browsing import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def visit(chromium, live_server, cast):  # type: ignore[no-untyped-def]
    make.over_no_limit(cast)
    make.paying(cast.company, "professional")
    client = Client()
    client.force_login(cast.alice)
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, base_url=live_server.url, reduced_motion="reduce"
    )
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_server.url}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    found = Visit(page, live_server.url)
    yield found
    context.close()
    assert not found.complaints


def look(visit: Visit, name: str, at: str = "h1") -> list[str]:
    """What is wrong with the page; pictures where PICTURES names a folder."""
    if PICTURES:
        for width, theme in ((1440, "light"), (375, "dark"), (1440, "dark"), (375, "light")):
            visit.page.set_viewport_size({"width": width, "height": 900 if width > 400 else 812})
            visit.page.emulate_media(color_scheme=theme)
            visit.page.locator(at).first.scroll_into_view_if_needed()
            visit.page.screenshot(path=Path(PICTURES) / f"{name}-{width}-{theme}.png", full_page=True)
        visit.page.set_viewport_size({"width": 1440, "height": 900})
        visit.page.emulate_media(color_scheme="light")
    return visit.check_both()


def test_an_add_on_is_priced_bought_and_given_up_by_clicks(cast, visit):
    page = visit.page
    visit.open(link("settings:billing"))
    wrong = look(visit, "plan")
    box = page.get_by_label("How many of Extra user")
    box.fill("2")
    page.get_by_role("button", name="See the price of Extra user").click()
    expect(page.get_by_text("Due now")).to_be_visible()
    wrong += look(visit, "offer")
    page.get_by_role("button", name="Pay $70.00").click()
    expect(page.get_by_text("It holds from now on")).to_be_visible()
    assert {one.key: one.quantity for one in add_ons.items_of(cast.company.pk)} == {"user": 2}
    box.fill("0")
    box.press("Enter")
    expect(page.get_by_role("heading", name="Give Extra user up")).to_be_visible()
    wrong += look(visit, "less")
    page.get_by_role("button", name="Give up from").click()
    expect(page.get_by_text("Ends on")).to_be_visible()
    wrong += look(visit, "given-up", "[aria-labelledby=add-ons] li >> nth=3")
    visit.open(link("settings:billing_invoices"))
    wrong += look(visit, "invoices")
    with page.expect_download() as download:
        page.get_by_role("button", name="ZIP").click()
    assert download.value.suggested_filename.startswith("invoices-")
    visit.open(link("settings:billing_address"))
    wrong += look(visit, "address", "[aria-labelledby=exemptions] [type=file]")
    assert not wrong
