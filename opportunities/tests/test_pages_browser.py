"""The board in a real browser: dragging by mouse and by keyboard, the drawer, somebody else's moves, and accessibility."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.conf import settings
from django.test import Client

from contacts.models import Tag
from contacts.tests import make as contacts
from core import clock
from core.pages import link
from opportunities.models import Opportunity
from opportunities.tests import make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = settings.ROOT / "node_modules" / "axe-core" / "axe.min.js"
IGNORED = re.compile("inline style|status of 422")  # axe styles what it measures; 422 is how a form says what is wrong


@pytest.fixture
def visit(chromium, live_server, cast):
    """`visit(width, theme)`: a signed-in window; what it complains of is asserted to be nothing at the end."""
    client = Client()
    client.force_login(cast.alice)
    complaints, contexts = [], []

    def begin(width: int = 1440, theme: str = "light"):
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            base_url=live_server.url,
            color_scheme=theme,
            reduced_motion="reduce",
        )
        context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield begin
    for context in contexts:
        context.close()
    assert [text for text in complaints if not IGNORED.search(text)] == []


@pytest.fixture
def deals(cast):
    """Two stages with two cards each: (stages, {name: opportunity})."""
    stages = make.stages(make.pipeline("Sales", (("Discovery", 25), ("Proposal", 50))))
    tag = Tag.objects.named(["vip"])[0]
    found = {}
    for place, (name, stage) in enumerate((("Menu", 0), ("Portal", 0), ("Rebrand", 1), ("Intake", 1))):
        person = contacts.contact(name, last_name="Person")
        contacts.task(person, "Call", due_at=clock.now() + dt.timedelta(days=place - 1))
        found[name] = make.opportunity(
            name, contact=person, stage=stages[stage], value=1000 * (place + 1), position=place, tags=[tag.pk],
            assigned_to=cast.dora, expected_close_on=clock.today() + dt.timedelta(days=10 * place),
        )  # fmt: skip
    make.lost_reason("Too expensive")
    return stages, found


def order(stage) -> list[str]:
    return list(Opportunity.objects.filter(stage=stage).order_by("position", "-pk").values_list("name", flat=True))


def card(page, name: str):
    return page.locator(".stage__cards > li", has=page.get_by_role("link", name=name, exact=True))


def saved(page) -> None:
    page.locator(".toast").first.wait_for()
    page.wait_for_load_state("networkidle")


def drag(page, name: str, x: float, y: float) -> None:
    box = card(page, name).bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 70, box["y"] + 30, steps=3)
    page.mouse.move(x, y, steps=6)


def test_a_card_is_dragged_behind_another_and_put_back_by_undo(visit, deals):
    (first, second), _ = deals
    page = visit()
    page.goto(link("opportunities:board"))
    below = card(page, "Intake").bounding_box()
    drag(page, "Portal", below["x"] + 40, below["y"] + 2)
    assert page.locator(".zone--won").is_visible()
    assert "+ $2,000" in page.locator(".stage").nth(1).locator(".stage__plus").inner_text()
    page.mouse.up()
    saved(page)
    assert order(second) == ["Rebrand", "Portal", "Intake"] and order(first) == ["Menu"]
    page.locator(".stage").nth(1).locator(".stage__sums", has_text="$9,000").wait_for()
    page.keyboard.press("z")
    page.locator(".stage").nth(0).get_by_role("link", name="Portal").wait_for()
    assert order(first) == ["Menu", "Portal"]


def test_escape_puts_a_dragged_card_back_and_nothing_is_saved(visit, deals):
    (first, _), _ = deals
    page = visit()
    page.goto(link("opportunities:board"))
    below = card(page, "Intake").bounding_box()
    drag(page, "Portal", below["x"] + 40, below["y"] + 2)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert not page.locator(".zone--won").is_visible()
    assert order(first) == ["Menu", "Portal"]


def test_contacts_017_115_dropping_on_lost_asks_why_and_confirm_stores_it(visit, deals):
    _, found = deals
    page = visit()
    page.goto(link("opportunities:board"))
    drag(page, "Portal", 300, 600)
    zone = page.locator(".zone--lost").bounding_box()
    page.mouse.move(zone["x"] + 30, zone["y"] + 20, steps=3)
    page.mouse.up()
    page.get_by_role("heading", name="Portal is lost").wait_for()
    found["Portal"].refresh_from_db()
    assert found["Portal"].status == "open"
    page.get_by_role("combobox", name="Why was it lost?").fill("expens")
    page.get_by_role("option", name="Too expensive").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Confirm").click()
    card(page, "Portal").wait_for(state="detached")
    found["Portal"].refresh_from_db()
    assert (found["Portal"].status, str(found["Portal"].lost_reason)) == ("lost", "Too expensive")


def test_a_card_is_moved_by_keyboard_with_announcements(visit, deals):
    (first, second), found = deals
    page = visit()
    page.goto(link("opportunities:board"))
    live = page.locator("#live")
    card(page, "Menu").get_by_role("link").focus()
    page.keyboard.press("Space")
    assert "Menu picked up. Discovery, 1 of 2." in live.text_content()
    page.keyboard.press("ArrowDown")
    assert live.text_content() == "Discovery, 2 of 2."
    page.keyboard.press("ArrowRight")
    assert live.text_content() == "Proposal, 2 of 3."
    page.keyboard.press("Space")
    saved(page)
    assert order(second) == ["Rebrand", "Menu", "Intake"] and order(first) == ["Portal"]
    page.keyboard.press("Space")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    assert "back where it was" in live.text_content() and order(first) == ["Portal"]
    page.keyboard.press("Space")
    page.keyboard.press("w")
    card(page, "Menu").wait_for(state="detached")
    found["Menu"].refresh_from_db()
    assert found["Menu"].status == "won"


def test_every_move_has_a_menu_for_those_who_do_not_drag(visit, deals):
    (first, second), _ = deals
    page = visit(width=375)
    page.goto(link("opportunities:board"))
    page.get_by_role("button", name="Move Menu").click()
    page.get_by_role("menuitem", name="Proposal").click()
    saved(page)
    assert order(second) == ["Menu", "Rebrand", "Intake"]
    page.get_by_role("button", name="Move Menu").click()
    page.get_by_role("menuitem", name="Down").click()
    page.locator(".toast", has_text="moved within Proposal").wait_for()
    page.wait_for_load_state("networkidle")
    assert order(second) == ["Rebrand", "Menu", "Intake"]
    page.get_by_role("button", name="Move Portal").click()
    page.get_by_role("menuitem", name="Won").click()
    card(page, "Portal").wait_for(state="detached")
    assert Opportunity.objects.get(name="Portal").status == "won"


def test_somebody_elses_move_shows_within_five_seconds(visit, deals, as_, cast):
    (_, second), found = deals
    page = visit()
    page.goto(link("opportunities:board"))
    with as_(cast.dora):
        found["Menu"].move_to(second)
    page.locator(".stage").nth(1).get_by_role("link", name="Menu").wait_for()


def test_the_drawer_opens_over_the_board_is_edited_and_closes_with_back(visit, deals):
    _, found = deals
    page = visit()
    page.goto(link("opportunities:board"))
    card(page, "Portal").click()
    page.locator("#drawer #deal-title", has_text="Portal").wait_for()
    assert page.url.endswith(link("opportunities:show", found["Portal"].pk))
    page.get_by_title("Edit Value").click()
    page.get_by_label("Value", exact=True).fill("7,777")
    page.keyboard.press("Enter")
    page.locator(".deal__value", has_text="$7,777").wait_for()
    page.locator(".stage__cards b", has_text="$7,777").wait_for()
    page.locator("#drawer").get_by_role("link", name="Notes").click()
    page.locator("#drawer #panel", has_text="Add note").wait_for()
    page.locator("#drawer").get_by_role("link", name="Lost").click()
    page.get_by_role("button", name="Confirm").click()
    page.locator("#drawer .badge", has_text="Lost").wait_for()
    page.go_back()
    page.locator("#drawer[open]").wait_for(state="detached")
    assert page.url.endswith(link("opportunities:board"))
    page.goto(link("opportunities:show", found["Portal"].pk))
    page.get_by_role("heading", name="Portal", exact=True).wait_for()


def test_a_row_of_the_list_opens_the_drawer_and_the_selection_is_moved(visit, deals):
    (_, second), _ = deals
    page = visit()
    page.goto(link("opportunities:list"))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator("#drawer #deal-title").wait_for()
    page.keyboard.press("Escape")
    for name in ("Menu", "Portal"):
        page.get_by_role("checkbox", name=f"Select {name}").check()
    page.get_by_role("button", name="Stage", exact=True).click()
    page.locator("#dialog").get_by_label("Stage").select_option(label="Proposal")
    page.get_by_role("button", name="Move: 2 opportunities").click()
    page.locator(".toast", has_text="2 opportunities changed").wait_for()
    assert set(order(second)) == {"Menu", "Portal", "Rebrand", "Intake"}


def test_more_cards_come_with_scrolling(visit, cast):
    stage = make.stages(make.pipeline("Sales", (("Only", 10),)))[0]
    person = contacts.contact("Imani")
    Opportunity.record_many(
        [
            Opportunity(name=f"Deal {n}", contact=person, pipeline_id=stage.pipeline_id, stage=stage, position=n)
            for n in range(70)
        ]
    )
    page = visit()
    page.goto(link("opportunities:board"))
    page.locator(".stage__cards").evaluate("list => list.scrollTo(0, 99999)")
    page.locator(".stage__cards > li[id]").nth(69).wait_for(state="attached")


def findings(page) -> list[str]:
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{page.url}: {one['id']} {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (1440, "dark"), (375, "light"), (375, "dark")])
def test_the_pages_are_accessible(visit, deals, width, theme):
    _, found = deals
    page = visit(width, theme)
    trouble = []
    for path in (
        link("opportunities:board"),
        link("opportunities:board") + "?status=any&sort=-value",
        link("opportunities:list"),
        link("opportunities:forecast"),
        link("opportunities:show", found["Portal"].pk),
        link("opportunities:show", found["Portal"].pk) + "?part=activity",
        link("opportunities:edit", found["Portal"].pk),
    ):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        trouble += findings(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider than the window"
    page.goto(link("opportunities:board"))
    page.keyboard.press("c")
    page.get_by_role("heading", name="New opportunity").wait_for()
    trouble += findings(page)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Portal", exact=True).click(position={"x": 20, "y": 10})
    page.locator("#drawer #deal-title").wait_for()
    trouble += findings(page)
    assert trouble == [], chr(10).join(trouble)
