"""A contact as it was at any moment, and bringing one field back."""

from __future__ import annotations

import datetime as dt
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import asof
from contacts.identity import edit
from contacts.models import Contact
from contacts.tests import make
from core import clock, ids
from core.errors import Forbidden, Invalid, Refused
from core.pages import link
from journal.models import Entry
from objects.models import CustomField

AJAX = {"HX-Request": "true"}
WORDS = st.sampled_from(["", "Ann", "Bo", "Cy Lee", "<b>", "1"])
EMAILS = st.lists(st.sampled_from(["a@x.example", "b@x.example", "c@x.example"]), unique=True, max_size=3)
DEEDS = st.one_of(
    st.tuples(st.sampled_from(["last_name", "city", "source", "gender"]), WORDS),
    st.tuples(st.just("emails"), EMAILS),
    st.tuples(st.just("date_of_birth"), st.sampled_from(["", "1990-05-17", "2001-01-01"])),
    st.tuples(st.just("tags"), st.lists(st.sampled_from(["vip", "lead", "new"]), unique=True)),
    st.tuples(st.just("followers"), st.lists(st.sampled_from(["bob", "dora"]), unique=True)),
    st.tuples(st.just("owner"), st.sampled_from(["", "alice", "dora"])),
    st.tuples(st.just("dnd"), st.booleans()),
    st.tuples(st.just("dnd-SMS"), st.sampled_from(["active", "inactive"])),
    st.tuples(st.just("inbound"), st.sampled_from(["active", "inactive"])),
    st.tuples(st.sampled_from(["colour", "size"]), st.sampled_from([None, "Red", "Blue"])),
    st.tuples(st.just("trash"), st.just("")),
)


def do(contact: Contact, deed: tuple, cast, fields: dict[str, str]) -> None:
    name, value = deed
    people = {"alice": cast.alice.pk, "bob": cast.bob.pk, "dora": cast.dora.pk, "": ""}
    if name == "emails":
        edit(contact, email=value[0] if value else "", more_emails=value[1:])
    elif name == "followers":
        edit(contact, followers=[people[each] for each in value])
    elif name == "owner":
        edit(contact, owner=people[value])
    elif name == "dnd-SMS":
        edit(contact, channels={"SMS": {"status": value}})
    elif name == "inbound":
        edit(contact, inbound={"all": {"status": value}})
    elif name in fields:
        edit(contact, custom={fields[name]: value})
    elif name == "trash":
        contact.trash()
        contact.restore()
    else:
        edit(contact, **{name: value})


@pytest.fixture
def fields(cast):
    return {name: CustomField.record_new(name=name.title(), key=name, type="TEXT").pk for name in ("colour", "size")}


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(DEEDS, min_size=1, max_size=10))
def test_whatever_was_edited_each_earlier_state_is_found_again(cast, fields, deeds):
    contact = make.contact("Start")
    seen = [(ids.new_id(), asof.columns_of(contact))]
    for deed in deeds:
        do(contact, deed, cast, fields)
        contact.refresh_from_db()
        seen.append((ids.new_id(), asof.columns_of(contact)))
    for moment, state in seen:
        assert asof.columns_of(asof.as_of(contact, moment)) == state


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(DEEDS, min_size=1, max_size=8), which=st.integers(0, 8))
def test_restoring_every_differing_field_gives_back_what_was_shown_then(cast, fields, deeds, which):
    contact = make.contact("Start")
    moments = [ids.new_id()]
    for deed in deeds:
        do(contact, deed, cast, fields)
        moments.append(ids.new_id())
    contact.refresh_from_db()
    moment = moments[which % len(moments)]
    known = list(CustomField.objects.filter(model="contact"))
    actor = asof.scope.current().actor

    def compared() -> list[asof.Pair]:
        now = Contact.objects.get(pk=contact.pk)
        return asof.pairs(asof.as_of(now, moment), now, known, actor)

    # the owner first: whoever owns a contact does not follow it
    for pair in sorted((pair for pair in compared() if pair.is_different), key=lambda each: each.name != "owner"):
        if pair.name in [each.name for each in compared() if each.is_different]:
            undo = asof.restore(Contact.objects.get(pk=contact.pk), pair.name, moment)
            assert pair.name not in [each.name for each in compared() if each.is_different]
            assert Entry.objects.filter(pk__gt=undo, verb="contact.field_restored").count() == 1
    assert not [pair for pair in compared() if pair.is_different]


def test_a_moment_in_time_has_what_happened_until_then(cast, monkeypatch):
    start = dt.datetime(2026, 3, 1, 9, 0, tzinfo=dt.UTC)
    monkeypatch.setattr(clock, "now", lambda: start)
    contact = make.contact("Ann", city="Austin")
    monkeypatch.setattr(clock, "now", lambda: start + dt.timedelta(hours=1))
    contact.change(city="Boston")
    assert asof.as_of(contact, asof.moment_at(start)).city == "Austin"
    assert asof.as_of(contact, asof.moment_at(start + dt.timedelta(hours=1))).city == "Boston"
    assert asof.as_of(contact, asof.moment_at(start - dt.timedelta(seconds=1))) is None
    assert asof.time_of(ids.new_id()) == start + dt.timedelta(hours=1)


