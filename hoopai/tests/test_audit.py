import csv
import datetime as dt
import io

import pytest
from django.core.cache import cache

from accounts import standing
from accounts.models import Membership
from accounts.tests.make import PASSWORD
from billing import limits
from contacts.tests import make
from core import clock, scope
from core.pages import link
from hoopai.tasks import prune_audit as prune
from journal.models import Entry
from opportunities import pipelines
from opportunities.models import Pipeline
from opportunities.tests import make as make_deal


def texts(answer):
    return [line.text for line, _ in answer.context["rows"]]


def exported(client, **query):
    answer = client.get(link("settings:audit_export"), query)
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_accounts_104_the_log_shows_the_locations_entries_newest_first(cast, browse):
    ann = make.contact("Ann")
    ann.change(city="Oslo")
    shown = texts(browse(cast.alice).get(link("settings:audit")))
    assert shown[:2] == ["Alice Adams changed city", "Alice Adams added the contact"]


def test_sign_ins_of_members_are_in_the_log_and_those_of_others_are_not(cast, browse, client):
    cache.clear()
    for email in ("bob@example.com", "charlie@example.com"):
        client.post("/account/sign-in", {"email": email, "password": PASSWORD})
        client.post("/account/sign-out")
    shown = texts(browse(cast.alice).get(link("settings:audit"), {"kind": "account"}))
    assert "Bob Brown signed in" in shown and "Bob Brown signed out" in shown
    assert not any("Charlie" in text for text in shown)


def test_only_those_who_may_read_the_log_do(cast, browse):
    for name in ("audit", "audit_export"):
        assert browse(cast.dora).get(link(f"settings:{name}")).status_code == 403


def test_another_locations_entries_are_never_shown(cast, browse, as_):
    with as_(cast.charlie, cast.globex_location):
        make.contact("Zed")
    with as_(cast.alice, cast.elsewhere):
        make.contact("Eve")
    client = browse(cast.alice)
    subjects = {line.subject_id for line, _ in client.get(link("settings:audit")).context["rows"]}
    foreign = set(
        Entry.objects.everywhere(reason="a test of it")
        .filter(verb="contact.created")
        .values_list("subject_id", flat=True)
    )
    assert len(foreign) == 2 and not subjects & foreign


def test_kind_person_and_dates_narrow_the_log(cast, browse, as_):
    with clock.moved(dt.timedelta(days=-10)):
        ann = make.contact("Ann")
    make.note(ann)
    with as_(cast.dora):
        make.note(ann)
    client = browse(cast.alice)

    def count(**query):
        return len(
            [text for text in texts(client.get(link("settings:audit"), query)) if "note" in text or "contact" in text]
        )

    assert count(kind="note") == 2
    assert count(kind="note", person=cast.dora.pk) == 1
    day = (clock.now() - dt.timedelta(days=5)).date().isoformat()
    assert count(since=day) == 2
    assert count(until=day) == 1


@pytest.mark.parametrize(
    "query",
    [{"since": "yesterday"}, {"until": "2026-02-31"}, {"kind": "gossip"}, {"person": "x"}, {"since": "0001-01-01"}],
)
def test_a_filter_that_makes_no_sense_is_explained(cast, browse, query):
    answer = browse(cast.alice).get(link("settings:audit"), query)
    assert answer.status_code == 422 and answer.context["problem"]
    assert browse(cast.alice).get(link("settings:audit_export"), query).status_code == 422


def test_pages_follow_one_another_without_gap_or_repeat(cast, browse):
    ann = make.contact("Ann")
    for number in range(120):
        ann.change(city=f"Town {number}")
    client, seen, url = browse(cast.alice), [], ""
    while True:
        answer = client.get(link("settings:audit") + url)
        seen += [line.id for line, _ in answer.context["rows"]]
        url = answer.context["older_url"]
        if not url:
            break
    assert len(seen) == len(set(seen)) >= 121


def test_older_entries_come_as_rows_alone(cast, browse):
    make.contact("Ann")
    answer = browse(cast.alice).get(link("settings:audit"), headers={"HX-Request": "true"})
    assert b"<tr>" in answer.content and b"<html" not in answer.content


def test_accounts_104_the_export_holds_what_the_filter_shows_and_is_itself_recorded(cast, browse):
    make.note(make.contact("Ann"), "Called")
    rows = exported(browse(cast.alice), kind="note")
    assert rows[0][:6] == ["time", "person", "way", "ip", "event", "what happened"]
    assert [row[5] for row in rows[1:]] == ["wrote a note"]
    assert "body: (empty) -> Called" in rows[1][10]
    assert Entry.objects.get(verb="audit.exported").facts == {"filters": "kind=note"}


