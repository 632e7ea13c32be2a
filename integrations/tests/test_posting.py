"""What a channel is told: which happenings, in which words, and never twice."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from accounts import standing
from contacts.models import Contact
from contacts.tests import make
from core import access, clock
from core.pages import link
from integrations import queueing, sending, states, tasks
from integrations.models import Connection, Line, Mapping, Post
from integrations.tests.conftest import put
from journal.models import Entry
from journal.tasks import hand_over
from journal.writing import write_selected
from objects.models import CustomValue
from opportunities.tests import make as deals

WON = "Won: {{deal.name}} for {{deal.value}} by {{deal.owner}} ({{deal.pipeline}}), {{contact.name}}"
OK = b'{"ok":true}'


def said(answer) -> str:
    return answer.content.decode()


def test_a_new_contact_is_posted_to_its_channel_within_the_next_turn(cast, slack, mapping, deliver):
    make.contact("Maya", last_name="Ng")
    assert deliver() == ["sent"]
    assert slack.posts == [{"channel": "C02", "text": "Hello Maya Ng", "unfurl_links": "false"}]
    assert deliver() == ["sent"] and len(slack.posts) == 1
    line = Line.objects.first()
    assert line.what == "called" and line.text == "New contact to #sales"


def test_a_won_deal_is_posted_whether_it_was_won_later_or_at_once(cast, slack, connection, deliver):
    put(connection, "deal_won", "C01", "general", WON)
    deal = deals.opportunity("Website", value=5200, contact=make.contact("Maya"), assigned_to=cast.dora)
    assert deliver() == []
    deal.set_status("lost")
    assert deliver() == []
    deal.set_status("won")
    assert deliver() == ["sent"]
    deals.opportunity("Logo", status="won", contact=make.contact("Jo"))
    assert deliver() == ["sent", "sent"]
    assert slack.texts[0] == "Won: Website for $5,200 by Dora Doe (Sales), Maya"
    assert slack.texts[1] == "Won: Logo for $0 by nobody (Sales), Jo"


def test_both_presets_have_words_to_begin_with_that_fill_in_whole(cast, page, slack, connection, deliver, settings):
    for happening, channel in (("contact_added", "C01"), ("deal_won", "C02")):
        url = link("settings:integration_message", "slack", happening)
        shown = page.get(url)
        assert "#general" in said(shown) and "#sales" in said(shown)
        page.post(url, {"channel": channel, "template": shown.context["form"]["template"].value(), "is_on": "on"})
    contact = make.contact("Maya", email="maya@example.com")
    deals.opportunity("Website", status="won", contact=contact)
    deliver()
    person, deal = slack.texts
    url = settings.BASE_URL + link("contacts:show", contact.pk)
    assert person == f"*New contact:* Maya maya@example.com\n<{url}|Maya>"
    assert deal.startswith("*Won:* Website for $0, Maya (owner: nobody)\n<") and deal.endswith("|Website>")


def test_what_strangers_typed_makes_no_mention_no_link_and_no_merge_tag(cast, slack, mapping, deliver):
    make.contact("<!channel> & <https://evil.example|here>", last_name="{{custom_values.secret}}")
    CustomValue.record_new(name="Secret", key="secret", value="hidden")
    deliver()
    (text,) = slack.texts
    assert text == "Hello &lt;!channel&gt; &amp; &lt;https://evil.example|here&gt; {{custom_values.secret}}"


def test_a_message_is_written_with_a_channel_and_words_or_not_at_all(cast, page, slack, connection):
    url = link("settings:integration_message", "slack", "contact_added")
    for values, words in (
        ({"channel": "", "template": "Hi", "is_on": "on"}, "Choose the channel"),
        ({"channel": "C99", "template": "Hi", "is_on": "on"}, "Select a valid choice"),
        ({"channel": "C01", "template": "", "is_on": "on"}, "This field is required"),
        ({"channel": "C01", "template": "x" * 2001, "is_on": "on"}, "at most 2000"),
    ):
        answer = page.post(url, values)
        assert answer.status_code == 422 and words in said(answer), words
    assert not Mapping.objects.exists()
    page.post(url, {"channel": "C01", "template": "Hi {{contact.name}}"})
    row = Mapping.objects.get()
    assert (row.channel_name, row.is_on) == ("general", False)
    assert Entry.objects.filter(verb="integration_mapping.created").count() == 1


def test_a_channel_list_that_cannot_be_read_leaves_the_chosen_one(cast, page, slack, mapping):
    slack.answers["conversations.list"] = [(503, {}, b"")]
    shown = said(page.get(link("settings:integration_message", "slack", "contact_added")))
    assert "The channels cannot be read now." in shown and "#sales" in shown and "#general" not in shown


def test_a_message_that_is_switched_off_says_nothing(cast, slack, mapping, deliver):
    Mapping.put(mapping.connection, "contact_added", channel_id="C02", channel_name="sales", template="Hi", is_on=False)
    make.contact("Maya")
    assert deliver() == [] and not slack.posts


def test_contacts_of_another_tenant_are_told_to_nobody(cast, slack, mapping, deliver, as_):
    with as_(cast.charlie, cast.globex_location):
        make.contact("Xavier")
    assert deliver() == [] and not slack.posts


def test_a_test_posts_somebody_made_up_and_says_where_it_is(cast, page, slack, mapping):
    put(mapping.connection, "deal_won", "C01", "general", WON)
    for happening in ("contact_added", "deal_won"):
        answer = page.post(link("settings:integration_test", "slack", happening), follow=True)
        assert "A test is in #" in said(answer)
    assert [post["channel"] for post in slack.posts] == ["C02", "C01"]
    assert slack.texts == [
        "_A test from HoopAI:_ Hello Ann Example",
        "_A test from HoopAI:_ Won: Website for Example Ltd for $5,200 by Erin Example (Sales), Ann Example",
    ]
    assert not Contact.objects.exists() and not Post.objects.exists()


def test_a_test_that_fails_says_why(cast, page, slack, mapping):
    slack.answers["chat.postMessage"] = [(503, {}, b"")]
    answer = page.post(link("settings:integration_test", "slack", "contact_added"), follow=True)
    assert "The test did not arrive. Slack answered 503." in said(answer)
    assert Line.objects.first().what == "failed"


def test_many_at_once_are_one_message_with_a_number(cast, slack, mapping, deliver):
    for number in range(8):
        make.contact(f"Maya {number}")
    assert deliver() == ["waiting"] and not slack.posts
    for number in range(7):
        make.contact(f"Noah {number}")
    deliver()
    with clock.moved(dt.timedelta(minutes=2)):
        assert deliver() == ["sent"]
    (text,) = slack.texts
    assert text.startswith("*15 new contacts*\n<") and link("contacts:list") in text


def test_what_an_import_writes_in_one_statement_is_one_message(cast, slack, mapping, deliver):
    for number in range(600):
        make.contact(f"Maya {number}", email=f"m{number}@example.com")
    Entry.objects.all().update(handed_over_at=clock.now())
    select = """SELECT id AS subject_id, id AS contact_id, '{}'::jsonb AS changes, '{}'::jsonb AS facts
        FROM contacts_contact WHERE location_id = %s"""
    write_selected("contact.created", "contact", select, [cast.location.pk])
    deliver()
    with clock.moved(dt.timedelta(minutes=2)):
        deliver()
    assert [text.splitlines()[0] for text in slack.texts] == ["*600 new contacts*"]


def test_what_comes_faster_than_twenty_a_minute_is_told_as_a_number(cast, slack, mapping, deliver):
    for number in range(22):
        make.contact(f"Maya {number}")
        hand_over()
    with clock.moved(dt.timedelta(minutes=2)):
        deliver()
    assert len(slack.texts) == 21 and slack.texts[-1].startswith("*2 new contacts*")


def test_an_entry_that_is_read_again_is_not_told_again(cast, slack, mapping, deliver):
    for number in range(8):
        make.contact(f"Maya {number}")
    deliver()
    make.contact("Noah")
    deliver()
    entries = list(Entry.objects.filter(verb="contact.created").order_by("pk"))
    assert queueing.queue_up(entries[:8]) == 0 and queueing.queue_up(entries[8:]) == 0
    assert list(Post.objects.order_by("pk").values_list("count", flat=True)) == [8, 1]
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.create(mapping=mapping, entry_id=entries[0].pk, text="again")


def test_a_worker_that_dies_while_sending_sends_nothing_twice(cast, slack, mapping, deliver):
    make.contact("Maya")
    hand_over()
    post = Post.objects.get()
    assert sending._next(mapping.connection) == post  # and here the worker is killed
    assert deliver() == ["sending"]
    with clock.moved(dt.timedelta(minutes=6)):
        assert deliver() == ["unclear"] and deliver() == ["unclear"]
    assert not slack.posts


@pytest.mark.parametrize(
    "answer", [(503, {}, b"down"), (200, {}, b'{"ok":false,"error":"fatal_error"}'), (200, {}, b"<")]
)
def test_an_answer_that_leaves_it_open_is_never_sent_again(cast, slack, mapping, deliver, answer):
    slack.after["chat.postMessage"] = answer  # it was posted, and then something broke
    make.contact("Maya")
    assert deliver() == ["unclear"]
    del slack.after["chat.postMessage"]
    with clock.moved(dt.timedelta(minutes=5)):
        assert deliver() == ["unclear"]
    assert len(slack.posts) == 1 and "may have arrived" in Line.objects.first().text
    assert Connection.objects.get().state == states.CONNECTED


def test_an_answer_that_does_not_come_in_time_is_waited_for_no_longer_and_nothing_is_sent_twice(
    cast, slack, mapping, deliver, monkeypatch
):
    monkeypatch.setattr("integrations.slack.TIMEOUT", 1.0)
    slack.slow.add("chat.postMessage")
    make.contact("Maya")
    assert deliver() == ["unclear"]
    slack.slow.clear()
    with clock.moved(dt.timedelta(minutes=5)):
        assert deliver() == ["unclear"]
    assert len(slack.posts) == 1


def test_a_slack_that_is_away_delays_messages_and_loses_none(cast, slack, mapping, deliver):
    slack.answers["auth.test"] = [(502, {}, b"")] * 2
    make.contact("Maya")
    assert deliver() == ["waiting"] and "chat.postMessage" not in slack.calls
    assert "502" in Connection.objects.get().last_error
    with clock.moved(dt.timedelta(minutes=2)):
        assert deliver() == ["waiting"]
    with clock.moved(dt.timedelta(minutes=4)):
        assert deliver() == ["sent"]
    assert slack.texts == ["Hello Maya"]


def test_an_address_that_nobody_listens_at_is_no_answer(cast, slack, mapping, deliver, settings):
    settings.HTTP_PRIVATE_ADDRESSES = []
    make.contact("Maya")
    assert deliver() == ["waiting"] and "not a public address" in Connection.objects.get().last_error
    assert "chat.postMessage" not in slack.calls


@pytest.mark.parametrize("method", ["chat.postMessage", "auth.test"])
def test_slack_asks_for_a_pause_and_gets_it(cast, slack, mapping, deliver, method):
    slack.answers[method] = [(429, {"Retry-After": "300"}, b"")]
    make.contact("Maya")
    make.contact("Noah")
    assert deliver() == ["waiting", "waiting"]
    with clock.moved(dt.timedelta(seconds=290)):
        assert deliver() == ["waiting", "waiting"] and slack.calls.count(method) == 1
    with clock.moved(dt.timedelta(seconds=310)):
        assert deliver() == ["sent", "sent"]
    assert sorted(slack.texts) == ["Hello Maya", "Hello Noah"]


def test_a_message_slack_does_not_take_fails_alone(cast, slack, mapping, deliver):
    slack.answers["chat.postMessage"] = [(200, {}, b'{"ok":false,"error":"msg_too_long"}')]
    make.contact("Maya")
    make.contact("Noah")
    assert deliver() == ["failed", "sent"] and slack.texts == ["Hello Noah"]


@pytest.mark.parametrize("gone", ["archived", "deleted"])
def test_accounts_118_a_channel_that_is_gone_needs_attention_and_another_one_mends_it(
    cast, page, slack, mapping, deliver, gone, mailoutbox
):
    put(mapping.connection, "deal_won", "C01", "general", WON)
    slack.archived.add("C02") if gone == "archived" else slack.channels.pop("C02")
    make.contact("Maya")
    assert deliver() == ["waiting"]
    row = Connection.objects.get()
    assert (row.state, row.trouble) == (states.ATTENTION, states.MAPPING)
    told = said(page.get(link("settings:integration", "slack")))
    assert "Needs attention" in told and "Channel missing" in told
    deals.opportunity("Website", status="won", contact=Contact.objects.get())
    assert deliver() == ["waiting", "sent"]  # the other message goes on
    deliver()
    assert [mail.to for mail in mailoutbox] == [[cast.alice.email]]
    url = link("settings:integration_message", "slack", "contact_added")
    assert "#sales" not in said(page.get(url))
    page.post(url, {"channel": "C01", "template": "Hello {{contact.name}}", "is_on": "on"})
    row.refresh_from_db()
    assert row.state == states.CONNECTED and row.trouble == ""
    assert deliver() == ["sent", "sent"] and slack.posts[-1] == {
        "channel": "C01", "text": "Hello Maya", "unfurl_links": "false"
    }  # fmt: skip


def test_while_read_only_nothing_is_posted_and_what_is_a_day_old_never_is(cast, slack, mapping, deliver):
    make.contact("Maya")
    hand_over()
    standing.set_standing(cast.company, access.READ_ONLY, reason="suspended")
    assert deliver() == ["waiting"] and not slack.posts
    tasks.send_for.run(mapping.connection_id)
    assert not slack.posts
    standing.set_standing(cast.company, access.FULL)
    with clock.moved(dt.timedelta(hours=20)):
        make.contact("Noah")
    with clock.moved(dt.timedelta(hours=25)):
        assert deliver() == ["missed", "sent"]
    assert slack.texts == ["Hello Noah"]


def test_two_workers_do_not_send_for_one_connection_at_a_time(cast, slack, mapping, deliver):
    make.contact("Maya")
    hand_over()
    Connection.objects.note(mapping.connection_id, not_before=clock.now() + sending.LEASE)
    assert deliver() == ["waiting"] and not slack.posts
    with clock.moved(dt.timedelta(minutes=4)):
        assert deliver() == ["sent"]


def test_a_contact_that_is_gone_by_then_is_not_told(cast, slack, mapping, deliver):
    make.contact("Maya").trash()
    assert deliver() == [] and not slack.posts


def test_the_log_is_read_in_pages_and_forgotten_after_thirty_days(cast, page, slack, mapping, deliver):
    for number in range(60):
        Line.write(mapping.connection, "called", f"Line {number}.")
    make.contact("Maya")
    deliver()
    first = page.get(link("settings:integration_log", "slack"))
    assert "Line 59." in said(first) and "Line 5." not in said(first)
    older = page.get(f"{link('settings:integration_log', 'slack')}?before={first.context['older']}")
    assert "Line 5." in said(older) and "Line 59." not in said(older)
    with clock.moved(dt.timedelta(days=29)):
        assert tasks.forget.run() == 0
    with clock.moved(dt.timedelta(days=31)):
        assert tasks.forget.run() == 63
    assert not Line.objects.exists() and not Post.objects.exists()


def test_a_location_that_tells_nobody_costs_an_import_nothing(cast, slack, connection):
    assert queueing.in_use() == []
    assert not Post.objects.exists()


def test_while_read_only_no_message_is_changed_and_no_test_is_sent(cast, page, slack, mapping):
    standing.set_standing(cast.company, access.READ_ONLY, reason="suspended")
    url = link("settings:integration_message", "slack", "contact_added")
    assert "Save" not in said(page.get(url))
    assert page.post(url, {"channel": "C01", "template": "Changed", "is_on": "on"}).status_code == 403
    assert page.post(link("settings:integration_test", "slack", "contact_added")).status_code == 403
    mapping.refresh_from_db()
    assert mapping.channel_id == "C02" and mapping.template == "Hello {{contact.name}}" and not slack.posts


def test_doorways_are_offered_to_those_who_may_go_through(cast, browse, slack):
    cast.dora.memberships.get(location=cast.location).change(granted=["integrations.write", "webhooks.write"])
    told = said(browse(cast.dora).get(link("settings:integrations")))
    assert "Manage webhooks" in told and "Make a token" not in told
