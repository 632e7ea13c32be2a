"""Connecting a location to Slack, and everything that can go wrong on the way there and back."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import IntegrityError, transaction
from django.db import connection as database

from accounts import standing
from accounts.tests import make
from core import access, clock, scope
from core.errors import Refused
from core.pages import link
from integrations import states, tasks
from integrations.models import Connection, Line, Mapping, Revocation
from integrations.tests.conftest import back, put
from journal.models import Entry
from journal.recorded import quietly


def said(answer) -> str:
    return answer.content.decode()


def test_without_credentials_the_card_says_so_and_everything_else_works(cast, page):
    told = said(page.get(link("settings:integrations")))
    assert "Not configured by the operator" in told and "Zapier" in told and "Not in this version" in told
    inside = said(page.get(link("settings:integration", "slack")))
    assert "SLACK_CLIENT_ID" in inside and "Connect</" not in inside
    answer = page.post(link("settings:integration_connect", "slack"), follow=True)
    assert "not configured by the operator" in said(answer) and not Connection.objects.exists()


def test_every_card_without_a_connection_leads_to_a_page_that_works(cast, page):
    for name in ("settings:private_integrations", "settings:webhooks"):
        assert link(name) in said(page.get(link("settings:integrations")))
        assert page.get(link(name)).status_code == 200


def test_somebody_connects_and_the_access_is_kept_sealed(cast, page, slack, connect):
    assert "Not connected" in said(page.get(link("settings:integrations")))
    answer = connect(page)
    assert answer["Location"] == link("settings:integration", "slack")
    row = Connection.objects.get()
    (token,) = slack.tokens
    assert row.state == states.CONNECTED and row.account_name == "Acme Workspace" and row.connected_by == cast.alice
    assert row.secret.access == token and row.secret.refresh == slack.tokens[token].refresh
    with database.cursor() as cursor:
        cursor.execute("SELECT connection::text FROM integrations_connection AS connection")
        assert token not in cursor.fetchone()[0]
    assert not [entry for entry in Entry.objects.all() if token in str(entry.changes) + str(entry.facts)]
    told = said(page.get(answer["Location"]))
    assert "Acme Workspace" in told and "by Alice Adams" in told and "Connected to Acme Workspace." in told
    assert token not in told


def test_the_way_out_carries_a_state_and_a_challenge_and_the_page_may_lead_there(cast, page, slack):
    shown = page.get(link("settings:integration", "slack"))
    assert f"form-action 'self' {slack.url}" in shown["Content-Security-Policy"]
    asked = parse_qs(urlsplit(page.post(link("settings:integration_connect", "slack"))["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"] and len(asked["state"][0]) > 40
    row = Connection.objects.get()
    assert row.state == states.CONNECTING and asked["state"][0] not in row.handshake
    assert "Finish in the window" in said(page.get(link("settings:integration", "slack")))


def test_a_code_without_the_verifier_of_its_attempt_is_worth_nothing(cast, page, slack):
    stolen = back(slack.allow(page.post(link("settings:integration_connect", "slack"))["Location"]))
    first = parse_qs(urlsplit(stolen).query)
    own = parse_qs(urlsplit(page.post(link("settings:integration_connect", "slack"))["Location"]).query)
    mixed = page.get(f"{stolen.split('?')[0]}?code={first['code'][0]}&state={own['state'][0]}", follow=True)
    assert "invalid_code_verifier" in said(mixed)
    assert Connection.objects.get().state == states.DISCONNECTED and not slack.tokens


def test_the_answer_is_taken_once_and_only_from_whoever_asked(cast, page, slack, browse):
    url = back(slack.allow(page.post(link("settings:integration_connect", "slack"))["Location"]))
    for stranger in (cast.charlie, cast.dora):
        assert browse(stranger).get(url).status_code == 404
    assert page.get(url.replace("state=", "state=x")).status_code == 404
    assert page.get(url.split("?")[0]).status_code == 404
    assert Connection.objects.get().state == states.CONNECTING and not slack.tokens
    assert page.get(url).status_code == 302 and len(slack.tokens) == 1
    assert page.get(url).status_code == 404 and len(slack.tokens) == 1


def test_who_may_no_longer_connect_things_when_they_come_back_is_refused(cast, page, slack):
    url = back(slack.allow(page.post(link("settings:integration_connect", "slack"))["Location"]))
    cast.alice.memberships.get(location=cast.location).change(role="user")
    assert page.get(url).status_code == 403
    assert Connection.objects.get().state == states.CONNECTING and not slack.tokens


def test_who_says_no_at_slack_is_told_and_everything_is_as_before(cast, page, slack):
    asked = page.post(link("settings:integration_connect", "slack"))["Location"]
    state = parse_qs(urlsplit(asked).query)["state"][0]
    path = back(parse_qs(urlsplit(asked).query)["redirect_uri"][0])
    answer = page.get(f"{path}?error=access_denied&state={state}", follow=True)
    assert "you did not allow it" in said(answer) and "Not connected" in said(answer)
    assert Connection.objects.get().state == states.DISCONNECTED


@pytest.mark.parametrize(
    "trouble", [(503, {}, b"down"), (429, {"Retry-After": "7"}, b""), (200, {}, b'{"ok":false,"error":"invalid_code"}')]
)
def test_a_slack_that_fails_at_the_last_step_leaves_nothing_behind(cast, page, slack, connect, trouble):
    slack.answers["oauth.v2.access"] = [trouble]
    answer = page.get(connect(page)["Location"])
    assert "Slack is not connected." in said(answer) and "Try again" in said(answer)
    assert Connection.objects.get().state == states.DISCONNECTED
    connect(page)
    assert Connection.objects.get().state == states.CONNECTED


def test_who_never_comes_back_leaves_it_as_it_was(cast, page, slack, connection):
    page.post(link("settings:integration_connect", "slack"))
    assert Connection.objects.get().state == states.CONNECTING
    with clock.moved(dt.timedelta(minutes=9)):
        tasks.give_up.run()
        assert Connection.objects.get().state == states.CONNECTING
    with clock.moved(dt.timedelta(minutes=11)):
        tasks.give_up.run()
    row = Connection.objects.get()
    assert row.state == states.CONNECTED and row.secret.access in slack.tokens
    assert "Nobody came back" in Line.objects.first().text


def test_disconnecting_revokes_at_slack_and_keeps_the_messages(cast, page, slack, mapping):
    dialog = page.get(link("settings:integration_disconnect", "slack"))
    assert "Disconnect Slack?" in said(dialog) and slack.tokens
    answer = page.post(link("settings:integration_disconnect", "slack"), follow=True)
    row = Connection.objects.get()
    assert "Disconnected" in said(answer) and row.state == states.DISCONNECTED and row.token == ""
    assert len(slack.tokens) == 1
    tasks.revoke_due.run()
    assert slack.tokens == {} and not Revocation.objects.exists()
    assert Mapping.objects.get().channel_id == "C02"


def test_a_revocation_is_tried_again_and_given_up_after_six_times(cast, page, slack, connection):
    connection.disconnect()
    slack.answers["auth.revoke"] = [(503, {}, b"")] * 6
    for hours in range(0, 50, 1):
        with clock.moved(dt.timedelta(hours=hours)):
            tasks.revoke_due.run()
    assert slack.calls.count("auth.revoke") == 6 and not Revocation.objects.exists()


def test_reconnecting_as_somebody_else_revokes_the_former_access(cast, page, slack, connection, connect):
    before = connection.secret.access
    connect(page)
    tasks.revoke_due.run()
    row = Connection.objects.get()
    assert before not in slack.tokens and list(slack.tokens) == [row.secret.access]


def test_a_connection_stays_but_is_flagged_when_its_person_is_switched_off(cast, page, slack, as_, browse):
    erin = make.user(cast.company, "Erin")
    place = make.membership(erin, cast.location, "admin")
    client = browse(erin)
    url = slack.allow(client.post(link("settings:integration_connect", "slack"))["Location"])
    client.get(back(url))
    assert "works here no more" not in said(page.get(link("settings:integrations")))
    place.change(disabled_at=clock.now())
    for name in (link("settings:integrations"), link("settings:integration", "slack")):
        assert "works here no more" in said(page.get(name))
    assert Connection.objects.get().state == states.CONNECTED


def test_a_cancelled_account_keeps_no_access_at_slack(cast, page, slack, connection, drain):
    with drain():
        standing.set_standing(cast.company, access.READ_ONLY, reason="cancelled")
    assert Connection.objects.get().state == states.DISCONNECTED
    tasks.revoke_due.run()
    assert slack.tokens == {}


def test_an_account_that_is_only_suspended_keeps_its_access(cast, page, slack, connection, drain):
    with drain():
        standing.set_standing(cast.company, access.READ_ONLY, reason="suspended")
    assert Connection.objects.get().state == states.CONNECTED and slack.tokens


def test_while_read_only_it_can_be_disconnected_and_not_connected(cast, page, slack, connection):
    standing.set_standing(cast.company, access.READ_ONLY, reason="suspended")
    shown = said(page.get(link("settings:integration", "slack")))
    assert "Disconnect" in shown and "Reconnect" not in shown
    assert page.post(link("settings:integration_connect", "slack")).status_code == 403
    assert Connection.objects.get().state == states.CONNECTED
    page.post(link("settings:integration_disconnect", "slack"))
    assert Connection.objects.get().state == states.DISCONNECTED


def test_only_those_who_may_connect_things_open_the_pages(cast, browse, slack, connection):
    for person in (cast.bob, cast.dora):
        client = browse(person)
        for name in ("integration", "integration_log", "integration_disconnect"):
            assert client.get(link(f"settings:{name}", "slack")).status_code == 403
        assert client.get(link("settings:integrations")).status_code == 403
        for name in ("integration_connect", "integration_disconnect"):
            assert client.post(link(f"settings:{name}", "slack")).status_code == 403
    assert Connection.objects.get().state == states.CONNECTED


def test_another_tenant_sees_and_ends_nothing_of_it(cast, as_, browse, slack, mapping):
    Line.write(Connection.objects.get(), "failed", "Ours alone")
    with as_(cast.charlie, cast.globex_location):
        client = browse(cast.charlie)
        for name in ("settings:integrations", "settings:integration", "settings:integration_log"):
            url = link(name) if name.endswith("s") else link(name, "slack")
            told = said(client.get(url))
            assert "Acme Workspace" not in told and "Ours alone" not in told
        assert client.get(link("settings:integration_message", "slack", "contact_added")).status_code == 404
        assert client.post(link("settings:integration_test", "slack", "contact_added")).status_code == 404
        assert client.post(link("settings:integration_disconnect", "slack")).status_code == 404
        assert not Connection.objects.exists()
    assert Connection.objects.get().state == states.CONNECTED and not slack.posts


def test_a_provider_or_a_message_that_does_not_exist_is_not_found(cast, page, connection):
    assert page.get(link("settings:integration", "nonsense")).status_code == 404
    assert page.get(link("settings:integration_message", "slack", "nonsense")).status_code == 404
    assert page.get("/account/integrations/nonsense/back").status_code == 404


@pytest.mark.parametrize(
    "values",
    [
        {"state": "nonsense"}, {"token": ""}, {"state": "attention"}, {"state": "disconnected"}, {"trouble": "expired"},
        {"state": "connecting"}, {"handshake": "x"},
    ],
)  # fmt: skip
def test_the_database_holds_what_each_state_needs(cast, connection, values):
    with pytest.raises(IntegrityError), transaction.atomic(), quietly(reason="a test of the constraint"):
        Connection.objects.filter(pk=connection.pk).update(**values)
    connection.refresh_from_db()
    assert connection.state == states.CONNECTED and connection.token


def test_a_location_has_one_connection_to_a_service(cast, connection):
    with pytest.raises(IntegrityError), transaction.atomic(), quietly(reason="a test of the constraint"):
        Connection.objects.create(provider="slack", state=states.DISCONNECTED)
    assert Connection.objects.count() == 1


@pytest.mark.parametrize("state", list(states.STATES))
@pytest.mark.parametrize("event", ["begin", "arrive", "trouble", "mend", "end"])
def test_every_way_between_states_is_in_the_table_or_refused(state, event):
    if (state, event) in states.MOVES:
        assert states.after(state, event) in states.STATES
    else:
        with pytest.raises(Refused, match="cannot be done"):
            states.after(state, event)


def test_connections_of_two_locations_do_not_know_of_each_other(cast, page, slack, connection, connect, as_):
    with as_(cast.alice, cast.elsewhere):
        slack.team = {"id": "T0EAST", "name": "East"}
        connect(page)
        assert Connection.objects.get().account_name == "East"
        put(Connection.objects.get(), "contact_added", "C01", "general", "Hi")
    assert Connection.objects.get().account_name == "Acme Workspace" and not Mapping.objects.exists()
    assert scope.location_id() == cast.location.pk
