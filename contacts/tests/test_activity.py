"""The activity of a contact: kinds, people, days, links and pages of fifty."""

from __future__ import annotations

import datetime as dt

from contacts.tests import make
from core import clock
from core.pages import link

AJAX = {"HX-Request": "true"}


def activity(client, contact, **query):
    return client.get(link("contacts:activity", contact.pk), query, headers=AJAX).content.decode()


def test_several_kinds_at_once_narrow_the_activity(cast, browse):
    contact = make.contact("Ann")
    make.note(contact)
    make.task(contact, "Send the quote")
    contact.tag("vip")
    found = activity(browse(cast.alice), contact, kind=["note", "tag"])
    assert "Wrote a note" in found and "Added the tag vip" in found and "Send the quote" not in found
    assert "2 filters" in found


def test_one_person_s_deeds_and_days_narrow_it_too(cast, browse, as_):
    now = clock.now() - dt.timedelta(days=10)
    with clock.moved(dt.timedelta(days=-10)):
        contact = make.contact("Ann")
        with as_(cast.dora):
            contact.tag("vip")
    contact.tag("late")
    client = browse(cast.alice)
    assert "vip" in activity(client, contact, by=cast.dora.pk)
    assert "Added the tag late" not in activity(client, contact, by=cast.dora.pk)
    until = activity(client, contact, until=(now + dt.timedelta(days=2)).date().isoformat())
    assert "Added the tag vip" in until and "Added the tag late" not in until
    since = activity(client, contact, since=(now + dt.timedelta(days=2)).date().isoformat())
    assert "Added the tag late" in since and "Added the tag vip" not in since
    assert "Nothing like this" in activity(client, contact, kind="job")


def test_what_is_no_day_kind_or_person_narrows_nothing(cast, browse):
    contact = make.contact("Ann")
    for query in ({"since": "soon"}, {"until": "2026-13-40"}, {"kind": "x"}, {"by": "x"}, {"since": "9999-12-31"}):
        assert "Added the contact" in activity(browse(cast.alice), contact, **query)


def test_fifty_entries_a_page_and_each_is_shown_once(cast, browse):
    contact = make.contact("Ann")
    for number in range(60):
        contact.change(city=f"City {number:02}")
    client = browse(cast.alice)
    first = activity(client, contact, kind="change")
    assert first.count("timeline__item") == 50
    older = first.split('class="panel__more" hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert "kind=change" in older
    second = client.get(older, headers=AJAX).content.decode()
    assert second.count("timeline__item") == 11 and "panel__more" not in second


def test_an_entry_leads_to_what_it_tells_of_while_that_exists(cast, browse):
    contact = make.contact("Ann")
    task = make.task(contact, "Send the quote")
    client = browse(cast.alice)
    assert f'href="{link("contacts:show", contact.pk)}?panel=tasks">Added the task' in activity(client, contact)
    task.remove()
    assert '?panel=tasks">Deleted' not in activity(client, contact)


def test_names_that_look_like_markup_stay_text(cast, browse):
    contact = make.contact("Ann")
    contact.tag('a<3 & "b"')
    contact.change(city="<script>1</script>")
    client = browse(cast.alice)
    for page in (activity(client, contact), client.get(link("contacts:show", contact.pk)).content.decode()):
        assert "a<3" not in page and "<script>1" not in page
        assert "dded the tag a&lt;3 &amp; &quot;b&quot;" in page
