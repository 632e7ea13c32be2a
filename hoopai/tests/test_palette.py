"""What the palette answers, and the addresses people mistype."""

import pytest
from django.urls import reverse

from contacts.tests import make
from core.pages import link


def answer(client, text):
    found = client.get(link("palette"), {"q": text}).json()["results"]
    return [(row["group"], row["label"]) for row in found]


def test_the_palette_finds_contacts_companies_and_commands_in_the_form_its_element_reads(cast, browse):
    contact = make.contact("Maya", company_name="Harbor Dental")
    make.business("Harbor Dental")
    client = browse(cast.alice)
    assert answer(client, "harbor") == [("Contacts", "Maya"), ("Companies", "Harbor Dental")]
    first = client.get(link("palette"), {"q": "maya"}).json()["results"][0]
    assert (first["url"], first["initials"], first["hint"]) == (link("contacts:show", contact.pk), "M", "Harbor Dental")
    assert ("Commands", "Settings: tags") in answer(client, "tags")


def test_the_palette_shows_a_restricted_user_only_what_is_theirs(cast, browse):
    make.contact("Maya")
    make.contact("Mayra", assigned_to=cast.bob)
    assert answer(browse(cast.bob), "may") == [("Contacts", "Mayra")]


def test_the_settings_menu_leads_to_the_api_reference(cast, browse):
    assert f'href="{reverse("api_docs")}"' in browse(cast.alice).get(link("settings:profile")).content.decode()


def test_the_palette_works_on_pages_outside_a_location(cast, browse):
    client = browse(cast.alice)
    client.get(link("contacts:list"))
    assert f'data-url="{link("palette")}"' in client.get(reverse("accounts:profile")).content.decode()


@pytest.mark.parametrize(("accept", "kind"), [("text/html,*/*", "text/html"), ("*/*", "application/json")])
def test_an_unknown_address_is_a_page_for_people_and_json_for_programs(cast, client, accept, kind):
    missing = client.get("/nowhere", headers={"accept": accept})
    assert (missing.status_code, missing["Content-Type"].split(";")[0]) == (404, kind)
