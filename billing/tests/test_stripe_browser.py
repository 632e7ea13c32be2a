"""Paying with Stripe in a real browser: forms of ours lead to its pages and back, and no script of theirs is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from copy import deepcopy

import pytest
from django.test import Client

from billing import plans, trials
from billing.models import Invoice
from billing.tests import make
from core.pages import link
from hoopai.tests.browsing import Visit


@pytest.fixture
def visit(chromium, live_server, cast, our_stripe, settings):
    """Alice at a browser; our Stripe's address stands where Stripe's do in the policy."""
    policy = deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["form-action"] += [our_stripe.url]
    settings.CONTENT_SECURITY_POLICY = policy
    settings.BASE_URL = live_server.url
    make.over_no_limit(cast)
    client = Client()
    client.force_login(cast.alice)
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(60_000)
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_server.url}])
    yield Visit(context.new_page(), live_server.url)
    context.close()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_person_adds_a_card_and_buys_a_plan_that_their_bank_wants_confirmed(cast, visit, our_stripe):
    trials.start(cast.company, plans.named("professional"))
    page = visit.page
    visit.open(link("settings:billing_methods"))
    page.get_by_role("button", name="Add a card").click()
    page.wait_for_url(f"{our_stripe.url}/pay/*")
    page.get_by_role("link", name="Back").click()
    page.get_by_text("No card was added").wait_for()
    page.get_by_role("button", name="Add a card").click()
    page.wait_for_url(f"{our_stripe.url}/pay/*")
    page.get_by_label("Card number").fill("4000 0027 6000 3184")
    page.get_by_role("button", name="Save card").click()
    page.wait_for_url("**/billing/methods")
    page.get_by_text("Visa ending 3184 is saved").wait_for()
    findings = visit.check_both()
    visit.open(link("settings:billing_offer") + "?plan=professional")
    page.locator("form[action$='/take'] button").first.click()
    page.wait_for_url(f"{our_stripe.url}/3ds/*")
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/billing/invoices/*")
    findings += visit.check_both()
    assert Invoice.objects.get().state == "paid" and make.of(cast.company).state == "active"
    assert not findings and not visit.complaints


def test_with_stripe_forms_may_lead_to_its_pages_and_keys_may_come_from_files(tmp_path):
    (tmp_path / "key").write_text("sk_test_from_a_file\n")
    (tmp_path / "secret").write_text("whsec_one,whsec_two\n")
    given = {
        "PAYMENT_GATEWAY": "stripe",
        "STRIPE_SECRET_KEY_FILE": str(tmp_path / "key"),
        "STRIPE_WEBHOOK_SECRET_FILE": str(tmp_path / "secret"),
    }
    ask = (
        "import json; from hoopai import settings as s;"
        "print(json.dumps([s.STRIPE_SECRET_KEY, s.STRIPE_WEBHOOK_SECRET, s.STRIPE_API_BASE,"
        "s.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'], s.CONTENT_SECURITY_POLICY['DIRECTIVES']['script-src']]))"
    )

    def asked(more: dict[str, str]) -> list[object]:
        done = subprocess.run(
            [sys.executable, "-c", ask], env=os.environ | more, capture_output=True, text=True, check=True
        )
        found: list[object] = json.loads(done.stdout)
        return found

    own, hosts = "'self'", ["https://checkout.stripe.com", "https://hooks.stripe.com"]
    wanted = ["sk_test_from_a_file", ["whsec_one", "whsec_two"], "https://api.stripe.com", [own, *hosts], [own]]
    assert asked(given) == wanted
    assert asked({})[3] == [own]
