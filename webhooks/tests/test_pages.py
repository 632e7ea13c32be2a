"""Settings -> Webhooks in a browser without scripts."""

from __future__ import annotations

import datetime as dt

import pytest

from contacts.tests import make
from core import clock
from core.pages import link
from journal.models import Entry
from oauth.models import App, Install
from webhooks.models import Delivery, Endpoint, SigningKey

FORM = {"url": "https://example.com/hooks", "name": "Ours", "events": ["ContactCreate", "TaskComplete"], "secret": "s3"}


@pytest.fixture
def page(cast, browse, key):
    return browse(cast.alice)


def test_an_admin_adds_changes_and_deletes_a_webhook(cast, page):
    assert b"No webhooks yet" in page.get(link("settings:webhooks")).content
    answer = page.post(link("settings:webhook_create"), FORM)
    row = Endpoint.objects.get()
    assert answer.status_code == 302 and answer["Location"] == link("settings:webhook", row.pk)
    assert (row.url, row.events, row.secret_text) == (FORM["url"], ["ContactCreate", "TaskComplete"], "s3")
    assert not row.legacy_signature and b"A task is completed" in page.get(answer["Location"]).content
    page.post(link("settings:webhook_edit", row.pk), {**FORM, "every_event": "on", "events": [], "secret": ""})
    row.refresh_from_db()
    assert row.every_event and row.events == [] and row.secret == ""
    assert b"Ours" in page.get(link("settings:webhooks")).content
    page.post(link("settings:webhook_switch", row.pk), {"on": "0"})
    row.refresh_from_db()
    assert row.state == "off" and Entry.objects.filter(verb="webhook.switched_off").exists()
    page.post(link("settings:webhook_delete", row.pk))
    assert not Endpoint.objects.exists() and Entry.objects.filter(verb="webhook.deleted").exists()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"url": "http://example.com"}, "must start with https://"), ({"url": "nonsense"}, "Give a whole web address"),
        ({"events": []}, "Choose at least one event"), ({"events": ["Nonsense"]}, "Select a valid choice"),
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_accepted_says_why_and_keeps_nothing(page, values, words):
    answer = page.post(link("settings:webhook_create"), {**FORM, **values})
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not Endpoint.objects.exists()


def test_only_those_who_may_manage_webhooks_open_the_pages(cast, browse, key):
    row = Endpoint.add("https://example.com/hooks", every_event=True)
    for person in (cast.bob, cast.dora):
        client = browse(person)
        for url in (link("settings:webhooks"), link("settings:webhook", row.pk), link("settings:webhook_log")):
            assert client.get(url).status_code == 403
        assert client.post(link("settings:webhook_delete", row.pk)).status_code == 403
    assert Endpoint.objects.exists()