def test_cells_that_a_spreadsheet_would_run_are_disarmed(cast, browse):
    cast.alice.change(first_name="=cmd()", last_name="")
    make.contact("Ann")
    client = browse(cast.alice)
    client.post(link("settings:profile"), {})
    from accounts import current
    from accounts.models.membership import actor_at

    with current.at(cast.location, actor=actor_at(cast.alice, cast.location)):
        make.contact("Ben")
    assert "'=cmd()" in {row[1] for row in exported(client)}


def test_an_entry_has_an_address_with_before_and_after_and_arrows_to_its_neighbours(cast, browse):
    contact = make.contact("Ann", city="Austin")
    contact.change(city="Boston")
    contact.change(city="Chicago")
    created, boston, chicago = Entry.objects.filter(subject_id=contact.pk).order_by("pk")
    client = browse(cast.alice)
    page = client.get(link("settings:audit_entry", boston.pk), {"kind": "change"}).content.decode()
    assert "Austin" in page and "Boston" in page and "Chicago" not in page
    for beside in (created, chicago):
        assert f'href="{link("settings:audit_entry", beside.pk)}?kind=change"' in page
    assert link("settings:audit_entry", boston.pk) in client.get(link("settings:audit")).content.decode()
    assert client.get(link("settings:audit_entry", "0" * 20)).status_code == 404
    assert browse(cast.dora).get(link("settings:audit_entry", boston.pk)).status_code == 403
    elsewhere = Entry.objects.everywhere(reason="a test").exclude(location_id=cast.location.pk)
    with scope.use(location_id=cast.globex_location.pk):
        theirs = make.contact("Theirs")
        other = elsewhere.get(subject_id=theirs.pk)
    assert client.get(link("settings:audit_entry", other.pk)).status_code == 404


@pytest.fixture
def sixty_days(monkeypatch):
    monkeypatch.setattr(limits, "cap", lambda name: 60 if name == "audit_days" else None)


def test_the_log_goes_back_as_far_as_the_plan_keeps_it(cast, browse, sixty_days):
    with clock.moved(dt.timedelta(days=-61)):
        old = Entry.objects.get(subject_id=make.contact("Ann").pk)
    with clock.moved(dt.timedelta(days=-59)):
        kept = Entry.objects.get(subject_id=make.contact("Ben").pk)
    client = browse(cast.alice)
    page = client.get(link("settings:audit")).content.decode()
    assert link("settings:audit_entry", kept.pk) in page and link("settings:audit_entry", old.pk) not in page
    assert client.get(link("settings:audit_entry", kept.pk)).status_code == 200
    assert client.get(link("settings:audit_entry", old.pk)).status_code == 404
    assert [row[8] for row in exported(client, event="contact.created")[1:]] == [kept.subject_id]


def test_accounts_105_entries_of_settings_are_forgotten_after_that_and_those_of_contacts_are_kept(cast, sixty_days):
    with clock.moved(dt.timedelta(days=-61)):
        cast.location.change(name="Old name")
        contact = make.contact("Ann")
    with clock.moved(dt.timedelta(days=-59)):
        cast.location.change(name="New name")
    every = Entry.objects.everywhere(reason="a test of it").filter(subject_id=cast.location.pk, verb="location.updated")
    assert every.count() == 2
    prune()
    assert [entry.changes["name"][1] for entry in every] == ["New name"]
    assert Entry.objects.filter(subject_id=contact.pk).exists()
    prune()
    assert every.count() == 1


def test_nothing_is_forgotten_without_a_plan(cast):
    with clock.moved(dt.timedelta(days=-3000)):
        cast.location.change(name="Old name")
    before = Entry.objects.everywhere(reason="a test of it").count()
    prune()
    assert Entry.objects.everywhere(reason="a test of it").count() == before


def test_one_event_or_all_of_a_module_narrow_the_log(cast, browse):
    ann = make.contact("Ann")
    ann.change(city="Oslo")
    make.note(ann)
    client = browse(cast.alice)

    def verbs(event):
        return [line.verb for line, _ in client.get(link("settings:audit"), {"event": event}).context["rows"]]

    assert verbs("contact.updated") == ["contact.updated"]
    assert verbs("contact.*") == ["contact.updated", "contact.created"]
    assert verbs("note.*") == ["note.created"]
    answer = client.get(link("settings:audit"), {"event": "gossip.*"})
    assert answer.status_code == 422 and "does not exist" in answer.context["problem"]


