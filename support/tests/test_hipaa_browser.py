"""HIPAA mode in a real browser, wide and light, narrow and dark: off, refused, on."""

from __future__ import annotations

import pytest

from accounts.tests.factors import enrol
from billing.tests import make as billing
from core import clock
from core.pages import link
from support import hipaa
from support.tests import make
from support.tests.test_hipaa import PDF
from support.tests.test_support_browser import look, visit  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_mode_from_nothing_on_file_to_the_list_of_who_is_not_ready(cast, visit, settings):  # noqa: F811
    settings.HIPAA_PROVIDERS = ["slack", "hooks.partner.example"]
    page = visit.page
    visit.open(link("settings:hipaa"))
    page.get_by_text("Not available yet.").wait_for()
    findings = look(visit, "hipaa-off")
    page.get_by_role("link", name="Request the agreement").click()
    page.get_by_role("heading", name="HIPAA: business associate agreement").wait_for()
    billing.subscription(cast.company, "enterprise")
    enrol(cast.alice)
    with make.operating(cast.company):
        hipaa.file(cast.company, "Acme Main", clock.now().date(), make.upload("baa.pdf", PDF))
    visit.open(link("settings:hipaa"))
    page.get_by_label("Type Acme").fill("Acne")
    page.get_by_role("button", name="Switch HIPAA mode on").click()
    page.get_by_text("Type the name of the account: Acme").wait_for()
    findings += look(visit, "hipaa-ready")
    page.get_by_label("Type Acme").fill("Acme")
    page.get_by_role("button", name="Switch HIPAA mode on").click()
    page.get_by_role("heading", name="Not ready yet").wait_for()
    page.get_by_role("button", name="Acknowledge slack").click()
    page.get_by_role("button", name="Stop slack").wait_for()
    findings += look(visit, "hipaa-on")
    for name in ("security", "data_export", "webhooks"):
        visit.open(link(f"settings:{name}"))
        findings += look(visit, f"hipaa-{name}")
    assert findings == [], "\n".join(findings)
