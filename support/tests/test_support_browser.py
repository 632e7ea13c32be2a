"""Tickets, the notice page and Compliance in a real browser, wide and light, narrow and dark."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from billing.tests import make as billing
from core.pages import link
from hoopai.tests.browsing import Visit
from support import holds, tickets
from support.models import Ticket
from support.tests import make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SHOTS", "")  # a folder that takes pictures of what is looked at


@pytest.fixture
def visit(chromium, live_server, cast):  # type: ignore[no-untyped-def]
    cache.clear()
    client = Client()
    client.force_login(cast.alice)
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_server.url}])
    context.set_default_timeout(60_000)
    begun = Visit(context.new_page(), live_server.url)
    yield begun
    context.close()
    assert begun.complaints == []


def look(visit: Visit, name: str) -> list[str]:
    found = visit.check()
    if SHOTS:
        visit.page.screenshot(path=Path(SHOTS) / f"{name}-wide.png", full_page=True)
        visit.page.emulate_media(color_scheme="dark")
        visit.page.set_viewport_size({"width": 375, "height": 812})
        visit.page.screenshot(path=Path(SHOTS) / f"{name}-phone.png", full_page=True)
    return found + visit.check_both()


def test_a_ticket_from_the_empty_list_to_solved_the_notice_page_and_compliance(cast, visit):
    billing.subscription(cast.company, "enterprise")
    page = visit.page
    visit.open(link("settings:support"))
    findings = look(visit, "empty")
    page.get_by_role("link", name="New ticket").first.click()
    page.get_by_role("button", name="Send").click()  # what is missing the browser itself names
    page.get_by_label("Subject").fill("Nothing arrives")
    page.get_by_label("Description").fill("Since this morning.\nNot one mail.")
    page.get_by_label("What it is about").select_option("technical")
    page.get_by_label("How urgent").select_option("high")
    page.get_by_label("May support look").select_option("24")
    page.locator("input[type=file]").set_input_files(
        {"name": "log.txt", "mimeType": "text/plain", "buffer": b"nothing to see"}
    )
    findings += look(visit, "new")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="Nothing arrives").wait_for()
    ticket = Ticket.objects.get()
    with make.operating(cast.company):
        tickets.answer(ticket, "We found the cause.\n\nIs it better now?", [make.upload("cause.txt")])
    visit.open(link("settings:ticket", ticket.pk))
    findings += look(visit, "thread")
    page.get_by_label("Your reply").fill("It is. Thank you!")
    page.get_by_role("button", name="Reply", exact=True).click()
    page.get_by_text("It is. Thank you!").wait_for()
    page.get_by_role("button", name="Solved").click()
    page.get_by_role("button", name="Open again").wait_for()
    visit.open(link("settings:support"))
    findings += look(visit, "list")
    visit.open(f"{link('settings:ticket_create')}?kind=baa")
    findings += look(visit, "baa")
    visit.open(link("settings:compliance"))
    findings += look(visit, "compliance")
    visit.open("/dpa/")
    findings += look(visit, "dpa")
    with make.operating(cast.company):
        holds.put(cast.company.pk, "policy", "Mail was sent to bought lists.\nSee section 4 of the terms.")
    visit.open(link("contacts:list"))
    page.get_by_role("heading", name="This account is on hold").wait_for()
    page.get_by_label("Your message to support").fill("We did not.")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("We did not.").wait_for()
    findings += look(visit, "hold")
    assert findings == [], "\n".join(findings)