def test_another_tenants_webhooks_and_deliveries_are_not_found(cast, as_, browse, page, deliver):
    with as_(cast.charlie, cast.globex_location):
        theirs = Endpoint.add("https://example.com/theirs", every_event=True)
        make.contact("Xavier")
        deliver()
        delivery = Delivery.objects.get(event="ContactCreate")
    for name in ("webhook", "webhook_edit", "webhook_delete"):
        assert page.get(link(f"settings:{name}", theirs.pk)).status_code == 404
    for name in ("webhook_edit", "webhook_delete", "webhook_switch", "webhook_test", "webhook_next_key"):
        assert page.post(link(f"settings:{name}", theirs.pk), FORM).status_code == 404
    assert page.get(link("settings:webhook_delivery", delivery.pk)).status_code == 404
    assert page.post(link("settings:webhook_replay", delivery.pk)).status_code == 404
    assert b"Xavier" not in page.get(f"{link('settings:webhook_log')}?endpoint={theirs.pk}").content
    assert page.post(link("settings:webhook_replay_many"), {"endpoint": theirs.pk}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.url == "https://example.com/theirs" and theirs.state == "on"


def test_the_log_shows_and_narrows_what_was_sent(cast, page, receiver, endpoint, deliver):
    receiver.answer = lambda got: (404, {}, b"<b>not here</b>") if got.data.get("firstName") == "Ann" else 200
    ann, ben = make.contact("Ann"), make.contact("Ben")
    make.note(ben, "Hello")
    deliver()
    log = link("settings:webhook_log")
    assert page.get(log).content.count(b"<tr><td") == 3
    assert page.get(f"{log}?event=NoteCreate").content.count(b"<tr><td") == 1
    assert page.get(f"{log}?status=dead").content.count(b"<tr><td") == 1
    assert ann.pk.encode() in page.get(f"{log}?resource={ann.pk}").content
    assert b"No delivery is like that" in page.get(f"{log}?resource={'z' * 20}").content
    dead = Delivery.objects.dead().get()
    shown = page.get(link("settings:webhook_delivery", dead.pk)).content.decode()
    assert (
        "&lt;b&gt;not here&lt;/b&gt;" in shown
        and "X-GHL-Signature" in shown
        and "&quot;firstName&quot;: &quot;Ann&quot;" in shown
    )
    listed = page.get(link("settings:webhooks")).content.decode()
    assert "Some deliveries failed for good" in listed and "66 % of 3" in listed


def test_one_all_dead_or_a_stretch_of_time_is_sent_again(cast, page, receiver, endpoint, deliver, drain):
    receiver.answer = lambda got: 400
    make.contact("Ann")
    make.contact("Ben")
    deliver()
    receiver.answer = lambda got: 200
    first = Delivery.objects.order_by("pk")[0]
    assert page.post(link("settings:webhook_replay", first.pk)).status_code == 302
    deliver()
    assert Delivery.objects.dead().count() == 1 and len(receiver.got) == 3
    url = link("settings:webhook_replay_many")
    assert b"Everything that failed" in page.get(url, headers={"HX-Request": "true"}).content
    with drain():
        page.post(url, {"which": "dead"})
    deliver()
    assert not Delivery.objects.dead().exists() and len(receiver.got) == 4
    zone = cast.location.zone
    at = clock.now().astimezone(zone)
    hour = {"since": (at - dt.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"), "until": at.strftime("%Y-%m-%dT%H:%M")}
    with drain():
        page.post(url, {"which": "range", **hour})
    deliver()
    assert len(receiver.got) == 6
    answer = page.post(url, {"which": "range", "since": hour["until"], "until": hour["since"]})
    assert answer.status_code == 422 and len(receiver.got) == 6


def test_a_test_event_is_sent_and_marked(cast, page, receiver, endpoint, deliver):
    answer = page.post(link("settings:webhook_test", endpoint.pk), {"event": "OpportunityCreate"})
    row = Delivery.objects.get()
    assert answer["Location"] == link("settings:webhook_delivery", row.pk) and row.is_test
    deliver()
    got = receiver.got[0]
    assert got.headers["X-HoopAI-Test"] == "1" and got.data["monetaryValue"] == 2400
    page.post(link("settings:webhook_test", endpoint.pk), {"event": "Nonsense"})
    endpoint.switch(False)
    page.post(link("settings:webhook_test", endpoint.pk), {"event": "ContactCreate"})
    assert Delivery.objects.count() == 1


def test_admins_of_the_agency_manage_the_endpoints_of_its_apps_and_others_do_not(cast, browse, key):
    app, _ = App.register("Sync", ["https://app.example.com/callback"], ["contacts.readonly"], cast.company)
    Install.put(app, cast.company, cast.location, cast.alice, ["contacts.readonly"])
    assert browse(cast.alice).get(f"{link('settings:webhook_create')}?app={app.pk}").status_code == 404
    cast.alice.change(agency_role="admin")
    client = browse(cast.alice)
    answer = client.post(f"{link('settings:webhook_create')}?app={app.pk}", FORM)
    row = Endpoint.of_app(app.pk).get()
    assert answer.status_code == 302 and row.is_default and row.location_id is None
    assert b"default address" in client.get(link("settings:webhook", row.pk)).content
    cast.alice.change(agency_role="")
    assert browse(cast.alice).get(link("settings:webhook", row.pk)).status_code == 404


def test_the_public_keys_are_shown_and_a_new_one_is_announced(cast, page, key):
    endpoint = Endpoint.add("https://example.com/hooks", every_event=True)
    shown = page.get(link("settings:webhook_keys")).content.decode()
    assert key.ed25519_public in shown and key.ed25519_raw in shown and key.rsa_public in shown
    assert "PRIVATE" not in shown and key.ed25519 not in shown
    SigningKey.announce()
    assert b"Announced" in page.get(link("settings:webhook_keys")).content
    assert b"Use it now" in page.get(link("settings:webhook", endpoint.pk)).content
    page.post(link("settings:webhook_next_key", endpoint.pk))
    endpoint.refresh_from_db()
    assert endpoint.takes_next_key


def test_addresses_and_signatures_of_a_foreign_app_stay_its_own(cast, page, receiver, deliver):
    app, _ = App.register("Foreign", ["https://app.example.com/callback"], ["contacts.readonly"], cast.globex)
    held = Endpoint.add(
        f"{receiver.url}/token-in-the-path", every_event=True, app=app, secret="s3cret", is_default=True
    )
    Install.put(app, cast.company, cast.location, cast.alice, ["contacts.readonly"])
    make.contact("Ann")
    deliver()
    row = Delivery.objects.get(endpoint=held, event="ContactCreate")
    told = page.get(link("settings:webhook_log")).content + page.get(link("settings:webhook_delivery", row.pk)).content
    assert b"Foreign" in told and b"X-HoopAI-Sequence" in told
    for secret in (b"token-in-the-path", b"x-wl-signature", b"X-GHL-Signature:"):
        assert secret not in told
