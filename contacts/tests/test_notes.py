"""Notes on a record."""

from __future__ import annotations

import datetime as dt
import json

from accounts.tests import make as people
from contacts.models import Note
from contacts.tests import make
from core import clock
from core.pages import link
from journal.models import Entry
from journal.recorded import quietly

AJAX = {"HX-Request": "true"}


def panel(client, contact, **query):
    return client.get(link("contacts:notes", contact.pk), query, headers=AJAX).content.decode()


def test_a_note_is_written_by_whoever_is_signed_in_and_the_page_is_told(cast, browse):
    contact = make.contact("Ann")
    answer = browse(cast.dora).post(link("contacts:note_add", contact.pk), {"body": "Wants a call."}, headers=AJAX)
    assert answer.status_code == 200 and "Wants a call." in answer.content.decode()
    assert json.loads(answer["HX-Trigger"])["counts"] == {"tasks": 0, "notes": 1}
    note = Note.objects.get(contact=contact)
    assert (note.user_id, note.body) == (cast.dora.pk, "Wants a call.")
    assert Entry.objects.filter(verb="note.created", contact_id=contact.pk).count() == 1


def test_without_a_script_a_note_is_saved_and_the_record_comes_back_with_the_notes_open(cast, browse):
    contact = make.contact("Ann")
    answer = browse(cast.alice).post(link("contacts:note_add", contact.pk), {"body": "Plain."}, follow=True)
    assert answer.redirect_chain == [(link("contacts:show", contact.pk) + "?panel=notes", 302)]
    assert "Plain." in answer.content.decode()


def test_a_refused_note_says_why_and_keeps_what_was_typed(cast, browse):
    contact = make.contact("Ann")
    for headers in (AJAX, {}):
        empty = browse(cast.alice).post(
            link("contacts:note_add", contact.pk), {"title": "Kept", "body": " "}, headers=headers
        )
        assert empty.status_code == 422
        assert "Write something first." in empty.content.decode() and "Kept" in empty.content.decode()
        long = browse(cast.alice).post(link("contacts:note_add", contact.pk), {"body": "x" * 5001}, headers=headers)
        assert long.status_code == 422
        assert "at most 5,000" in long.content.decode() and "x" * 5001 in long.content.decode()
    assert not Note.objects.filter(contact=contact).exists()


def test_markup_in_a_note_cannot_run_anything(cast, browse):
    contact = make.contact("Ann")
    body = '<b>bold</b><script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:alert(3)">x</a>'
    browse(cast.alice).post(link("contacts:note_add", contact.pk), {"body": body}, headers=AJAX)
    note = Note.objects.get(contact=contact)
    assert "<b>bold</b>" in note.body
    for page in (note.body, panel(browse(cast.alice), contact)):
        for bad in ("<script>alert", "onerror", "javascript:alert"):
            assert bad not in page


def test_markup_that_reached_the_database_by_another_way_is_cleaned_when_shown(cast, browse):
    contact = make.contact("Ann")
    note = make.note(contact)
    with quietly(reason="what an older release could have stored"):
        Note.objects.filter(pk=note.pk).update(body="<script>alert(1)</script>hello")
    page = panel(browse(cast.alice), contact)
    assert "<script>alert" not in page and "hello" in page


def test_contacts_045_a_pinned_note_is_first_and_then_the_newest(cast, browse):
    contact = make.contact("Ann")
    old = make.note(contact, "oldest", date_added=clock.now() - dt.timedelta(days=3))
    make.note(contact, "middle", date_added=clock.now() - dt.timedelta(days=2))
    make.note(contact, "newest", date_added=clock.now() - dt.timedelta(days=1))
    client = browse(cast.alice)
    answer = client.post(link("contacts:note_pin", contact.pk, old.pk), {"pinned": "on"}, headers=AJAX)
    page = answer.content.decode()
    assert page.index("oldest") < page.index("newest") < page.index("middle")
    turned = panel(client, contact, sort="oldest")
    assert turned.index("oldest</div>") < turned.index("middle</div>") < turned.index("newest</div>")


def test_search_finds_notes_by_their_words(cast, browse):
    contact = make.contact("Ann")
    make.note(contact, "Wants a quote for ten chairs")
    make.note(contact, "Called about tables", title="Chairs too")
    make.note(contact, "Something else")
    page = panel(browse(cast.alice), contact, words="chairs")
    assert "ten chairs" in page and "Chairs too" in page and "Something else" not in page


