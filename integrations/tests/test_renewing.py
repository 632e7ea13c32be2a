"""An access that ends: renewed ahead, tried again, given up, and put right by reconnecting."""

from __future__ import annotations

import datetime as dt

import pytest

from contacts.tests import make
from core import clock
from core.pages import link
from integrations import renewing, states, tasks
from integrations.models import Connection, Line, Mapping
from integrations.tests.conftest import back
from journal.models import Entry

HOUR = dt.timedelta(hours=1)


def said(answer) -> str:
    return answer.content.decode()


def test_an_access_is_renewed_an_hour_ahead_and_not_before(cast, slack, connection):
    before = connection.secret
    with clock.moved(10.9 * HOUR):
        tasks.renew_due.run()
        assert Connection.objects.get().secret == before
    with clock.moved(11.1 * HOUR):
        tasks.renew_due.run()
        row = Connection.objects.get()
        assert row.secret.access != before.access and row.secret.access in slack.tokens
        assert row.expires_at - clock.now() > 11 * HOUR
        tasks.renew_due.run()
    assert slack.calls.count("oauth.v2.access") == 2 and Line.objects.first().what == "refreshed"


def test_messages_go_on_for_days_because_the_access_is_renewed(cast, slack, mapping, deliver):
    for hours in range(0, 72, 6):
        with clock.moved(hours * HOUR):
            tasks.renew_due.run()
            make.contact(f"Maya {hours}")
            deliver()
    assert len(slack.texts) == 12 and Connection.objects.get().state == states.CONNECTED


def test_an_access_without_end_is_never_renewed(cast, page, slack, connect):
    slack.rotates = False
    connect(page)
    with clock.moved(900 * HOUR):
        tasks.renew_due.run()
    row = Connection.objects.get()
    assert row.expires_at is None and row.refresh_at is None and slack.calls.count("oauth.v2.access") == 1


def test_a_renewal_is_done_by_one_worker_only(cast, slack, connection):
    with clock.moved(11.5 * HOUR):
        assert renewing.renew(connection) is True
        stale = Connection.objects.get()
        assert renewing.renew(stale) is False
    assert slack.calls.count("oauth.v2.access") == 2


def test_a_renewal_that_fails_once_is_tried_again_and_nobody_is_bothered(cast, page, slack, connection, mailoutbox):
    slack.answers["oauth.v2.access"] = [(503, {}, b"")]
    with clock.moved(11.1 * HOUR):
        tasks.renew_due.run()
        row = Connection.objects.get()
        assert row.state == states.CONNECTED and row.refresh_tries == 1
        assert "could not be renewed yet" in said(page.get(link("settings:integration", "slack")))
    with clock.moved(11.7 * HOUR):
        tasks.renew_due.run()
    row = Connection.objects.get()
    assert row.refresh_tries == 0 and row.expires_at > clock.now() + 23 * HOUR and not mailoutbox


def test_a_slack_that_asks_for_a_pause_counts_as_no_failure(cast, slack, connection):
    slack.answers["oauth.v2.access"] = [(429, {"Retry-After": "60"}, b"")]
    with clock.moved(11.1 * HOUR):
        tasks.renew_due.run()
        assert Connection.objects.get().refresh_tries == 0
    with clock.moved(11.2 * HOUR):
        tasks.renew_due.run()
    assert Connection.objects.get().secret.access in slack.tokens and slack.calls.count("oauth.v2.access") == 3


def test_accounts_118_an_expired_access_needs_attention_and_reconnecting_keeps_its_mappings(
    cast, browse, slack, mapping, connect, deliver, drain, mailoutbox
):
    slack.answers["oauth.v2.access"] = [(503, {}, b"")] * 9
    tries = []
    for quarter in range(4 * 11, 4 * 48):
        with clock.moved(quarter * HOUR / 4), drain():
            tasks.renew_due.run()
        if slack.calls.count("oauth.v2.access") > len(tries) + 1:
            tries.append(quarter / 4)
    assert len(tries) == 5 and 23.5 <= tries[-1] - tries[0] <= 25
    with clock.moved(36 * HOUR):
        row = Connection.objects.get()
        assert (row.state, row.trouble) == (states.ATTENTION, states.EXPIRED)
        make.contact("Maya")
        assert deliver() == ["waiting"] and not slack.posts
        page = browse(cast.alice)  # the session of the day before is over
        told = said(page.get(link("settings:integrations")))
        assert "Needs attention" in told and "expired" in told
        assert "Reconnect" in said(page.get(link("settings:integration", "slack")))
        assert [mail.to for mail in mailoutbox] == [[cast.alice.email]]
        assert "Slack needs attention at Acme Main" in mailoutbox[0].subject
        assert link("settings:integration", "slack") in mailoutbox[0].body
        slack.answers.clear()
        connect(page)
        row.refresh_from_db()
        assert (row.state, row.trouble) == (states.CONNECTED, "")
        held = Mapping.objects.get()
        assert (held.pk, held.channel_id, held.template) == (mapping.pk, "C02", mapping.template)
        assert deliver() == ["sent"] and slack.texts == ["Hello Maya"]
    assert len(mailoutbox) == 1


