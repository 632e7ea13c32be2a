"""Erasing a person and restoring a pipeline in a real browser: menus, the dialog, the pages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.test import Client

from contacts.models import Contact
from contacts.tests import make
from core.pages import link
from hoopai.tests.browsing import Visit
from opportunities import pipelines
from opportunities.tests import make as deals
from privacy import tasks
from privacy.models import Erasure

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def visit(chromium, live_server, cast, settings):
    """Alice, signed in; complaints of the page are asserted to be none at the end."""
    client = Client()
    client.force_login(cast.alice)
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(60_000)
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_server.url}])
    begun = Visit(context.new_page(), live_server.url)
    yield begun
    context.close()
    assert [one for one in begun.complaints if "inline style" not in one] == []


def looked_at(visit, name):
    """The serious findings of axe, light and wide, dark and narrow; pictures where PICTURES names a folder."""
    if PICTURES:
        for width, theme in ((1440, "light"), (375, "dark"), (1440, "dark"), (375, "light")):
            visit.page.set_viewport_size({"width": width, "height": 900 if width > 400 else 812})
            visit.page.emulate_media(color_scheme=theme)
            visit.page.screenshot(path=Path(PICTURES) / f"{name}-{width}-{theme}.png")
        visit.page.set_viewport_size({"width": 1440, "height": 900})
        visit.page.emulate_media(color_scheme="light")
    return visit.check_both()


def test_a_person_is_erased_from_the_menu_of_the_record_with_the_name_typed(visit, cast):
    ann = make.contact("Ann", last_name="Archer", email="ann@archer.test")
    make.note(ann)
    deals.opportunity("Boat", contact=ann, value=5)
    page, found = visit.page, []
    visit.open(link("contacts:show", ann.pk))
    page.get_by_role("button", name="More", exact=True).click()
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / "menu.png")
    page.get_by_role("menuitem", name="Erase for good").click()
    page.get_by_text("nobody can take it back").wait_for()
    found += looked_at(visit, "erase")
    page.get_by_label("Type Ann Archer to confirm").fill("Ann")
    page.get_by_role("button", name="Erase for good").click()
    page.get_by_text("Type Ann Archer to confirm.").wait_for()
    page.get_by_label("Type Ann Archer to confirm").fill("Ann Archer")
    page.get_by_role("button", name="Erase for good").click()
    page.get_by_text("The person is being erased.").wait_for()
    found += looked_at(visit, "erasing")
    tasks.erase.run(Erasure.objects.get().pk)
    page.get_by_role("link", name="Certificate").wait_for()  # the page found out by itself
    found += looked_at(visit, "erased")
    visit.open(link("settings:erasures"))
    page.get_by_role("link", name="Erased person #1").wait_for()
    found += looked_at(visit, "erasures")
    assert found == [] and not Contact.objects.live().exists()


def test_a_deleted_pipeline_comes_back_from_the_drawer_of_its_entry(visit, cast):
    deal = deals.opportunity()
    pipelines.delete(deal.pipeline)
    page = visit.page
    visit.open(link("settings:audit"))
    page.get_by_role("row", name="deleted the pipeline Sales").get_by_role("link").first.click()
    page.get_by_role("button", name="Restore Sales").wait_for()
    assert looked_at(visit, "drawer") == []
    page.get_by_role("button", name="Restore Sales").click()
    page.get_by_text("Sales is back, with 1 opportunity.").wait_for()
    deal.refresh_from_db()
    assert deal.deleted_at is None
