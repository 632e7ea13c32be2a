"""The whole slice in a real browser: a walk through it, and every page for accessibility, console errors and pictures."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import Location
from contacts.models import Contact, Import
from core import scope
from hoopai.tests.browsing import Visit, home

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = settings.ROOT / "docs" / "screenshots"

CSV = """First Name,Last Name,E-mail Address,Mobile Phone,City,Favourite colour
Oluwaseun,Adeyemi,seun@adeyemi.example,+1 470 555 0126,Austin,Teal
Freya,Halvorsen,freya@fjord.example,(218) 555-0144,Duluth,Red
Gordon,Blythe,gordon@,5.55E+09,Reno,
Seun,Adeyemi,seun@adeyemi.example,+1 470 555 0126,Dallas,Teal
,,,,Nowhere,
"""


def review(walk: Visit, folder: Path) -> None:
    """Upload the file and go through the wizard up to the review."""
    page = walk.page
    given = folder / "leads.csv"
    given.write_text(CSV)
    walk.open(f"{home(walk)}contacts/imports/new")
    page.locator("input[type=file]").set_input_files(given)
    page.wait_for_url("**/map")
    page.get_by_label("Field for Favourite colour").select_option("new")
    for _ in range(3):
        page.locator("main form button.button--primary").last.click()
        page.wait_for_load_state("networkidle")
    page.get_by_role("heading", name="What will happen").wait_for()


def test_the_slice_from_import_to_undo_in_a_browser(visit, worker, tmp_path):
    walk = visit()
    page, base = walk.page, home(walk)
    place = Location.objects.everywhere(reason="a test").get(pk=base.split("/")[2])

    # search as you type, then open the record by keyboard
    page.get_by_placeholder("Search this list").fill("okafor")
    page.wait_for_url("**q=okafor**")
    page.wait_for_load_state("networkidle")
    assert page.locator("tbody tr").count() > 0
    page.locator("tbody tr a").first.click()
    page.wait_for_url(re.compile(r"/contacts/[A-Za-z0-9]{20}/"))
    name = page.locator("h1").first.inner_text()
    assert "Okafor" in name

    # a note from the composer appears in the timeline
    page.get_by_placeholder(re.compile("Write something about")).fill("Wants the quote by Friday")
    page.get_by_role("button", name=re.compile("Save note")).click()
    page.get_by_text("Wants the quote by Friday").first.wait_for()

    # create, with an error first
    walk.open(f"{base}contacts/new")
    page.locator("form input[type=email], form input[name=email]").first.fill("not an address")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text(re.compile("not an e-mail address|valid e-mail", re.I)).first.wait_for()
    page.locator("form input[type=email], form input[name=email]").first.fill("xiomara@quispe.example")
    page.get_by_label("First name").fill("Xiomara")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"/contacts/[A-Za-z0-9]{20}/"))
    with scope.fresh(company_id=place.company_id, location_id=place.pk):
        assert Contact.objects.get(email="xiomara@quispe.example").first_name == "Xiomara"

    # a file is uploaded, matched, checked row by row; then imported, then taken back
    review(walk, tmp_path)
    findings = walk.check()
    page.get_by_label(re.compile("These people agreed")).check()
    page.get_by_role("button", name="Import 3 rows").click()
    page.locator(".page-head__actions").get_by_role("link", name="Take back").wait_for()
    findings += walk.check()
    with scope.fresh(company_id=place.company_id, location_id=place.pk):
        seun = Contact.objects.live().get(email="seun@adeyemi.example")
        assert (seun.city, seun.phone) == ("Dallas", "+14705550126") and "Teal" in seun.custom.values()
        batch = Import.objects.get(file_name="leads.csv")
        assert batch.counts["create"] == 2 and batch.counts["reject"] == 2
    page.locator(".page-head__actions").get_by_role("link", name="Take back").click()
    page.get_by_role("dialog").get_by_role("button", name="Take the import back").click()
    page.locator("header .badge", has_text="Taken back").wait_for()
    with scope.fresh(company_id=place.company_id, location_id=place.pk):
        assert not Contact.objects.live().filter(email="seun@adeyemi.example").exists()
    assert findings == [], "\n".join(findings)
    assert walk.complaints == [], "\n".join(walk.complaints)


PAGES = {
    "contacts-list": "contacts/",
    "tasks": "contacts/tasks",
    "companies": "contacts/companies",
    "bulk-actions": "contacts/bulk",
    "trash": "contacts/trash",
    "create": "contacts/new",
    "profile": "settings/profile",
    "people": "settings/people",
    "fields": "settings/fields",
    "values": "settings/values",
    "tags": "settings/tags",
    "private-integrations": "settings/private-integrations",
    "audit": "settings/audit",
}


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (1440, "dark"), (375, "light"), (375, "dark")])
def test_every_page_is_accessible_and_quiet(visit, width, theme):
    tour = visit(width=width, theme=theme, height=900 if width > 1000 else 800)
    base = home(tour)
    findings: list[str] = []
    for path in PAGES.values():
        tour.open(base + path)
        findings += tour.check()
        wide = tour.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 1:
            findings.append(f"{path} scrolls sideways by {wide} px at {width} px")
    tour.open(f"{base}contacts/")
    tour.page.locator("tbody tr a").first.click()
    tour.page.wait_for_url(re.compile(r"/contacts/[A-Za-z0-9]{20}/"))
    tour.page.wait_for_load_state("networkidle")
    findings += tour.check()
    assert findings == [], "\n".join(findings)
    assert tour.complaints == [], "\n".join(tour.complaints)


def take(visit: Visit, name: str, folder: Path) -> None:
    visit.page.wait_for_timeout(300)
    visit.page.screenshot(path=folder / f"{name}.png")


def test_the_pictures_of_the_documents_can_be_taken(visit, worker, tmp_path):
    """Ten of them, into docs/screenshots when HOOPAI_SCREENSHOTS=1 asks for it."""
    folder = PICTURES if os.environ.get("HOOPAI_SCREENSHOTS") == "1" else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    for name, width, height, theme in (
        ("light", 1440, 900, "light"), ("dark", 1440, 900, "dark"), ("mobile", 375, 812, "light")
    ):  # fmt: skip
        tour = visit(width=width, height=height, theme=theme)
        take(tour, f"contacts-list-{name}", folder)
        tour.open(f"{home(tour)}contacts/?q=okafor")
        tour.page.locator("tbody tr a").first.click()
        tour.page.wait_for_url(re.compile(r"/contacts/[A-Za-z0-9]{20}/"))
        tour.page.wait_for_load_state("networkidle")
        take(tour, f"contact-record-{name}", folder)
    tour = visit()
    review(tour, tmp_path)
    take(tour, "import-preview-light", folder)
    tour.open(f"{home(tour)}contacts/")
    tour.page.keyboard.press("Control+k")
    tour.page.keyboard.type("okaf", delay=40)
    tour.page.wait_for_timeout(800)
    take(tour, "command-palette-light", folder)
    tour.open(f"{home(tour)}opportunities/")
    take(tour, "pipeline-board-light", folder)
    tour.open(f"{home(tour)}contacts/duplicates?kind=name")
    group = tour.page.locator("details.duplicate").first
    if group.get_attribute("open") is None:
        group.locator("summary").click()
    group.get_by_role("button", name="Review").click()
    tour.page.get_by_role("heading", name="Choose what to keep").wait_for()
    take(tour, "merge-light", folder)
    assert len(list(folder.glob("*.png"))) == 10