def test_accounts_118_disconnecting_first_and_connecting_again_keeps_the_mappings_too(
    cast, page, slack, mapping, connect, deliver
):
    page.post(link("settings:integration_disconnect", "slack"))
    connect(page)
    make.contact("Maya")
    assert deliver() == ["sent"] and slack.posts[0]["channel"] == "C02"
    assert Mapping.objects.get() == mapping


def test_accounts_118_permission_withdrawn_at_slack_needs_attention_at_the_next_message(
    cast, page, slack, mapping, connect, deliver, mailoutbox
):
    slack.tokens.clear()
    make.contact("Maya")
    assert deliver() == ["waiting"]
    row = Connection.objects.get()
    assert (row.state, row.trouble) == (states.ATTENTION, states.WITHDRAWN) and row.refresh_at is None
    deliver()
    assert len(mailoutbox) == 1 and "withdrawn" in mailoutbox[0].body
    connect(page)
    with clock.moved(dt.timedelta(minutes=2)):
        assert deliver() == ["sent"]


def test_a_renewal_that_slack_refuses_for_good_is_not_tried_five_times(cast, slack, connection):
    for held in slack.tokens.values():
        held.refresh = "gone"
    with clock.moved(11.1 * HOUR):
        tasks.renew_due.run()
    row = Connection.objects.get()
    assert (row.state, row.trouble) == (states.ATTENTION, states.WITHDRAWN)
    assert slack.calls.count("oauth.v2.access") == 2


def test_an_access_that_turns_out_expired_is_renewed_on_the_way_to_the_next_message(cast, slack, mapping, deliver):
    next(iter(slack.tokens.values())).ends = clock.now()
    make.contact("Maya")
    assert deliver() == ["sent"] and slack.texts == ["Hello Maya"]
    assert slack.calls.count("oauth.v2.access") == 2


def test_waiting_messages_do_not_hurry_a_renewal_that_fails(cast, slack, mapping, deliver):
    next(iter(slack.tokens.values())).ends = clock.now()
    slack.answers["oauth.v2.access"] = [(503, {}, b"")] * 9
    make.contact("Maya")
    for minutes in range(0, 20, 2):
        with clock.moved(dt.timedelta(minutes=minutes)):
            assert deliver() == ["waiting"]
    row = Connection.objects.get()
    assert row.state == states.CONNECTED and row.refresh_tries == 1


def test_an_access_without_renewal_that_expires_needs_attention(cast, page, slack, connect, deliver):
    slack.rotates = False
    connect(page)
    page.post(
        link("settings:integration_message", "slack", "contact_added"),
        {"channel": "C01", "template": "Hi", "is_on": "on"},
    )
    next(iter(slack.tokens.values())).ends = clock.now()
    make.contact("Maya")
    assert deliver() == ["waiting"]
    assert Connection.objects.get().trouble == states.EXPIRED


def test_another_workspace_keeps_the_words_and_asks_for_new_channels(cast, page, slack, mapping, connect, deliver):
    slack.team = {"id": "T0OTHER", "name": "Other"}
    connect(page)
    row = Connection.objects.get()
    assert (row.state, row.trouble, row.account_name) == (states.ATTENTION, states.MAPPING, "Other")
    held = Mapping.objects.get()
    assert held.channel_id == "" and held.template == mapping.template and held.is_on
    make.contact("Maya")
    assert deliver() == ["waiting"] and not slack.posts
    page.post(
        link("settings:integration_message", "slack", "contact_added"),
        {"channel": "C01", "template": held.template, "is_on": "on"},
    )
    assert Connection.objects.get().state == states.CONNECTED
    assert deliver() == ["sent"]


def test_the_mail_goes_to_the_admins_and_to_whoever_connected_it(cast, slack, browse, deliver, drain, mailoutbox):
    cast.dora.memberships.get(location=cast.location).change(granted=["integrations.write"])
    client = browse(cast.dora)
    client.get(back(slack.allow(client.post(link("settings:integration_connect", "slack"))["Location"])))
    with drain():
        Connection.objects.get().stumble(states.WITHDRAWN, "Slack says token_revoked.")
    deliver()
    assert sorted(mail.to[0] for mail in mailoutbox) == [cast.dora.email]  # alice acted, the others did not
    entry = Entry.objects.get(verb="integration.troubled")
    assert entry.facts["why"] == states.TROUBLES[states.WITHDRAWN]


def test_a_slack_that_cannot_be_reached_is_tried_again_later(cast, slack, connection):
    slack.server.shutdown()
    slack.server.server_close()
    with clock.moved(11.1 * HOUR):
        tasks.renew_due.run()
    row = Connection.objects.get()
    assert row.state == states.CONNECTED and row.refresh_tries == 1 and "did not answer" in row.last_error


@pytest.mark.parametrize("pkce", [True, False])
def test_an_operator_whose_app_at_slack_has_no_pkce_switches_it_off(cast, page, slack, settings, pkce):
    settings.SLACK_PKCE = pkce
    left = page.post(link("settings:integration_connect", "slack"))["Location"]
    assert ("code_challenge" in left) is pkce
    page.get(back(slack.allow(left)))
    assert Connection.objects.get().state == states.CONNECTED
