"""A day's work in a real browser, from a file of leads to a deal that is won, and every page of it looked at once."""

from __future__ import annotations

import re

import pytest

from accounts import current
from accounts.models import Location
from contacts.models import BulkAction, Contact, DuplicateGroup, Merge, SmartList
from hoopai.demo import load
from hoopai.tests.browsing import Visit, home
from objects.models import ObjectSchema, Record, Relation
from opportunities.models import Opportunity, Pipeline
from webhooks.models import Endpoint

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LEADS = """First Name,Last Name,Email,Phone,City
Odalys,Quispe,odalys@quispe.example,+1 720 555 0188,Astoria
Odalys,Quispe,studio@quispe.example,+1 720 555 0189,Astoria
"""


@pytest.fixture
def demo(monkeypatch, demo_of):
    """A small one: what is looked at does not depend on how many there are."""
    monkeypatch.setitem(load.SIZES, "studio", 260)
    monkeypatch.setitem(load.SIZES, "lisbon", 20)
    demo_of()


def here(walk: Visit):
    place = Location.objects.everywhere(reason="a test").get(pk=home(walk).split("/")[2])
    return current.at(place)


def tags_of(walk: Visit, last_name: str) -> list[int]:
    """How many tags the contacts of that name have."""
    with here(walk):
        return [len(one.tags) for one in Contact.objects.live().filter(last_name=last_name).order_by("pk")]


def deal(walk: Visit) -> tuple[str, str, int]:
    """Stage, status and cents of the deal that is walked along the board."""
    with here(walk):
        held = Opportunity.objects.select_related("stage").get(name="House by the sea")
        return held.stage.name, held.status, held.value_cents


def test_contacts_a_walk_from_a_file_of_leads_to_a_deal_that_is_won(visit, worker, tmp_path):
    walk = visit()
    page, base = walk.page, home(walk)
    findings: list[str] = []

    # two rows come in
    given = tmp_path / "leads.csv"
    given.write_text(LEADS)
    walk.open(f"{base}contacts/imports/new")
    page.locator("input[type=file]").set_input_files(given)
    page.wait_for_url("**/map")
    for _ in range(3):
        page.locator("main form button.button--primary").last.click()
        page.wait_for_load_state("networkidle")
    page.get_by_role("heading", name="What will happen").wait_for()
    page.get_by_label(re.compile("These people agreed")).check()
    page.get_by_role("button", name="Import 2 rows").click()
    page.locator(".page-head__actions").get_by_role("link", name="Take back").wait_for()

    # a list of them, kept
    walk.open(f"{base}contacts/")
    page.locator(".filter-bar .chip-add").click()
    page.get_by_role("button", name="City", exact=True).click()
    page.locator("#filter-value").fill("Astoria")
    page.get_by_role("button", name="Apply").click()
    page.locator("tbody tr", has_text="Odalys Quispe").nth(1).wait_for()
    page.get_by_role("button", name="Save list", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Leads from Astoria")
    findings += walk.check()
    page.locator("#dialog button.button--primary").click()
    page.get_by_role("link", name="Leads from Astoria").first.wait_for()
    with here(walk):
        kept = SmartList.objects.get(name="Leads from Astoria")
        odalys, other = Contact.objects.live().filter(last_name="Quispe").order_by("pk")

    # why is she in it
    walk.open(f"{base}contacts/{odalys.pk}/why?list={kept.pk}")
    page.locator("main", has_text="Astoria").wait_for()
    findings += walk.check_both()

    # both are tagged at once, and that is taken back
    walk.open(f"{base}contacts/?list={kept.pk}")
    page.locator("thead [data-select-all]").check()
    page.get_by_role("button", name=re.compile("^(Add t|T)ag")).first.click()
    page.locator("#dialog combo-box input").first.fill("coast")
    page.get_by_role("option", name=re.compile("coast")).first.click()
    page.locator("#dialog button.button--primary").click()
    page.locator("toast-stack, #toasts").get_by_text(re.compile("2 done|2 contacts")).first.wait_for()
    walk.until(lambda: tags_of(walk, "Quispe") == [1, 1])
    with here(walk):
        action = BulkAction.objects.get(kind="add_tags", total=2)
    walk.open(f"{base}contacts/bulk/{action.pk}")
    findings += walk.check_both()
    page.get_by_role("button", name="Undo", exact=True).click()
    page.get_by_role("button", name="Yes, go on").click()
    walk.until(lambda: tags_of(walk, "Quispe") == [0, 0])

    # the search finds that they are one person; they are merged and taken apart
    walk.open(f"{base}contacts/duplicates")
    page.get_by_role("button", name="Search again").click()
    page.get_by_text("1 min ago").or_(page.get_by_text("just now")).first.wait_for()
    walk.open(f"{base}contacts/duplicates?kind=name")
    group = page.locator("details.duplicate", has_text="Odalys Quispe")
    group.wait_for()
    findings += walk.check_both()
    if group.get_attribute("open") is None:
        group.locator("summary").click()
    group.get_by_role("button", name="Review").click()
    page.get_by_role("heading", name="Choose what to keep").wait_for()
    findings += walk.check_both()
    page.get_by_label("These two records are the same person.").check()
    page.get_by_role("button", name="Merge 2 contacts").click()
    page.get_by_text("2 contacts are one").wait_for()
    with here(walk):
        assert Contact.objects.live().filter(last_name="Quispe").count() == 1
    page.get_by_role("button", name=re.compile("Undo the merge")).click()
    page.get_by_role("heading", name="Merge undone").wait_for()
    with here(walk):
        assert set(Contact.objects.live().filter(last_name="Quispe")) == {odalys, other}

    # a deal with her, along the board and won
    walk.open(f"{base}opportunities/")
    page.get_by_role("link", name="New opportunity", exact=True).click()
    page.get_by_role("heading", name="New opportunity").wait_for()
    page.locator("#dialog combo-box input").first.fill("odalys@")
    page.get_by_role("option", name=re.compile("Odalys")).first.click()
    page.get_by_label(re.compile("^Name")).fill("House by the sea")
    page.get_by_label("Value").fill("48,000")
    page.get_by_role("button", name="Add opportunity").click()
    card = page.locator(".stage__cards > li", has_text="House by the sea")
    card.wait_for()
    # by mouse into the next stage, by keyboard into the one after, by its menu to the end
    target = page.locator(".stage").nth(1).locator(".stage__cards")
    card.scroll_into_view_if_needed()
    start, end = card.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 60, start["y"] + 12)
    page.mouse.down()
    page.mouse.move(start["x"] + 75, start["y"] + 30, steps=3)
    page.mouse.move(end["x"] + 60, end["y"] + 30, steps=6)
    with page.expect_response(re.compile("/opportunities/.*/move")):
        page.mouse.up()
    walk.until(lambda: deal(walk)[0] == "Site visit")
    card.get_by_role("link", name="House by the sea", exact=True).focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    with page.expect_response(re.compile("/opportunities/.*/move")):
        page.keyboard.press("Enter")
    walk.until(lambda: deal(walk)[0] == "Concept")
    findings += walk.check_both()
    card.hover()
    page.get_by_role("button", name="Move House by the sea").click()
    with page.expect_response(re.compile("/opportunities/.*/(move|status)")):
        page.get_by_role("menuitem", name="Won", exact=True).click()
    walk.until(lambda: deal(walk) == ("Concept", "won", 4_800_000))
    assert findings == [], "\n".join(findings)
    assert walk.complaints == [], "\n".join(walk.complaints)