def test_then_and_now_stand_side_by_side_and_arrows_step_through_the_changes(cast, browse):
    contact = make.contact("Ann", city="Austin")
    contact.change(city="Boston")
    contact.change(city="Chicago", state="IL")
    client, address = browse(cast.alice), link("contacts:as_of", contact.pk)
    page = client.get(address).content.decode()
    row = page.split('<th scope="row">City</th>')[1].split("</tr>")[0]
    assert "<ins>Boston</ins>" in row and "<del>Chicago</del>" in row and ">Restore<" in row
    first, second, _ = Entry.objects.filter(subject_id=contact.pk).order_by("pk")
    assert f"?entry={first.pk}" in page
    older = client.get(address, {"entry": first.pk}).content.decode()
    assert "<ins>Austin</ins>" in older and f"?entry={second.pk}" in older
    assert 'aria-label="Change before"' in older and "aria-disabled" in older


def test_a_field_is_restored_through_every_rule_told_in_the_journal_and_taken_back(cast, browse):
    contact = make.contact("Ann", city="Austin")
    moment = ids.new_id()
    contact.change(city="Boston")
    client, address = browse(cast.alice), link("contacts:as_of_restore", contact.pk)
    page = client.post(address, {"field": "city", "entry": moment}, follow=True).content.decode()
    assert Contact.objects.get(pk=contact.pk).city == "Austin"
    told = Entry.objects.filter(subject_id=contact.pk).order_by("-pk")[:2]
    assert [entry.verb for entry in told] == ["contact.field_restored", "contact.updated"]
    assert told[0].facts["field"] == "City" and told[0].actor_id == cast.alice.pk
    undo = unquote(page.split('hx-post="')[1:][-1].split('"')[0]).replace("&amp;", "&")
    assert client.post(undo, headers=AJAX).status_code == 204
    assert Contact.objects.get(pk=contact.pk).city == "Boston"


def test_what_breaks_a_rule_today_is_not_restored(cast, browse):
    cast.location.change(allow_duplicates=False)
    contact = make.contact("Ann", email="a@x.example")
    moment = ids.new_id()
    edit(contact, email="b@x.example")
    make.contact("Other", email="a@x.example")
    before = Entry.objects.count()
    answer = browse(cast.alice).post(
        link("contacts:as_of_restore", contact.pk), {"field": "emails", "entry": moment}, headers=AJAX
    )
    assert answer.status_code == 422
    assert Contact.objects.get(pk=contact.pk).email == "b@x.example" and Entry.objects.count() == before


def test_only_those_who_read_the_audit_log_see_it_and_only_of_contacts_they_see(cast, browse, as_):
    contact = make.contact("Ann")
    assert browse(cast.dora).get(link("contacts:as_of", contact.pk)).status_code == 403
    posted = {"field": "city", "entry": ids.new_id()}
    assert browse(cast.dora).post(link("contacts:as_of_restore", contact.pk), posted).status_code == 403
    with as_(cast.charlie, cast.globex_location):
        theirs = make.contact("Theirs")
    client = browse(cast.alice)
    assert client.get(link("contacts:as_of", theirs.pk)).status_code == 404
    assert client.post(link("contacts:as_of_restore", theirs.pk), posted).status_code == 404


@pytest.mark.parametrize("query", [{"entry": "x"}, {"at": "soon"}, {"at": "2026-13-01T00:00"}, {"entry": "é" * 20}])
def test_what_is_no_moment_is_said_so(cast, browse, query):
    contact = make.contact("Ann")
    answer = browse(cast.alice).get(link("contacts:as_of", contact.pk), query)
    assert answer.status_code == 422 and "cannot be shown" in answer.content.decode()


def test_what_is_no_field_or_unchanged_or_gone_is_refused(cast, as_):
    business = make.business("Gone Ltd")
    contact = make.contact("Ann", business=business, company_name="Gone Ltd")
    moment = ids.new_id()
    edit(contact, business=None, company_name="")
    before = Entry.objects.count()
    for name in ("picture", "id", "score", "0" * 20, "deleted_at"):
        with pytest.raises(Invalid):
            asof.restore(contact, name, moment)
    with pytest.raises(Refused):
        asof.restore(contact, "city", moment)
    assert Entry.objects.count() == before
    business.remove()
    with pytest.raises(Refused):
        asof.restore(contact, "business", moment)
    contact.follow([cast.bob.pk])
    moment = ids.new_id()
    contact.assign_to(cast.dora.pk)
    with as_(cast.bob), pytest.raises(Forbidden):
        asof.restore(contact, "owner", moment)
    assert Contact.objects.get(pk=contact.pk).assigned_to_id == cast.dora.pk
