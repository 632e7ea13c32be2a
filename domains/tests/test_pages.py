"""Settings -> Domains, by its addresses."""

from __future__ import annotations

import pytest

from accounts import standing
from accounts.models import Membership
from accounts.tests.make import user
from core import access
from core.pages import link
from domains import redirecting
from domains.models import Domain, Redirect
from domains.tests import make
from domains.tests.conftest import ADDRESS, TARGET, again


@pytest.fixture
def client(cast, browse):
    return browse(cast.alice)


def test_a_domain_is_added_checked_and_its_record_shown(cast, client, zones, front, drain):
    empty = client.get(link("settings:domains")).content.decode()
    assert "No domains yet" in empty and link("settings:domain_create") in empty
    with drain():
        answer = client.post(link("settings:domain_create"), {"host": "https://Shop.example.com/"})
    row = Domain.objects.get()
    assert answer.status_code == 302 and answer["Location"] == link("settings:domain", row.pk)
    page = client.get(answer["Location"]).content.decode()
    assert TARGET in page and 'data-text="shop"' in page and f'data-text="{TARGET}"' in page
    assert "No record for shop.example.com has been found yet" in page and "progress-poll" in page
    assert "shop.example.com" in client.get(link("settings:domains")).content.decode()


def test_what_cannot_be_added_is_said_at_the_field_and_nothing_is_kept(cast, client):
    for data, words in (
        ({"host": "*.example.com"}, "A wildcard"),
        ({"host": ""}, "required"),
        ({"host": "blog.example.com", "twin": "on"}, "come as a pair"),
    ):
        answer = client.post(link("settings:domain_create"), data)
        assert answer.status_code == 422 and words in answer.content.decode()
    dialog = client.post(link("settings:domain_create"), {"host": "co.uk"}, headers={"HX-Request": "true"})
    assert dialog.status_code == 422 and "dialog-title" in dialog.content.decode()
    assert Domain.objects.count() == 0


def test_the_pair_is_added_together_or_offered_later(cast, client):
    client.post(link("settings:domain_create"), {"host": "example.org", "twin": "on"})
    assert set(Domain.objects.values_list("host", flat=True)) == {"example.org", "www.example.org"}
    row = make.waiting("www.example.co.uk")
    page = client.get(link("settings:domain", row.pk)).content.decode()
    assert "example.co.uk is a name of its own" in page
    client.post(link("settings:domain_twin", row.pk))
    made = Domain.objects.get(host="example.co.uk")
    assert made.redirects.get().target == "https://www.example.co.uk/*" and made.records[0]["value"] == ADDRESS
    assert "name of its own" not in client.get(link("settings:domain", row.pk)).content.decode()


def test_the_state_is_asked_for_again_until_nothing_is_under_way(cast, client):
    for build, status, words in (
        (make.waiting, 200, "Waiting for DNS"),
        (make.issuing, 200, "Getting a certificate"),
        (make.active, 286, "Active"),
    ):
        row = build()
        way = link("settings:domain_state", row.pk)
        answer = client.get(way, headers={"HX-Request": "true"})
        assert answer.status_code == status and words in answer.content.decode()
        assert client.get(way)["Location"] == link("settings:domain", row.pk)
        row.remove_it()


def test_check_now_starts_one_look_and_not_ten(cast, client, zones, front, drain):
    row = make.waiting()
    with drain():
        client.post(link("settings:domain_check", row.pk))
    assert zones.asked == []  # one was asked for when it was added, seconds ago
    zones.set("www.example.com", CNAME=TARGET)
    row.change(asked_at=None)
    with drain():
        for _ in range(3):
            client.post(link("settings:domain_check", row.pk))
    assert again(row).state == "active" and zones.asked.count(("www.example.com", "CNAME")) == 1


def test_try_again_is_offered_for_a_failed_one_only(cast, client, zones, front, drain):
    row = make.issuing()
    for _ in range(5):
        row.miss("No certificate.", by_clock=True)
    page = client.get(link("settings:domain", row.pk)).content.decode()
    assert "Try again" in page and "No certificate." in page and "Check now" not in page
    zones.set("www.example.com", CNAME=TARGET)
    with drain():
        client.post(link("settings:domain_again", row.pk))
    assert again(row).state == "active"
    client.post(link("settings:domain_again", row.pk))
    assert again(row).state == "active"


def test_removing_asks_first(cast, client):
    row = make.active()
    asked = client.get(link("settings:domain_remove", row.pk)).content.decode()
    assert "Remove www.example.com?" in asked and "no longer answered" in asked and Domain.objects.count() == 1
    client.post(link("settings:domain_remove", row.pk))
    assert Domain.objects.count() == 0