def pages() -> list[str]:
    """Every page, by its path below the location; those about a row are about one of the demo."""
    group = DuplicateGroup.objects.filter(kind="name").first()
    link = Relation.objects.filter(association__first_kind="contact").first()
    schema = ObjectSchema.objects.made_here().first()
    action = BulkAction.objects.get(mode="drip")
    return [
        "opportunities/",
        "opportunities/list",
        "opportunities/forecast",
        f"opportunities/{Opportunity.objects.live().first().pk}",
        "settings/pipelines",
        f"settings/pipelines/{Pipeline.objects.first().pk}",
        "settings/lost-reasons",
        "settings/opportunities",
        "contacts/duplicates",
        f"contacts/merge?ids={','.join(group.members[:2])}",
        "contacts/merges",
        f"contacts/merges/{Merge.objects.first().pk}",
        "settings/associations",
        f"contacts/{link.first_record}/?panel=associations",
        "settings/objects",
        f"settings/objects/{schema.key}",
        f"objects/{schema.pk}",
        f"objects/records/{Record.objects.live().first().pk}",
        "settings/teams",
        "settings/usage",
        "settings/webhooks",
        f"settings/webhooks/{Endpoint.objects.first().pk}",
        "settings/webhooks/log",
        f"contacts/bulk/{action.pk}",
        "contacts/lists",
        "contacts/companies/trash",
    ]


def test_every_page_of_the_area_is_accessible_in_both_themes_and_quiet(visit):
    tour = visit()
    base = home(tour)
    findings: list[str] = []
    with here(tour):
        paths = pages()
    for path in paths:
        tour.open(base + path)
        findings += tour.check_both()
    assert findings == [], "\n".join(findings)
    assert tour.complaints == [], "\n".join(tour.complaints)
