"""The list of first steps: each is ticked by its own test, and the card that counts them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import invitations
from accounts.tests import make
from accounts.tests.factors import enrol
from billing import plans, trials
from billing.subscribing import subscribe
from billing.tests import make as bills
from contacts.tests.make import contact
from core import clock
from core.pages import link
from domains.tests import make as domains
from integrations.models import Connection
from integrations.providers import SLACK
from integrations.tokens import Token
from objects.models import CustomField
from onboarding import checklist, standing
from opportunities import pipelines


@pytest.fixture
def trial(cast):
    trials.start(cast.company, plans.named("professional"))
    cast.company.change(owner=cast.alice)
    return cast


def done(user):
    return {item.step.key for item in checklist.of(user).items if item.is_done}


def fill_profile(cast):
    cast.location.change(email="a@acme.example", phone="+12025550123", address="Main 1", city="Boston")


DEEDS = {
    "profile": fill_profile,
    "domain": lambda cast: domains.active(),
    "contacts": lambda cast: contact("Maya"),
    "second_step": lambda cast: enrol(cast.alice),
    "fields": lambda cast: CustomField.record_new(name="Shoe size", key="shoe_size"),
    "pipeline": lambda cast: pipelines.add_sample(),
    "plan": lambda cast: subscribe(cast.company, plans.named("starter")),
}


@pytest.mark.parametrize("key", DEEDS)
def test_accounts_109_a_step_is_ticked_by_its_own_test_and_no_other(trial, key):
    before = done(trial.alice)
    assert key not in before
    DEEDS[key](trial)
    trial.location.refresh_from_db()
    assert done(trial.alice) - before == {key}


def test_accounts_109_the_team_step_is_done_with_an_invitation_or_a_second_person(cast, as_):
    lonely = make.location(cast.company, "New")
    make.membership(cast.alice, lonely, "admin")
    with as_(cast.alice, lonely):
        assert "team" not in done(cast.alice)
        invitations.invite("bea@nord.example", "user")
        assert "team" in done(cast.alice)


def test_accounts_109_the_step_of_integrations_is_done_with_the_first_that_is_connected(trial, settings):
    assert "integrations" not in {step.key for step in checklist.steps()}  # nothing can be connected here
    settings.SLACK_CLIENT_ID, settings.SLACK_CLIENT_SECRET = "1.2", "secret"
    row, _ = Connection.begin(SLACK, trial.alice, "verifier")
    assert "integrations" in {step.key for step in checklist.steps()} and "integrations" not in done(trial.alice)
    before = done(trial.alice)
    row.arrive(Token("xoxb-1"), "T01", "Acme Workspace")
    assert done(trial.alice) - before == {"integrations"}
    row.disconnect()
    assert "integrations" not in done(trial.alice)


def test_half_a_profile_is_none(trial):
    trial.location.change(email="a@acme.example", phone="+12025550123")
    assert "profile" not in done(trial.alice)


def test_choosing_a_plan_is_a_step_only_where_there_was_a_trial(cast):
    assert "plan" not in {step.key for step in checklist.steps()}


def test_users_see_the_short_list(trial, as_):
    with as_(trial.dora):
        assert [step.key for step in checklist.steps()] == ["own_profile", "own_alerts"]
        trial.dora.change(phone="+12025550199")
        assert done(trial.dora) == {"own_profile"}


def test_a_step_opens_again_within_thirty_days_and_not_later(trial):
    made = contact("Maya")
    assert "contacts" in done(trial.alice)
    made.trash()
    assert "contacts" not in done(trial.alice)
    made.restore()
    assert "contacts" in done(trial.alice)
    with clock.moved(dt.timedelta(days=31)):
        made.trash()
        assert "contacts" in done(trial.alice)


def test_a_step_can_be_skipped_and_taken_up_again(trial, browse):
    client = browse(trial.alice)
    client.post(link("onboarding:skip"), {"step": "team"})
    client.post(link("onboarding:skip"), {"step": "fields"})
    found = {item.step.key: item for item in checklist.of(trial.alice).items}
    assert found["fields"].is_skipped and not found["fields"].is_open
    assert b"Take up again" in client.get(link("onboarding:start")).content
    client.post(link("onboarding:skip"), {"step": "fields"})
    assert {item.step.key: item for item in checklist.of(trial.alice).items}["fields"].is_open
    assert client.post(link("onboarding:skip"), {"step": "nothing"}).status_code == 404


def test_skipping_is_ones_own(trial, as_, browse):
    browse(trial.alice).post(link("onboarding:skip"), {"step": "fields"})
    other = make.user(trial.company, "Eve")
    make.membership(other, trial.location, "admin")
    with as_(other):
        assert all(not item.is_skipped for item in checklist.of(other).items)


def card(client, address):
    return client.get(address, headers={"HX-Request": "true"})


def test_the_card_counts_the_steps_until_it_is_dismissed(trial, browse):
    client = browse(trial.alice)
    address = link("onboarding:card")
    page = link("contacts:list")
    assert address in client.get(page).content.decode()
    assert f"of {len(checklist.steps())}".encode() in card(client, address).content
    client.post(link("onboarding:dismiss"))
    assert card(client, address).content == b""
    assert address not in client.get(page).content.decode()
    again = browse(trial.alice)
    card(again, address)
    assert address not in again.get(page).content.decode()


def test_accounts_nobody_signed_up_for_have_no_card_and_no_banner(cast, browse):
    page = browse(cast.alice).get(link("contacts:list")).content.decode()
    assert link("onboarding:card") not in page and "strip--warn" not in page


def test_the_banner_counts_days_and_warns_in_the_last_three(trial, browse):
    client = browse(trial.alice)

    def strip():
        page = client.get(link("contacts:list"))
        return page.context["trial"], page.content.decode()

    found, text = strip()
    assert (found["left"], found["is_urgent"]) == (14, False) and "14 days left" in text and "Choose a plan" in text
    bills.wait(trial.company, 10.5)
    assert (strip()[0]["left"], strip()[0]["is_urgent"]) == (4, False)
    bills.wait(trial.company, 0.6)
    found, text = strip()
    assert (found["left"], found["is_urgent"]) == (3, True) and "strip--warn" in text
    bills.wait(trial.company, 3)
    found, text = strip()
    assert found is None and "Read only" in text


def test_only_who_may_pay_is_offered_a_plan(trial, browse):
    page = browse(trial.dora).get(link("contacts:list")).content.decode()
    assert "14 days left" in page and "Choose a plan" not in page


def test_the_banner_costs_no_query_of_its_own(cast, browse, django_assert_num_queries):
    client = browse(cast.alice)
    client.get(link("onboarding:start"))
    with CaptureQueriesContext(connection) as before:
        client.get(link("contacts:list"))
    trials.start(cast.company, plans.named("professional"))
    with django_assert_num_queries(len(before)):
        client.get(link("contacts:list"))
    assert standing.LAST_DAYS == 3


def test_an_operator_extends_a_trial_once_by_fourteen_days_at_most(trial, browse):
    operator = make.user(None, "Olga", is_staff=True)
    client = browse(operator)
    row = bills.of(trial.company)
    asked = {"action": "extend_trial", "_selected_action": [row.pk]}
    for _ in range(2):
        client.post("/admin/billing/subscription/", asked)
    assert bills.of(trial.company).trial_ends_at - row.trial_ends_at == dt.timedelta(days=14)
