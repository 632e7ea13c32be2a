"""Working on a record in a real browser: what scripts add to the forms that the other tests send."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import pytest
from django.test import Client
from PIL import Image

from contacts.models import Contact, Note, Task
from contacts.tests import make
from core import clock
from core.pages import link

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@dataclass
class Visit:
    page: object
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def visit(chromium, live_server, cast):
    """A signed-in browser window; its complaints are asserted to be none at the end."""
    client = Client()
    client.force_login(cast.alice)
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, base_url=live_server.url, reduced_motion="reduce"
    )
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_server.url}])
    page = context.new_page()
    found = Visit(page)
    page.set_default_timeout(60_000)
    page.on(
        "console",
        lambda message: (
            found.complaints.append(message.text) if message.type == "error" and "422" not in message.text else None
        ),
    )
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    yield found
    context.close()
    assert not found.complaints


def saved(page) -> None:
    page.wait_for_load_state("networkidle")


def test_a_field_is_edited_in_place_and_the_thread_tells_of_it_at_once(visit, cast):
    contact = make.contact("Ann", city="Austin")
    page = visit.page
    page.goto(link("contacts:show", contact.pk) + "?tab=general")
    page.get_by_title("Edit City").click()
    page.get_by_label("City", exact=True).fill("Boston")
    page.keyboard.press("Enter")
    page.locator(".fact", has_text="changed city").wait_for()
    assert page.locator(".fact ins", has_text="Boston").count() == 1
    assert page.locator(".timeline__item", has_text="Changed city").count() == 1
    assert Contact.objects.get(pk=contact.pk).city == "Boston"


def test_a_refused_edit_keeps_what_was_typed_and_says_why_under_the_field(visit, cast):
    contact = make.contact("Ann", email="ann@example.com")
    make.contact("Ben", email="ben@example.com")
    page = visit.page
    page.goto(link("contacts:show", contact.pk))
    page.get_by_title("Edit ann@example.com").click()
    page.get_by_role("textbox", name="E-mail").fill("ben@example.com")
    page.keyboard.press("Enter")
    page.get_by_text("Ben has this e-mail already.").wait_for()
    assert page.get_by_role("textbox", name="E-mail").input_value() == "ben@example.com"
    page.keyboard.press("Escape")
    assert page.get_by_title("Edit ann@example.com").is_visible()
    assert Contact.objects.get(pk=contact.pk).email == "ann@example.com"


def test_the_name_in_the_head_follows_an_edit_on_either_side(visit, cast):
    contact = make.contact("Ann", last_name="Lee")
    page = visit.page
    page.goto(link("contacts:show", contact.pk))
    page.get_by_title("Edit First name").click()
    page.get_by_label("First name", exact=True).fill("Anna")
    page.keyboard.press("Enter")
    page.locator("h1", has_text="Anna Lee").wait_for()
    page.get_by_title("Edit the name").click()
    page.get_by_label("Last name", exact=True).fill("Doe")
    page.keyboard.press("Enter")
    page.locator("#fields dd", has_text="Doe").first.wait_for()
    page.locator("h1", has_text="Anna Doe").wait_for()


def test_a_tag_is_added_by_keyboard_and_removed_by_its_cross(visit, cast):
    make.contact("Ben", tags=("dental",))
    contact = make.contact("Ann")
    page = visit.page
    page.goto(link("contacts:show", contact.pk))
    page.keyboard.press("t")
    page.get_by_role("combobox", name="Tags").fill("dent")
    page.get_by_role("option", name="dental", exact=True).wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add tags").click()
    page.locator("#tags .tag[title=dental]").wait_for()
    assert Contact.objects.get(pk=contact.pk).tag_names() == ["dental"]
    page.get_by_role("button", name="Remove dental").click()
    page.locator("#tags .tag[title=dental]").wait_for(state="detached")
    assert Contact.objects.get(pk=contact.pk).tags == []


def test_notes_and_tasks_are_written_in_the_composer_and_counted_on_the_rail(visit, cast):
    contact = make.contact("Ann")
    page = visit.page
    page.goto(link("contacts:show", contact.pk))
    box = page.get_by_label("What to write")
    box.fill("Called back, wants a quote.")
    page.keyboard.press("Control+Enter")
    page.locator(".message--internal", has_text="wants a quote").wait_for()
    assert box.input_value() == ""
    page.locator(".composer label", has_text="Task").click()
    page.get_by_label("What to write").fill("Send the quote")
    page.get_by_role("button", name="Add task").click()
    page.locator(".fact", has_text="added the task Send the quote").wait_for()
    rail = page.locator(".record__rail")
    rail.locator("[data-panel=tasks]", has_text="1").click()
    page.locator(".task__title", has_text="Send the quote").wait_for()
    page.get_by_role("checkbox", name="Send the quote: completed").click()
    page.locator(".task--done").wait_for()
    rail.locator("[data-panel=tasks] count-of:empty").wait_for(state="attached")
    assert Task.objects.get().completed and Note.objects.count() == 1


def test_what_is_typed_in_the_composer_survives_a_reload(visit, cast):
    contact = make.contact("Ann")
    page = visit.page
    page.goto(link("contacts:show", contact.pk))
    page.get_by_label("What to write").fill("Half a thought")
    page.reload()
    assert page.get_by_label("What to write").input_value() == "Half a thought"


def test_a_note_is_edited_and_deleted_in_dialogs(visit, cast):
    contact = make.contact("Ann")
    make.note(contact, "First words", user=cast.alice)
    page = visit.page
    page.goto(link("contacts:show", contact.pk) + "?panel=notes")
    page.get_by_role("link", name="Edit this note").click()
    page.locator("#dialog [contenteditable]").fill("Second words")
    page.locator("#dialog").get_by_role("button", name="Save").click()
    page.locator(".note", has_text="Second words").wait_for()
    page.locator(".note", has_text="Edited by Alice Adams").wait_for()
    page.get_by_role("link", name="Edit this note").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete note").click()
    page.get_by_text("Nobody has written a note yet.").wait_for()
    assert not Note.objects.exists()


def test_empty_fields_are_hidden_by_the_switch_and_that_is_remembered(visit, cast):
    contact = make.contact("Ann", city="Austin")
    page = visit.page
    page.goto(link("contacts:show", contact.pk) + "?tab=general")
    assert page.get_by_title("Edit State").is_visible()
    page.get_by_role("switch", name="Hide empty").click()
    assert not page.get_by_title("Edit State").is_visible()
    page.reload()
    assert not page.get_by_title("Edit State").is_visible() and page.get_by_title("Edit City").is_visible()
    page.get_by_role("searchbox", name="Search fields and folders").fill("birth")
    page.get_by_role("switch", name="Hide empty").click()
    page.get_by_title("Edit Birthday").wait_for()


def test_the_picture_is_changed_from_the_avatar(visit, cast):
    contact = make.contact("Ann")
    out = io.BytesIO()
    Image.new("RGB", (600, 400), "teal").save(out, "PNG")
    page = visit.page
    page.goto(link("contacts:show", contact.pk))
    page.get_by_title("Change the picture").click()
    page.locator("#dialog input[type=file]").set_input_files(
        {"name": "me.svg", "mimeType": "image/png", "buffer": b"<svg/>"}
    )
    page.locator("#dialog .field__error").wait_for()
    page.locator("#dialog input[type=file]").set_input_files(
        {"name": "me.png", "mimeType": "image/png", "buffer": out.getvalue()}
    )
    page.locator(".who__picture img").wait_for()
    assert page.locator(".who__picture img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 400
    assert Contact.objects.get(pk=contact.pk).picture


def test_arrows_and_keys_walk_the_list(visit, cast):
    old, new = make.contact("Old"), make.contact("New")
    page = visit.page
    page.goto(link("contacts:show", new.pk))
    page.keyboard.press("j")
    page.locator("h1", has_text="Old").wait_for()
    assert old.pk in page.url
    page.keyboard.press("k")
    page.locator("h1", has_text="New").wait_for()


def test_earlier_entries_arrive_when_one_scrolls_up_and_the_place_is_kept(visit, cast):
    contact = make.contact("Ann")
    for number in range(70):
        contact.change(city=f"City {number:03}")
    page = visit.page
    page.goto(link("contacts:show", contact.pk))
    saved(page)
    body = page.locator(".record__mid-body")
    assert page.locator(".fact", has_text="City 069").last.is_visible()
    body.evaluate("box => { box.scrollTop = -box.scrollHeight }")
    page.locator(".fact", has_text="added the contact").wait_for(state="attached")
    assert page.locator(".thread__day").count() == 1


def test_on_a_phone_the_columns_are_tabs_and_nothing_overflows(visit, cast):
    contact = make.contact("Ann", city="Austin", phone="+15551234567")
    make.task(contact, "Ring back", due_at=clock.now(), assigned_to=cast.alice)
    page = visit.page
    page.set_viewport_size({"width": 375, "height": 812})
    page.goto(link("contacts:show", contact.pk))
    assert page.get_by_role("link", name="Call", exact=True).get_attribute("href") == "tel:+15551234567"
    page.get_by_role("tab", name="Details").click()
    assert page.get_by_title("Edit First name").is_visible() and not page.locator(".record__mid").is_visible()
    page.get_by_role("tab", name="Tasks 1").first.click()
    page.locator(".task__title", has_text="Ring back").wait_for()
    page.get_by_role("tab", name="More").click()
    page.get_by_text("Edit all fields").last.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 375
