"""From the prices to the first steps in a real browser, with the mail from the outbox."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from django.core import mail
from django.core.cache import cache

from accounts.models import Company
from core import scope
from hoopai.tests.browsing import Visit
from onboarding.tests.test_sign_up import link_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def visit(chromium, live_server, settings):
    """A browser in Lisbon that nobody is signed in with; its complaints are asserted to be none at the end."""
    settings.CELERY_TASK_ALWAYS_EAGER = True
    cache.clear()
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, reduced_motion="reduce", timezone_id="Europe/Lisbon", locale="pt-PT"
    )
    context.set_default_timeout(60_000)
    begun = Visit(context.new_page(), live_server.url)
    with scope.fresh():
        yield begun
    context.close()
    assert [one for one in begun.complaints if "inline style" not in one] == []


def looked_at(visit, name):
    """The serious findings of axe, light and wide, dark and narrow; pictures where PICTURES names a folder."""
    if PICTURES:
        for width, theme in ((1440, "light"), (375, "dark")):
            visit.page.set_viewport_size({"width": width, "height": 900 if width > 400 else 812})
            visit.page.emulate_media(color_scheme=theme)
            visit.page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
        visit.page.set_viewport_size({"width": 1440, "height": 900})
        visit.page.emulate_media(color_scheme="light")
    return visit.check_both()


def test_somebody_compares_signs_up_confirms_and_takes_the_first_steps(visit):
    page, found = visit.page, []
    visit.open("/pricing/")
    found += looked_at(visit, "pricing")
    page.get_by_role("link", name="Annual").click()
    page.get_by_text("a year, saves").first.wait_for()
    page.get_by_role("link", name="Try Starter for nothing").click()
    page.get_by_label("First name").fill("Rita")
    assert page.get_by_label("Starter").is_checked()
    assert page.get_by_label("Time zone").input_value() == "Europe/Lisbon"
    assert page.get_by_label("Country").input_value() == "PT"
    page.get_by_label("Last name").fill("Lopes")
    page.get_by_label("Business name").fill("Lopes Óptica")
    page.get_by_label("Work e-mail").fill("rita@lopes.example")
    page.get_by_label("Password", exact=True).fill("short1")
    kept = page.locator(".sign-up__rules .is-kept")
    assert kept.all_inner_texts() == ["A small letter", "A digit"]
    found += looked_at(visit, "sign-up")
    page.get_by_label("Password", exact=True).fill("Warm-bread-7-oclock")
    assert kept.count() == 5
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Open the account").click()
    page.get_by_role("heading", name="First steps").wait_for()
    page.get_by_text("14 days left").wait_for()
    page.get_by_text("Confirm your e-mail", exact=True).wait_for()
    page.locator(".start-card").wait_for()
    found += looked_at(visit, "start")
    start = page.url
    visit.open(link_of(mail.outbox[-1]))
    found += looked_at(visit, "confirm")
    page.get_by_role("button", name="Confirm the address").click()
    page.get_by_text("is confirmed").wait_for()
    page.goto(start)
    assert page.get_by_text("Confirm your e-mail", exact=True).count() == 0
    page.get_by_role("button", name="I work alone").click()
    page.get_by_role("button", name="Take up again").wait_for()
    page.get_by_role("link", name="Open: Set the business profile").click()
    page.locator("#id_phone").fill("+351 210 000 000")
    page.locator("#id_address").fill("Rua Nova 1")
    page.locator("#id_city").fill("Lisboa")
    page.get_by_role("button", name="Save").first.click()
    page.wait_for_load_state("networkidle")
    page.locator(".start-card").wait_for()
    page.locator(".start-card").click()
    page.get_by_text(re.compile(r"^\s*2 of \d+")).first.wait_for()
    found += looked_at(visit, "start-later")
    assert Company.objects.everywhere(reason="test").get().country == "PT"
    assert found == [], "\n".join(found)


def test_a_wrong_form_says_what_is_wrong_and_is_clean(visit):
    visit.open("/sign-up/")
    visit.page.evaluate("document.querySelector('form').noValidate = true")
    visit.page.get_by_role("button", name="Open the account").click()
    visit.page.get_by_text("The account is not open yet.").wait_for()
    assert looked_at(visit, "sign-up-wrong") == []


@pytest.mark.parametrize("path", ["/terms/", "/privacy/", "/account/sign-in"])
def test_the_public_pages_are_clean(visit, path):
    visit.open(path)
    assert looked_at(visit, path.strip("/").replace("/", "-")) == []
