"""Add-ons: bought by the days that are left, given up at the period's end, in every plan change and renewal."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.tests import make as people
from billing import add_ons, adding, cancelling, limits, paying, plans, purchasing
from billing.models import AddOn, Attempt, Invoice, SandboxCharge, SubscriptionItem, TaxRate
from billing.offering import Declined
from billing.tests import make
from billing.tests.test_changes import days_in
from contacts import identity
from core import clock
from core.errors import Invalid, NotFound, Refused
from core.pages import link
from journal.models import Entry


@pytest.fixture(autouse=True)
def _fits_the_smallest_plan(cast):
    make.over_no_limit(cast)


def want(company, key: str, quantity: int):
    """What a person does on the page: say how many, look at the offer, take it."""
    return adding.confirm(company.pk, adding.quote(company.pk, key, quantity).token)


def has(company) -> dict[str, int]:
    return {one.key: one.quantity for one in add_ons.items_of(company.pk)}


def lines(invoice: Invoice) -> list[int]:
    return [line.amount_cents for line in invoice.lines.all()]


def verbs() -> list[str]:
    rows = Entry.objects.everywhere(reason="test").filter(verb__startswith="add_on.")
    return list(rows.order_by("pk").values_list("verb", flat=True))


def test_accounts_062_an_add_on_is_prorated_charged_at_once_and_raises_the_limit_in_the_same_moment(cast):
    make.paying(cast.company, "starter")
    days_in(cast.company, 16)
    offer = adding.quote(cast.company.pk, "user", 2)
    assert (offer.kind, offer.total_cents, offer.next_cents) == ("more", 4_500, 9_700 + 9_000)
    assert make.of(cast.company).limits["users"] == 3 and not has(cast.company)
    bought = adding.confirm(cast.company.pk, offer.token)
    assert bought.state == "done" and bought.invoice.purpose == "add_on" and lines(bought.invoice) == [4_500]
    assert SandboxCharge.objects.order_by("pk").last().amount_cents == 4_500
    assert make.of(cast.company).limits["users"] == 5 and limits.limits_of(cast.company.pk)["users"] == 5
    assert make.of(cast.company).limits["contacts"] == 5_000, "no other row moved"
    make.wait_until_renewal(cast.company)
    renewal = Invoice.objects.get(purpose="renewal")
    assert lines(renewal) == [9_700, 9_000] and renewal.lines.all()[1].text == "Extra user × 2"


def test_accounts_062_given_up_it_goes_on_to_the_cycles_end_without_refund(cast):
    make.paying(cast.company, "starter")
    want(cast.company, "user", 3)
    bills = Invoice.objects.count()
    offer = adding.quote(cast.company.pk, "user", 1)
    assert (offer.kind, offer.total_cents, offer.next_cents) == ("fewer", 0, 9_700 + 4_500)
    assert adding.confirm(cast.company.pk, offer.token).state == "scheduled"
    assert make.of(cast.company).limits["users"] == 6 and Invoice.objects.count() == bills
    assert make.of(cast.company).credit_cents == 0
    make.wait_until_renewal(cast.company)
    assert make.of(cast.company).limits["users"] == 4 and has(cast.company) == {"user": 1}
    assert lines(Invoice.objects.get(purpose="renewal")) == [9_700, 4_500]
    want(cast.company, "user", 0)
    make.wait_until_renewal(cast.company)
    assert make.of(cast.company).limits["users"] == 3 and has(cast.company) == {}
    assert lines(Invoice.objects.filter(purpose="renewal").last()) == [9_700]
    assert verbs() == [
        "add_on.added", "add_on.removal_scheduled", "add_on.reduced", "add_on.removal_scheduled", "add_on.ended",
    ]  # fmt: skip


def test_what_was_given_up_can_be_kept_until_the_period_ends(cast):
    make.paying(cast.company, "starter")
    want(cast.company, "contacts", 2)
    want(cast.company, "contacts", 0)
    offer = adding.quote(cast.company.pk, "contacts", 2)
    assert offer.kind == "keep" and offer.total_cents == 0
    adding.confirm(cast.company.pk, offer.token)
    make.wait_until_renewal(cast.company)
    assert make.of(cast.company).limits["contacts"] == 15_000
    assert lines(Invoice.objects.get(purpose="renewal")) == [9_700, 4_000]


def test_more_of_one_that_was_given_up_keeps_it_all(cast):
    make.paying(cast.company, "starter")
    want(cast.company, "location", 2)
    want(cast.company, "location", 1)
    assert lines(want(cast.company, "location", 3).invoice) == [4_900]
    make.wait_until_renewal(cast.company)
    assert has(cast.company) == {"location": 3}


def test_a_removal_that_leaves_too_little_is_refused_with_what_to_free(cast):
    make.paying(cast.company, "starter")
    want(cast.company, "user", 2)
    for number in range(3):
        people.user(cast.company, f"Person{number}", agency_role="user")
    used = limits.COUNTED["users"].count(cast.company.pk)
    assert used > 3
    with pytest.raises(adding.StillUsed, match=f"Users: {used} in use, 3 left") as refused:
        want(cast.company, "user", 0)
    assert refused.value.extra["blockers"] == [{"meter": "users", "used": used, "limit": 3}]
    assert SubscriptionItem.objects.get().next_quantity is None and make.of(cast.company).limits["users"] == 5


def test_contacts_beyond_what_is_left_are_kept_and_only_adding_is_refused(cast):
    make.paying(cast.company, "starter")
    make.of(cast.company).override(contacts=1)
    want(cast.company, "contacts", 1)
    for name in ("Ann", "Ben", "Cleo"):
        identity.add(first_name=name)
    assert limits.limits_of(cast.company.pk)["contacts"] == 5_001
    offer = adding.quote(cast.company.pk, "contacts", 0)
    assert not offer.blockers and [one.name for one in offer.over] == ["contacts"]
    adding.confirm(cast.company.pk, offer.token)
    make.wait_until_renewal(cast.company)
    assert limits.room("contacts") == 0
    with pytest.raises(limits.LimitReached):
        identity.add(first_name="Dan")
    assert identity.Contact.objects.count() == 3


def test_a_declined_card_leaves_no_add_on_and_no_open_invoice(cast):
    make.paying(cast.company, "starter", then="insufficient_funds")
    with pytest.raises(Declined, match="insufficient funds"):
        want(cast.company, "user", 1)
    assert not has(cast.company) and make.of(cast.company).limits["users"] == 3
    assert not Invoice.objects.filter(state__in=["open", "overdue", "draft"]).exists()


def test_an_add_on_waits_for_the_banks_confirmation_and_blocks_other_purchases_so_long(cast):
    make.paying(cast.company, "starter", then="confirms")
    bought = want(cast.company, "user", 1)
    assert bought.state == "needs_action" and bought.url and not has(cast.company)
    with pytest.raises(paying.PaymentInProgress):
        make.buy(cast.company, "professional")
    attempt = bought.invoice.attempts.get()
    for _ in range(2):
        paying.settle(attempt.pk, cast.company.pk, paying.Outcome("succeeded", attempt.reference))
    assert has(cast.company) == {"user": 1} and make.of(cast.company).limits["users"] == 4


def test_an_offer_is_taken_once_and_by_its_own_company_and_in_its_time(cast):
    make.paying(cast.company, "starter")
    token = adding.quote(cast.company.pk, "user", 1).token
    make.trials.start(cast.globex, plans.named("starter"))
    with pytest.raises(Refused, match="not known"):
        adding.confirm(cast.globex.pk, token)
    with clock.moved(dt.timedelta(minutes=11)), pytest.raises(Refused, match="10 minutes"):
        adding.confirm(cast.company.pk, token)
    adding.confirm(cast.company.pk, token)
    with pytest.raises(Refused, match="changed"):
        adding.confirm(cast.company.pk, token)
    assert has(cast.company) == {"user": 1} and Invoice.objects.filter(purpose="add_on").count() == 1
    with pytest.raises(Refused, match="not of an add-on"):
        adding.confirm(cast.company.pk, purchasing.quote(cast.company.pk, plans.named("enterprise"), "month").token)


@pytest.mark.parametrize(
    ("key", "quantity", "error", "words"),
    [
        ("user", -1, Invalid, "from 0 to 1,000"),
        ("user", 1_001, Invalid, "from 0 to 1,000"),
        ("hipaa", 1, Refused, "Starter plan does not sell"),
        ("gold", 1, NotFound, "no such add-on"),
    ],
)
def test_what_is_not_sold_is_refused(cast, key, quantity, error, words):
    make.paying(cast.company, "starter")
    with pytest.raises(error, match=words):
        adding.quote(cast.company.pk, key, quantity)
    assert not has(cast.company)


def test_add_ons_come_with_a_paid_plan_only(cast):
    make.trials.start(cast.company, plans.named("professional"))
    with pytest.raises(Refused, match="plan that is paid"):
        adding.quote(cast.company.pk, "user", 1)
    make.trials.start(cast.globex, plans.named("starter"))
    make.paying_now(cast.globex, "starter")
    cancelling.cancel(cast.globex.pk, "other")
    with pytest.raises(Refused, match="Keep it first"):
        adding.quote(cast.globex.pk, "user", 1)


def test_a_late_account_pays_first(cast):
    make.paying(cast.company, "starter", then="card_declined")
    make.wait_until_renewal(cast.company)
    with pytest.raises(Refused, match="Pay the open invoice first"):
        adding.quote(cast.company.pk, "user", 1)


def test_hipaa_is_for_professional_to_buy_and_enterprise_has_it(cast):
    make.paying(cast.company, "professional")
    assert make.of(cast.company).limits["hipaa"] == 0
    assert want(cast.company, "hipaa", 1).invoice.total_cents == 29_700
    assert make.of(cast.company).limits["hipaa"] == 1
    with pytest.raises(Invalid, match="0 to 1"):
        adding.quote(cast.company.pk, "hipaa", 2)
    offer = purchasing.quote(cast.company.pk, plans.named("enterprise"), "month")
    assert offer.ends == ["HIPAA × 1"] and offer.next_cents == 49_700
    make.buy(cast.company, "enterprise")
    assert make.of(cast.company).limits["hipaa"] == 1 and has(cast.company) == {}


def test_an_upgrade_gives_back_the_unused_days_and_charges_the_new_price_of_each_add_on(cast):
    make.paying(cast.company, "starter")
    want(cast.company, "user", 2)
    want(cast.company, "contacts", 1)
    days_in(cast.company, 16)
    bought = make.buy(cast.company, "professional")
    assert lines(bought.invoice) == [-4_850, 14_850, -4_500, 3_500], "what costs the same on both is not mentioned"
    held = make.of(cast.company)
    assert held.limits["users"] == 27 and held.limits["contacts"] == 55_000
    make.wait_until_renewal(cast.company)
    assert lines(Invoice.objects.get(purpose="renewal")) == [29_700, 7_000, 2_000]


def test_monthly_to_annual_begins_a_year_of_the_add_ons_without_what_was_given_up(cast):
    make.paying(cast.company, "starter")
    want(cast.company, "user", 2)
    want(cast.company, "contacts", 1)
    days_in(cast.company, 16)
    want(cast.company, "contacts", 0)
    bought = make.buy(cast.company, "starter", "year")
    assert lines(bought.invoice) == [-4_850, 97_000, -4_500, -1_000, 90_000]
    assert has(cast.company) == {"user": 2} and make.of(cast.company).limits["contacts"] == 5_000
    assert adding.shelf(make.of(cast.company))[0].cents == 45_000
    offer = adding.quote(cast.company.pk, "user", 3)
    assert offer.total_cents == 45_000 and offer.at.year == 2031


def test_a_smaller_plan_counts_the_seats_that_were_bought(cast):
    make.paying(cast.company, "professional")
    for number in range(2):
        people.user(cast.company, f"Person{number}", agency_role="user")
    used = limits.COUNTED["users"].count(cast.company.pk)
    assert used > 3
    with pytest.raises(Refused, match="too small"):
        make.buy(cast.company, "starter")
    want(cast.company, "user", used - 3)
    assert make.buy(cast.company, "starter").state == "scheduled"
    with pytest.raises(adding.StillUsed):
        want(cast.company, "user", 0)
    make.wait_until_renewal(cast.company)
    assert make.of(cast.company).limits["users"] == used
    assert lines(Invoice.objects.get(purpose="renewal")) == [9_700, 4_500 * (used - 3)]


def test_a_smaller_plan_ends_what_it_does_not_sell(cast):
    make.paying(cast.company, "professional")
    want(cast.company, "hipaa", 1)
    offer = purchasing.quote(cast.company.pk, plans.named("starter"), "month")
    assert offer.ends == ["HIPAA × 1"] and offer.next_cents == 9_700
    purchasing.confirm(cast.company.pk, offer.token)
    assert make.of(cast.company).limits["hipaa"] == 1
    make.wait_until_renewal(cast.company)
    assert has(cast.company) == {} and make.of(cast.company).limits["hipaa"] == 0


def test_a_subscription_that_ends_takes_its_add_ons_along_and_one_that_is_kept_does_not(cast):
    make.paying(cast.company, "starter")
    want(cast.company, "user", 1)
    cancelling.cancel(cast.company.pk, "other")
    cancelling.undo(cast.company.pk)
    assert has(cast.company) == {"user": 1}
    cancelling.cancel(cast.company.pk, "other")
    make.wait_until(cast.company, make.of(cast.company).cancel_at)
    assert has(cast.company) == {} and make.of(cast.company).limits["users"] == 3
    assert make.buy(cast.company, "starter").invoice.total_cents == 9_700


def test_an_account_that_was_suspended_comes_back_with_its_add_ons(cast):
    make.paying(cast.company, "starter")
    want(cast.company, "user", 1)
    make.change_behaviour("card_declined")
    make.wait_until_renewal(cast.company)
    make.wait(cast.company, 40)
    assert make.of(cast.company).state == "suspended" and has(cast.company) == {"user": 1}
    make.change_behaviour("succeeds")
    invoice = Invoice.objects.get(state="overdue")
    assert invoice.total_cents == 14_200
    paying.pay(invoice.pk, cast.company.pk)
    assert lines(Invoice.objects.filter(purpose="renewal").last()) == [9_700, 4_500]


def test_tax_and_credit_are_in_the_price_that_is_shown(cast):
    TaxRate.objects.create(country="US", name="Sales tax", rate="10", valid_from=clock.today())
    make.paying(cast.company, "starter")
    with paying.held(cast.company.pk) as row:
        paying.invoicing.crediting.give(row, 1_000, "goodwill")
    offer = adding.quote(cast.company.pk, "user", 1)
    assert (offer.tax_cents, offer.credit_cents, offer.total_cents) == (450, 1_000, 3_950)
    assert adding.confirm(cast.company.pk, offer.token).invoice.total_cents == 3_950
    assert Attempt.objects.order_by("pk").last().amount_cents == 3_950


def test_on_the_pages_an_add_on_is_looked_at_bought_given_up_and_kept(cast, browse):
    make.paying(cast.company, "starter")
    alice = browse(cast.alice)
    page = alice.get(link("settings:billing")).content.decode()
    assert "Extra user" in page and "Extra 5,000 contacts" in page and "HIPAA" not in page
    shown = alice.get(link("settings:billing_add_on") + "?add_on=user&quantity=1")
    text = shown.content.decode()
    assert "$45.00" in text and "The next bill of $142.00" in text
    done = alice.post(link("settings:billing_add_on_take"), {"token": shown.context["quote"].token}, follow=True)
    assert "Paid." in done.content.decode() and has(cast.company) == {"user": 1}
    shown = alice.get(link("settings:billing_add_on") + "?add_on=user&quantity=0")
    alice.post(link("settings:billing_add_on_take"), {"token": shown.context["quote"].token})
    assert "Ends on" in alice.get(link("settings:billing")).content.decode()
    shown = alice.get(link("settings:billing_add_on") + "?add_on=user&quantity=1")
    assert "Keep them" in shown.content.decode()
    for wrong in (
        "add_on=user&quantity=x",
        "add_on=user&quantity=-1",
        "add_on=user&quantity=",
        "add_on=hipaa&quantity=1",
    ):
        answer = alice.get(f"{link('settings:billing_add_on')}?{wrong}", follow=True)
        assert answer.status_code == 200 and "alert" in answer.content.decode()
    assert alice.get(link("settings:billing_add_on") + "?add_on=gold&quantity=1").status_code == 404
    assert alice.post(link("settings:billing_add_on_take"), {"token": "made up"}, follow=True).status_code == 200
    assert has(cast.company) == {"user": 1} and SubscriptionItem.objects.get().next_quantity == 0


def test_people_without_billing_neither_see_nor_take_add_ons(cast, browse):
    make.paying(cast.company, "starter")
    token = adding.quote(cast.company.pk, "user", 1).token
    dora = browse(cast.dora)
    assert dora.get(link("settings:billing_add_on") + "?add_on=user&quantity=1").status_code == 403
    assert dora.post(link("settings:billing_add_on_take"), {"token": token}).status_code == 403
    assert not has(cast.company)


def test_the_catalogue_of_add_ons_does_not_change_and_loading_it_again_is_harmless(db):
    before = list(AddOn.objects.order_by("pk").values())
    add_ons.load()
    assert list(AddOn.objects.order_by("pk").values()) == before and len(before) == 4
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE billing_addon SET most = 1")