def test_redirects_are_written_ordered_and_deleted(cast, client):
    row = make.active()
    new = link("settings:redirect_create", row.pk)
    assert client.post(new, {"path": "/a", "target": "nowhere", "is_permanent": "1"}).status_code == 422
    for path in ("/a", "/b"):
        client.post(new, {"path": path, "target": "https://example.org/", "is_permanent": "0"})
    one, two = row.redirects.all()
    assert not one.is_permanent
    client.post(link("settings:redirects_order", row.pk), {"ids": [two.pk, one.pk]})
    assert [rule.path for rule in row.redirects.all()] == ["/b", "/a"]
    data = {"path": "/c", "target": "https://example.org/c", "is_permanent": "1"}
    client.post(link("settings:redirect_edit", one.pk), data)
    one.refresh_from_db()
    assert (one.path, one.is_permanent) == ("/c", True)
    client.post(link("settings:redirect_delete", one.pk))
    assert [rule.path for rule in Redirect.objects.all()] == ["/b"]


def test_robots_text_is_saved(cast, client):
    row = make.active()
    assert client.post(link("settings:domain_robots", row.pk), {"robots": "x" * 10_001}).status_code == 422
    client.post(link("settings:domain_robots", row.pk), {"robots": "Disallow: /"})
    assert again(row).robots == "Disallow: /"


def test_ids_of_another_account_are_not_found_and_stay_as_they_are(cast, client, as_):
    with as_(cast.charlie, cast.globex_location):
        theirs = make.active("www.example.org")
        rule = redirecting.add(theirs, "/a", "https://example.org/")
    names = ("", "_state", "_check", "_again", "_twin", "_robots", "_remove")
    ways = [link(f"settings:domain{name}", theirs.pk) for name in names]
    ways += [link(f"settings:{name}", theirs.pk) for name in ("redirect_create", "redirects_order")]
    ways += [link(f"settings:{name}", rule.pk) for name in ("redirect_edit", "redirect_delete")]
    for way in ways:
        for answer in (
            client.get(way),
            client.post(way, {"path": "/x", "target": "https://x.com/", "is_permanent": "1"}),
        ):
            assert answer.status_code in (404, 405) and b"example.org" not in answer.content, way
    assert again(theirs).state == "active"
    with as_(cast.charlie, cast.globex_location):
        assert Redirect.objects.get().path == "/a"


def test_only_who_may_manage_domains_gets_there(cast, browse):
    row = make.waiting()
    for way in (link("settings:domains"), link("settings:domain", row.pk), link("settings:domain_create")):
        assert browse(cast.dora).get(way).status_code == 403
    assert browse(cast.dora).post(link("settings:domain_remove", row.pk)).status_code == 403
    assert Domain.objects.count() == 1
    Membership.objects.get(user=cast.dora).change(granted=["domains.write"])
    assert browse(cast.dora).get(link("settings:domains")).status_code == 200


def test_a_read_only_account_sees_its_domains_and_is_offered_removal_only(cast, client):
    row = make.active()
    standing.set_standing(cast.company, access.READ_ONLY, reason="suspended")
    page = client.get(link("settings:domains")).content.decode()
    assert "www.example.com" in page and link("settings:domain_create") not in page
    page = client.get(link("settings:domain", row.pk)).content.decode()
    assert "Check now" not in page and link("settings:redirect_create", row.pk) not in page
    assert client.post(link("settings:domain_create"), {"host": "a.example.com"}).status_code == 403
    assert Domain.objects.count() == 1
    client.post(link("settings:domain_remove", row.pk))
    assert Domain.objects.count() == 0


def test_a_sandbox_says_that_nothing_becomes_active_there(cast, client, settings):
    settings.DOMAINS_HOST = "sites.hoopai.example"
    assert "This is a sandbox" in client.get(link("settings:domains")).content.decode()
    settings.DOMAINS_HOST = ""
    page = client.get(link("settings:domains")).content.decode()
    assert "cannot be added here yet" in page and link("settings:domain_create") not in page


def test_operators_see_and_free_names(cast, browse):
    row = make.active()
    client = browse(user(None, "Olga", is_staff=True))
    assert "www.example.com" in client.get("/admin/domains/domain/").content.decode()
    client.post("/admin/domains/domain/", {"action": "free", "_selected_action": [row.pk]})
    assert Domain.objects.count() == 0