def test_the_author_and_admins_edit_a_note_and_others_do_not(cast, browse):
    contact = make.contact("Ann")
    note = make.note(contact, "first words", user=cast.dora)
    url = link("contacts:note_edit", contact.pk, note.pk)
    contact.follow([cast.bob.pk])
    refused = browse(cast.bob).post(url, {"body": "hijacked"}, headers=AJAX)
    assert refused.status_code == 403
    assert Note.objects.get(pk=note.pk).body == "first words"
    assert browse(cast.bob).post(link("contacts:note_remove", contact.pk, note.pk), headers=AJAX).status_code == 403
    assert Note.objects.filter(pk=note.pk).exists()
    assert browse(cast.dora).post(url, {"body": "second words"}, headers=AJAX).status_code == 200
    assert browse(cast.alice).post(url, {"body": "third words", "color": "blue"}, headers=AJAX).status_code == 200
    page = panel(browse(cast.dora), contact)
    assert "third words" in page and "Edited by Alice Adams" in page and "note--blue" in page


def test_plain_text_with_an_ampersand_comes_back_into_the_form_as_it_was_typed(cast, browse):
    contact = make.contact("Ann")
    client = browse(cast.alice)
    client.post(link("contacts:note_add", contact.pk), {"body": "R&D budget"}, headers=AJAX)
    note = Note.objects.get(contact=contact)
    form = client.get(link("contacts:note_edit", contact.pk, note.pk), headers=AJAX).content.decode()
    assert "R&amp;D budget" in form and "R&amp;amp;D" not in form
    assert "R&amp;D budget" in panel(client, contact)


def test_a_note_of_one_contact_is_not_found_on_another(cast, browse):
    ann, ben = make.contact("Ann"), make.contact("Ben")
    note = make.note(ann, "about Ann")
    url = link("contacts:note_edit", ben.pk, note.pk)
    assert browse(cast.alice).post(url, {"body": "about Ben"}, headers=AJAX).status_code == 404
    assert Note.objects.get(pk=note.pk).body == "about Ann"


def test_a_deleted_note_is_gone_and_its_trace_stays(cast, browse):
    contact = make.contact("Ann")
    note = make.note(contact, "secret", user=cast.alice)
    asked = browse(cast.alice).get(link("contacts:note_remove", contact.pk, note.pk), headers=AJAX)
    assert "Delete this note?" in asked.content.decode()
    browse(cast.alice).post(link("contacts:note_remove", contact.pk, note.pk), headers=AJAX)
    assert not Note.objects.filter(pk=note.pk).exists()
    thread = browse(cast.alice).get(link("contacts:timeline", contact.pk), headers=AJAX).content.decode()
    assert "deleted a note" in thread and "secret" not in thread


def mentions(contact):
    return [
        entry.facts["users"]
        for entry in Entry.objects.filter(verb="note.mentioned", contact_id=contact.pk).order_by("pk")
    ]


def test_colleagues_named_with_an_at_sign_are_told_once(cast, browse):
    contact = make.contact("Ann")
    client = browse(cast.alice)
    body = "<p>Please ask <b>@Dora Doe</b>, she knows. Not x@Bob Brown.</p>"
    client.post(link("contacts:note_add", contact.pk), {"body": body}, headers=AJAX)
    assert mentions(contact) == [[cast.dora.pk]]
    note = Note.objects.get(contact=contact)
    client.post(link("contacts:note_edit", contact.pk, note.pk), {"body": body + " Again @dora doe."}, headers=AJAX)
    assert mentions(contact) == [[cast.dora.pk]]
    activity = client.get(link("contacts:activity", contact.pk), headers=AJAX).content.decode()
    assert "Mentioned Dora Doe in a note" in activity


def test_a_mention_calls_only_those_who_see_the_contact_and_never_the_writer(cast, as_):
    contact = make.contact("Ann")
    make.note(contact, "@Bob Brown @Alice Adams @Charlie @Nobody Here @")
    assert mentions(contact) == []
    contact.follow([cast.bob.pk])
    make.note(contact, f"@{cast.bob.email} look")
    assert mentions(contact) == [[cast.bob.pk]]


def test_a_name_that_two_people_have_means_nobody_and_the_longer_of_two_names_wins(cast):
    for last_name in ("Doe", "Doerr"):
        twin = people.user(cast.company, "Dora", last_name=last_name, email=f"{last_name.lower()}2@acme.example")
        people.membership(twin, cast.location, "user")
    contact = make.contact("Ann")
    make.note(contact, "@Dora Doe")
    assert mentions(contact) == []
    make.note(contact, "@Dora Doerr")
    assert mentions(contact) == [[twin.pk]]


def test_formatting_of_the_toolbar_is_kept_and_shown(cast, browse):
    contact = make.contact("Ann")
    body = '<p><b>Bold</b> <i>it</i></p><ul><li>one</li></ul><blockquote>said</blockquote><a href="https://x.example">x</a>'
    client = browse(cast.alice)
    page = client.post(link("contacts:note_add", contact.pk), {"body": body}, headers=AJAX).content.decode()
    for piece in ("<b>Bold</b>", "<ul><li>one</li></ul>", "<blockquote>said</blockquote>", 'href="https://x.example"'):
        assert piece in page
    assert "<rich-text" in page
