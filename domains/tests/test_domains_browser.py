"""Settings -> Domains in a real browser: dialogs, copying, and a state that renews itself."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from core.pages import link
from domains import checking, redirecting
from domains.judging import Fault
from domains.models import Domain
from domains.tests import make
from domains.tests.conftest import TARGET
from hoopai.tests.browsing import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visit(chromium, live_server, cast):
    """Alice's browser; what it complains of is asserted to be nothing at the end."""
    cache.clear()
    client = Client()
    client.force_login(cast.alice)
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900},
        permissions=["clipboard-read", "clipboard-write"],
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_server.url}])
    context.set_default_timeout(60_000)
    begun = Visit(context.new_page(), live_server.url)
    yield begun
    context.close()
    assert begun.complaints == []


def test_a_domain_is_added_its_record_copied_and_the_page_sees_it_become_active(visit, cast, zones, front):
    page = visit.page
    visit.open(link("settings:domains"))
    findings = visit.check_both()
    page.get_by_role("link", name="Add a domain").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Domain").fill("*.example.com")
    dialog.get_by_role("button", name="Add domain").click()
    dialog.get_by_text("A wildcard cannot be connected").wait_for()
    findings += visit.check_both()
    dialog.get_by_label("Domain").fill("shop.example.com")
    dialog.get_by_role("button", name="Add domain").click()
    page.get_by_role("heading", name="shop.example.com").wait_for()
    row = Domain.objects.get()
    checking.check(row.pk, by_clock=True)
    page.get_by_text("No record for shop.example.com").wait_for()
    page.get_by_role("button", name="Copy the value of the CNAME record").click()
    assert page.evaluate("navigator.clipboard.readText()") == TARGET
    findings += visit.check_both()
    zones.set("shop.example.com", CNAME=TARGET)
    checking.check(row.pk, by_clock=True)
    page.get_by_text("are answered with HTTPS").wait_for()
    page.get_by_role("link", name="Add a redirect").click()
    dialog.get_by_label("Path").fill("/old")
    dialog.get_by_label("Leads to").fill("https://example.org/new")
    dialog.get_by_role("button", name="Add redirect").click()
    page.get_by_text("301 to https://example.org/new").wait_for()
    findings += visit.check_both()
    page.get_by_role("link", name="Remove shop.example.com").click()
    dialog.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_text("No domains yet").wait_for()
    assert findings == [], "\n".join(findings)


def test_every_state_of_a_domain_reads_well_on_every_screen(visit, cast):
    fault = Fault("wrong_target", "shop.example.com points to old.example.org, not to ours.", "old.example.org", TARGET)
    rows = [make.waiting("shop.example.com"), make.issuing("a.example.com"), make.active("example.org")]
    rows[0].judge([fault, Fault("aaaa", "shop.example.com has an AAAA record.", "2001:db8::1")], {"A": ["198.51.100.7"]},
                  by_clock=True)  # fmt: skip
    redirecting.add(rows[2], "/*", "https://www.example.com/a/rather/long/address/that/has/to/fit/somewhere/*")
    redirecting.add(rows[2], "/blog/*", "https://www.example.com/*", is_permanent=False)
    rows[2].set_robots("User-agent: *\nDisallow: /private")
    failed, broken = make.issuing("failed.example.com"), make.active("broken.example.com")
    for _ in range(5):
        failed.miss("The server has no certificate for failed.example.com yet.", by_clock=True)
        broken.judge([fault], {"CNAME": ["old.example.org"]}, by_clock=True)
    findings = []
    visit.open(link("settings:domains"))
    findings += visit.check_both()
    for row in (*rows, failed, broken):
        visit.open(link("settings:domain", row.pk))
        findings += visit.check_both()
    assert findings == [], "\n".join(findings)