def test_the_address_of_whoever_asked_is_in_the_entry_the_page_and_the_file(cast, browse):
    ann = make.contact("Ann")
    client = browse(cast.alice)
    client.post(link("contacts:note_add", ann.pk), {"body": "Hello"}, REMOTE_ADDR="203.0.113.9")
    entry = Entry.objects.get(verb="note.created")
    assert entry.ip == "203.0.113.9" and Entry.objects.get(verb="contact.created").ip is None
    assert "203.0.113.9" in client.get(link("settings:audit_entry", entry.pk)).content.decode()
    assert [row[3] for row in exported(client, event="note.created")[1:]] == ["203.0.113.9"]


def test_the_drawer_gets_the_entry_alone(cast, browse):
    entry = Entry.objects.get(subject_id=make.contact("Ann").pk)
    answer = browse(cast.alice).get(link("settings:audit_entry", entry.pk), headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert "added the contact" in page and "data-close-drawer" in page and "<html" not in page


def deletion_of(pipeline):
    return Entry.objects.filter(verb="pipeline.deleted", subject_id=pipeline.pk).latest("pk")


def test_accounts_106_a_deleted_pipeline_is_restored_from_its_entry_with_stages_and_deals(cast, browse):
    deal = make_deal.opportunity()
    stages = [stage.pk for stage in make_deal.stages(deal.pipeline)]
    pipelines.delete(deal.pipeline)
    client = browse(cast.alice)
    address = link("settings:audit_entry", deletion_of(deal.pipeline).pk)
    way = link("settings:pipeline_restore", deal.pipeline_id)
    drawer = client.get(address, headers={"HX-Request": "true"})
    assert way in drawer.content.decode() and "Restore Sales" in drawer.content.decode()
    with clock.moved(dt.timedelta(days=29)):
        browse(cast.alice).post(way)
    deal.refresh_from_db()
    assert deal.deleted_at is None and Pipeline.objects.live().get() == deal.pipeline
    assert [stage.pk for stage in make_deal.stages(deal.pipeline)] == stages
    assert way not in client.get(address).content.decode()  # it is back: there is nothing to restore


def test_accounts_106_after_thirty_days_the_entry_offers_no_way_back_and_none_is_open(cast, browse):
    deal = make_deal.opportunity()
    pipelines.delete(deal.pipeline)
    address = link("settings:audit_entry", deletion_of(deal.pipeline).pk)
    way = link("settings:pipeline_restore", deal.pipeline_id)
    with clock.moved(dt.timedelta(days=31)):
        client = browse(cast.alice)
        assert way not in client.get(address).content.decode()
        assert "30 days" in client.post(way, follow=True).content.decode()
    assert not Pipeline.objects.live().exists()


def test_an_earlier_deletion_of_a_pipeline_offers_nothing(cast, browse):
    deal = make_deal.opportunity()
    pipelines.delete(deal.pipeline)
    first = deletion_of(deal.pipeline)
    pipelines.restore(deal.pipeline)
    with clock.moved(dt.timedelta(days=1)):
        pipelines.delete(deal.pipeline)
        way = link("settings:pipeline_restore", deal.pipeline_id)
        page = browse(cast.alice).get(link("settings:audit_entry", first.pk))
        assert way not in page.content.decode()


def test_a_read_only_account_restores_no_pipeline(cast, browse):
    deal = make_deal.opportunity()
    pipelines.delete(deal.pipeline)
    standing.set_standing(cast.company, "read_only", reason="suspended")
    client = browse(cast.alice)
    way = link("settings:pipeline_restore", deal.pipeline_id)
    page = client.get(link("settings:audit_entry", deletion_of(deal.pipeline).pk))
    assert page.status_code == 200 and way not in page.content.decode()
    assert client.post(way).status_code == 403
    assert not Pipeline.objects.live().exists()


def test_the_entry_of_a_deletion_offers_the_way_back_to_those_alone_who_manage_pipelines(cast, browse):
    deal = make_deal.opportunity()
    pipelines.delete(deal.pipeline)
    Membership.objects.get(user=cast.dora).change(granted=["audit.readonly"])
    client = browse(cast.dora)
    way = link("settings:pipeline_restore", deal.pipeline_id)
    page = client.get(link("settings:audit_entry", deletion_of(deal.pipeline).pk))
    assert page.status_code == 200 and way not in page.content.decode()
    assert client.post(way).status_code == 403
