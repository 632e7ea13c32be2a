"""The review before a merge in a real browser: the keyboard, a change of master, and merging."""

from __future__ import annotations

import pytest
from django.test import Client

from contacts.models import Contact
from contacts.tests import make
from core.pages import link

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1440, 375])
def test_sides_are_chosen_by_keyboard_and_the_page_follows_the_master(chromium, live_server, cast, width):
    anna = make.contact("Anna", email="b@x.test", city="Paris")
    ann = make.contact("Ann", email="a@x.test", city="Rome", website="ann.example")
    make.note(anna)
    client = Client()
    client.force_login(cast.alice)
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, base_url=live_server.url, reduced_motion="reduce"
    )
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_server.url}])
    context.set_default_timeout(60_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(link("contacts:merge") + f"?ids={ann.pk},{anna.pk}")
    assert page.locator(f'[name="master"][value="{ann.pk}"]').is_checked()
    assert page.locator('[data-fresh="moves"]', has_text="Notes").count() == 1
    page.locator(f'[name="pick:city"][value="{ann.pk}"]').focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(f'[name="pick:city"][value="{anna.pk}"]').is_checked()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    page.locator('[data-fresh="moves"]', has_text="What moves to Anna").wait_for()
    assert page.locator('[data-fresh="moves"]', has_text="Notes").count() == 0
    assert page.locator(f'[name="pick:first_name"][value="{anna.pk}"]').is_checked()
    assert page.locator(f'[name="pick:website"][value="{ann.pk}"]').is_checked()  # fills the gap
    page.get_by_label("These two records are the same person.").check()
    page.get_by_role("button", name="Merge 2 contacts").click()
    page.get_by_text("2 contacts are one").wait_for()
    context.close()
    assert not complaints
    held = Contact.objects.live().get()
    assert (held.pk, held.first_name, held.city, held.website) == (anna.pk, "Anna", "Paris", "ann.example")
    assert held.emails == ["b@x.test", "a@x.test"]
