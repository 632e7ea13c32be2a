"""Where contacts come from: snapshots, categories, creation, the API, and the cards of the record."""

from __future__ import annotations

import pytest

from contacts import attribution, identity
from contacts.attribution import Visit, capture, category_of
from contacts.models import Contact
from contacts.tests import make
from core import scope
from core.pages import link
from journal.models import Entry
from oauth.tests.make import api

FORM = Visit(
    "form", "form-1", "https://acme.test/offer?utm_source=news&utm_medium=email&utm_campaign=May",
    "https://www.google.com/", "Firefox", "192.0.2.7", {"fbc": "fb.1.2", "fbp": "fb.1.3", "fbEventId": "e1"},
)  # fmt: skip


def test_contacts_030_the_first_tracked_event_is_first_and_latest(cast):
    ann = make.contact("Ann")
    assert capture(ann, FORM)
    ann.refresh_from_db()
    assert ann.first_attribution == ann.last_attribution
    held = {name: value for name, value in ann.first_attribution.items() if name != "at"}
    assert held == {
        "category": "Others", "campaign": "May", "utmSource": "news", "utmMedium": "email", "medium": "form",
        "mediumId": "form-1", "url": FORM.url, "referrer": "https://www.google.com/", "userAgent": "Firefox",
        "ip": "192.0.2.7", "fbc": "fb.1.2", "fbp": "fb.1.3", "fbEventId": "e1",
    }  # fmt: skip


def test_contacts_031_a_later_booking_changes_the_latest_only(cast):
    ann = make.contact("Ann")
    capture(ann, FORM)
    first = ann.first_attribution
    capture(ann, Visit("calendar", "cal-1", "https://acme.test/book", "https://www.google.co.uk/"))
    ann.refresh_from_db()
    assert ann.first_attribution == first
    assert (ann.last_attribution["category"], ann.last_attribution["medium"]) == ("Organic Search", "calendar")


def test_contacts_032_a_page_view_changes_nothing(cast):
    ann = make.contact("Ann")
    assert not capture(ann, Visit("page_view", url="https://acme.test/?gclid=1"))
    ann.refresh_from_db()
    assert ann.first_attribution is None and ann.last_attribution is None
    with pytest.raises(ValueError, match="no medium"):
        capture(ann, Visit("dream"))


def test_contacts_033_the_click_id_decides_before_utm_values(cast):
    url = "https://acme.test/?gclid=abc&utm_source=facebook&utm_medium=social"
    found = attribution.snapshot(Visit("form", url=url, referrer="https://facebook.com/"))
    assert found["category"] == "Paid Search" and found["gclid"] == "abc" and found["utmMedium"] == "social"


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ({"fbclid": "1"}, "Paid Social"),
        ({"msclkid": "1", "utmMedium": "email"}, "Paid Search"),
        ({"utmMedium": "cpc", "utmSource": "google"}, "Paid Search"),
        ({"utmMedium": "cpc", "utmSource": "facebook"}, "Paid Social"),
        ({"utmMedium": "CPC", "utmSource": "Google"}, "Direct"),
        ({"utmMedium": "CPC", "referrer": "https://bing.com/"}, "Organic Search"),
        ({"utmMedium": "paid_social"}, "Paid Social"),
        ({"utmMedium": "organic"}, "Organic Search"),
        ({"utmMedium": "social"}, "Social Media"),
        ({"utmMedium": "sms", "referrer": "https://google.com"}, "Others"),
        ({"referrer": "https://m.facebook.com/x"}, "Social Media"),
        ({"referrer": "https://t.co/x"}, "Social Media"),
        ({"referrer": "https://box.com/x"}, "Referral"),
        ({"referrer": "https://www.acme.test/a", "url": "https://acme.test/b"}, "Direct"),
        ({"referrer": "http://[broken"}, "Direct"),
        ({}, "Direct"),
    ],
)
def test_click_ids_then_utm_then_referrer_then_direct(held, expected):
    assert category_of(held) == expected


def test_a_call_or_message_is_of_the_category_others(cast):
    assert attribution.snapshot(Visit("sms"))["category"] == "Others"


@pytest.mark.parametrize(("via", "category"), [("ui", "CRM UI"), ("api", "Third-party"), ("import", "Third-party")])
def test_creation_by_hand_or_by_a_program_is_the_first_interaction(cast, via, category):
    with scope.use(via=via):
        ann = identity.add(first_name="Ann")
    assert ann.first_attribution["category"] == category and ann.last_attribution == ann.first_attribution


def test_a_contact_that_the_system_adds_waits_for_its_interaction(cast):
    with scope.use(via="task"):
        assert identity.add(first_name="Ann").first_attribution is None


def test_the_api_gives_and_takes_attribution_and_never_replaces_the_first(cast):
    client = api(cast.location)
    source = {"url": "https://acme.test/", "msclikid": "m1", "utmSource": "news"}
    body = {"locationId": cast.location.pk, "email": "ann@example.com", "attributionSource": source}
    made = client.post("/contacts/", body).json()["contact"]
    held = Contact.objects.get(pk=made["id"])
    assert (held.first_attribution["category"], held.first_attribution["msclkid"]) == ("Paid Search", "m1")
    assert made["attributionSource"]["sessionSource"] == "Paid Search" and made["attributionSource"]["msclikid"] == "m1"
    again = {**body, "attributionSource": {"url": "https://acme.test/b", "sessionSource": "Referral"}}
    shown = client.post("/contacts/upsert", again).json()["contact"]
    assert shown["attributionSource"]["url"] == "https://acme.test/"
    assert shown["lastAttributionSource"]["url"] == "https://acme.test/b"
    listed = client.get("/contacts/", {"locationId": cast.location.pk}).json()["contacts"][0]
    assert [one["url"] for one in listed["attributions"]] == ["https://acme.test/", "https://acme.test/b"]


def test_the_cards_show_what_is_stored(cast, browse):
    ann = make.contact("Ann")
    capture(ann, FORM)
    page = browse(cast.alice).get(link("contacts:activity", ann.pk), HTTP_HX_REQUEST="true").content.decode()
    for words in ("First interaction", "Latest interaction", "Others", "Campaign", "May", "192.0.2.7", "Firefox"):
        assert words in page


def test_only_an_admin_resets_the_attribution_and_the_journal_keeps_it(cast, browse):
    ann = make.contact("Ann")
    capture(ann, FORM)
    url = link("contacts:attribution_reset", ann.pk)
    assert browse(cast.dora).post(url).status_code == 403
    ann.refresh_from_db()
    assert ann.first_attribution
    assert browse(cast.alice).get(url, HTTP_HX_REQUEST="true").status_code == 200
    assert browse(cast.alice).post(url).status_code == 302
    ann.refresh_from_db()
    assert ann.first_attribution is None and ann.last_attribution is None
    entry = Entry.objects.get(verb="contact.attribution_reset", contact_id=ann.pk)
    assert entry.actor_name == "Alice Adams" and entry.changes["first_attribution"][0]["utmSource"] == "news"
    assert browse(cast.charlie).post(url).status_code == 404
