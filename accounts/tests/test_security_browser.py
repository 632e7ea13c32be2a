"""Two-step sign-in in a real browser: the app, backup codes, and passkeys with Chromium's virtual authenticator."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.cache import cache

from accounts.models import Passkey
from accounts.tests.factors import code_of
from accounts.tests.make import PASSWORD
from core import clock
from core.pages import link
from hoopai.tests.browsing import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = os.environ.get("PICTURES", "")
DEVICE = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip


@pytest.fixture
def visit(chromium, live_server, cast):
    """A browser nobody is signed in with; its complaints are asserted to be none at the end."""
    cache.clear()
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(60_000)
    begun = Visit(context.new_page(), live_server.url)
    yield begun
    context.close()
    # axe styles elements while it measures; no template may, which a test of the structure holds them to
    assert [one for one in begun.complaints if "inline style" not in one] == []


def sign_in(visit, person, to="/account/security"):
    visit.open(f"/account/sign-in?next={to}")
    visit.page.get_by_label("E-mail").fill(person.email)
    visit.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visit.page.get_by_role("button", name="Sign in", exact=True).click()
    visit.page.wait_for_load_state("networkidle")


def sign_out(visit):
    visit.page.context.clear_cookies(name="session")


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


def test_the_authenticator_is_set_up_used_and_its_codes_are_kept(visit, cast):
    page, found = visit.page, []
    sign_in(visit, cast.alice)
    found += looked_at(visit, "security-off")
    page.get_by_role("link", name="Set up").click()
    assert page.get_by_alt_text("QR code").evaluate("image => image.naturalWidth") > 100
    found += looked_at(visit, "set-up")
    page.get_by_text("Cannot scan?").click()
    key = page.locator(".secret code").inner_text().replace(" ", "")
    page.get_by_label("The code your app shows").fill(code_of(key, -1))
    page.get_by_role("button", name="Switch on").click()
    page.get_by_role("heading", name="Keep these backup codes").wait_for()
    found += looked_at(visit, "codes")
    codes = page.locator(".account__codes code").all_inner_texts()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert all(code in Path(download.value.path()).read_text() for code in codes)
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_text("10 of 10 left").wait_for()
    found += looked_at(visit, "security-on")
    sign_out(visit)
    sign_in(visit, cast.alice)
    found += looked_at(visit, "second-step")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("That code is not right").wait_for()
    page.get_by_label("Code").fill(code_of(key))
    page.get_by_label("Do not ask in this browser").check()
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Remembered browsers").wait_for()
    found += looked_at(visit, "security-remembered")
    visit.open("/account/security/off")
    found += looked_at(visit, "switch-off")
    assert found == []


def test_a_passkey_is_added_signs_in_alone_and_as_the_second_step_and_is_removed(visit, cast):
    page, found = visit.page, []
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]
    sign_in(visit, cast.alice)
    page.get_by_label("Name of the passkey").fill("This laptop")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_text("This laptop", exact=True).wait_for()
    found += looked_at(visit, "security-passkey")

    sign_out(visit)
    visit.open("/account/sign-in?next=/account/security")
    found += looked_at(visit, "sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("heading", name="Last sign-ins").wait_for()
    assert page.get_by_text("with passkey").count() == 1

    sign_out(visit)
    sign_in(visit, cast.alice)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Last sign-ins").wait_for()
    assert Passkey.objects.get().sign_count >= 2

    sign_out(visit)  # somebody else's finger: the device does not unlock
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    visit.open("/account/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("alert").filter(has_text="Cancelled, or no passkey").wait_for()
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/l/**")
    visit.open("/account/security")
    page.get_by_role("button", name="Remove the passkey This laptop").click()
    page.get_by_text("opens nothing any more").wait_for()
    assert not Passkey.objects.exists()
    assert found == []


def test_where_everyone_must_the_set_up_is_all_there_is(visit, cast):
    cast.company.change("company.security_changed", second_step="everyone", second_step_since=clock.now())
    page = visit.page
    sign_in(visit, cast.dora, "/")
    page.get_by_role("heading", name="Set up two-step sign-in").wait_for()
    found = looked_at(visit, "set-up-owed")
    visit.open(link("contacts:list"))
    page.get_by_role("heading", name="Set up two-step sign-in").wait_for()
    page.get_by_text("Cannot scan?").click()
    page.get_by_label("The code your app shows").fill(
        code_of(page.locator(".secret code").inner_text().replace(" ", ""))
    )
    page.get_by_role("button", name="Switch on").click()
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url("**/contacts/**")
    assert found == []


def test_the_companys_rules_and_the_confirmation_look_right(visit, cast):
    page = visit.page
    sign_in(visit, cast.alice, link("settings:security"))
    found = looked_at(visit, "rules")
    page.get_by_label("Admins").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The rules are saved").wait_for()
    visit.open("/account/confirm?next=/account/profile")
    page.wait_for_url("**/account/profile")
    assert found == []
