"""What the frame of every page says of an unpaid bill, and how a read-only account is led out."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.tests import make as people
from billing import plans, trials
from billing.models import Invoice, Subscription
from billing.tests import make
from core import clock
from core.pages import link


@pytest.fixture
def late(cast):
    """Acme's renewal has failed just now."""
    make.paying(cast.company, then="insufficient_funds")
    make.wait_until_renewal(cast.company)
    return Invoice.objects.get(state="overdue")


def page(client):
    return client.get(link("contacts:businesses")).content.decode()


def day(moment):
    return f"{moment.day} {moment:%B}"


def test_people_with_billing_see_on_every_page_what_failed_and_what_comes(cast, browse, late):
    told = page(browse(cast.alice))
    since = late.overdue_since
    assert f"Payment of $297.00 failed on {day(since)}." in told
    assert f"Next try {day(since + dt.timedelta(days=3))}." in told
    assert f"Service stops on {day(since + dt.timedelta(days=21))}." in told
    assert link("settings:billing_invoice", late.pk) in told and "Pay now" in told and "Update card" in told
    make.wait(cast.company, 7.5)
    assert f"Next try {day(since + dt.timedelta(days=14))}." in page(browse(cast.alice))


def test_others_learn_nothing_until_day_14_and_then_no_more_than_that(cast, browse, late):
    make.wait(cast.company, 13.9)
    assert "Past due" not in page(browse(cast.dora)) and "needs the attention" not in page(browse(cast.dora))
    make.wait(cast.company, 0.2)
    told = page(browse(cast.dora))
    assert "needs the attention of an administrator" in told and "$297" not in told and "Pay now" not in told


def test_the_bar_goes_when_the_bill_is_paid(cast, browse, late):
    make.change_behaviour("succeeds")
    make.wait(cast.company, 3.1)
    assert make.of(cast.company).state == "active"
    assert "Payment of" not in page(browse(cast.alice))


def test_the_bar_costs_one_query_and_none_when_nothing_is_due(cast, browse):
    def asked() -> int:
        client = browse(cast.alice)
        page(client)
        with CaptureQueriesContext(connection) as seen:
            page(client)
        return sum("billing_" in one["sql"] and "accounts_location" not in one["sql"] for one in seen.captured_queries)

    make.paying(cast.company, then="insufficient_funds")
    before = asked()
    make.wait_until_renewal(cast.company)
    assert asked() == before + 1


@pytest.mark.parametrize("how", ["trial_expired", "suspended", "cancelled"])
def test_a_read_only_account_leads_those_with_billing_out_and_others_to_the_owner(cast, browse, how):
    cast.company.change(owner=cast.alice)
    if how == "trial_expired":
        trials.start(cast.company, plans.named("starter"))
        make.wait(cast.company, 14)
    else:
        make.paying(cast.company, then="insufficient_funds")
        make.wait_until_renewal(cast.company)
        if how == "suspended":
            make.wait(cast.company, 22)
        else:
            make.cancel(cast.company)
    assert Subscription.objects.get().state == how
    told = page(browse(cast.alice))
    label, name = {
        "trial_expired": ("Choose a plan", "settings:billing_plans"),
        "suspended": ("Pay now", "settings:billing"),
        "cancelled": ("Reactivate", "settings:billing_plans"),
    }[how]
    assert f'href="{link(name)}">{label}<' in told
    if how != "cancelled":  # its users cannot sign in
        told = page(browse(cast.dora))
        assert "Contact Alice" in told and f"mailto:{cast.alice.email}" in told and f">{label}<" not in told


def test_accounts_088_opening_billing_half_an_hour_after_the_last_proof_asks_for_another(cast):
    make.paying(cast.company)
    client = Client()
    client.post("/account/sign-in", {"email": cast.alice.email, "password": people.PASSWORD})
    opened = link("settings:billing")
    with clock.moved(dt.timedelta(minutes=29)):
        assert client.get(opened).status_code == 200
    with clock.moved(dt.timedelta(minutes=31)):
        for name in ("billing", "billing_plans", "billing_invoices", "billing_methods", "billing_address", "wallet"):
            asked = client.get(link(f"settings:{name}"))
            assert asked.status_code == 302 and asked["Location"].startswith("/account/confirm?next="), name
        refused = client.post(link("settings:billing_cancel"), {"word": "CANCEL", "reason": "other"})
        assert refused.status_code == 302 and refused["Location"].startswith("/account/confirm")
        assert make.of(cast.company).state == "active"
        asked = client.get(opened)["Location"]
        assert client.post(asked, {"password": "wrong-password-1"}).status_code != 302
        assert client.get(opened).status_code == 302
        proved = client.post(asked, {"password": people.PASSWORD})
        assert (proved.status_code, proved["Location"]) == (302, opened)
        assert client.get(opened).status_code == 200
    with clock.moved(dt.timedelta(minutes=62)):
        assert client.get(opened).status_code == 302


def test_accounts_088_a_company_whose_clock_was_turned_is_not_asked_for_that(cast, browse):
    make.paying(cast.company)
    client = browse(cast.alice)
    make.wait(cast.company, 5)
    assert client.get(link("settings:billing")).status_code == 200
