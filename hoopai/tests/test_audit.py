import csv
import datetime as dt
import io

import pytest
from django.core.cache import cache

from accounts.tests.make import PASSWORD
from contacts.tests import make
from core import clock
from core.pages import link
from journal.models import Entry


def texts(answer):
    return [line.text for line, _ in answer.context["rows"]]


def exported(client, **query):
    answer = client.get(link("settings:audit_export"), query)
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_the_log_shows_the_locations_entries_newest_first(cast, browse):
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


def test_the_export_holds_what_the_filter_shows_and_is_itself_recorded(cast, browse):
    make.note(make.contact("Ann"), "Called")
    rows = exported(browse(cast.alice), kind="note")
    assert rows[0][:4] == ["time", "person", "way", "what happened"]
    assert [row[3] for row in rows[1:]] == ["wrote a note"]
    assert "body: (empty) -> Called" in rows[1][8]
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
