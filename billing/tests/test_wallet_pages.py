"""Settings -> Billing -> Wallet, as a person uses it."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest

from billing import wallet
from billing.models import SandboxCharge
from billing.tests.wallets import DOLLAR, entries, funded, left, of, top_ups
from core import clock, ids
from core.pages import link


@pytest.fixture
def acme(cast):
    return funded(cast.company, 100)


@pytest.fixture
def page(acme, browse, cast):
    return browse(cast.alice)


def text(answer) -> str:
    return answer.content.decode()


def table(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_the_page_shows_the_balance_the_month_and_each_row_with_its_balance(page, acme, cast):
    wallet.charge(acme.pk, "sms.out", 2, "SM1", channel="sms", location_id=cast.location.pk, user_id=cast.alice.pk)
    wallet.hold(acme.pk, "number.local", 1, "N1")
    shown = text(page.get(link("settings:wallet")))
    for part in (
        "$99.9842",
        "$98.8342",
        "$1.15",
        "SMS sent",
        "2 segments",
        "$0.0079",
        "-$0.02",
        "Acme Main",
        "Alice Adams",
    ):
        assert part in shown, part
    assert "Spending of the last 30 days: $0.0158 in all" in shown and "Reservation ended" not in shown


def test_funds_are_added_once_however_often_the_form_is_sent(page, acme):
    for token in (ids.new_id(), ids.new_id()):
        for _ in range(2):
            answer = page.post(link("settings:wallet_funds"), {"amount": "25", "token": token})
            assert answer.status_code == 302
    assert left(acme) == 150 * DOLLAR and SandboxCharge.objects.count() == 2


@pytest.mark.parametrize("amount", ["9", "1001", "", "ten", "-50", "10.5"])
def test_an_amount_out_of_bounds_is_explained_beside_the_field(page, acme, amount):
    answer = page.post(link("settings:wallet_funds"), {"amount": amount})
    assert answer.status_code == 422 and "field__error" in text(answer)
    assert top_ups(acme) == [] and left(acme) == 100 * DOLLAR


def test_automatic_recharge_is_switched_on_changed_and_off(page, acme):
    given = {"is_on": "on", "threshold": "20", "amount": "100", "daily_most": "6"}
    assert page.post(link("settings:wallet_automatic"), given).status_code == 302
    found = of(acme)
    assert (found.is_automatic, found.threshold_cents, found.amount_cents, found.daily_most) == (True, 2_000, 10_000, 6)
    assert page.post(link("settings:wallet_automatic"), {**given, "threshold": "501"}).status_code == 422
    assert of(acme).threshold_cents == 2_000
    del given["is_on"]
    page.post(link("settings:wallet_automatic"), given)
    assert not of(acme).is_automatic


def test_without_a_card_the_page_leads_to_one(cast, browse):
    funded(cast.company, card="")
    client = browse(cast.alice)
    assert link("settings:billing_methods") in text(client.get(link("settings:wallet")))
    given = {"is_on": "on", "threshold": "10", "amount": "50", "daily_most": "5"}
    answer = client.post(link("settings:wallet_automatic"), given)
    assert answer.status_code == 422 and "Add a card first" in text(answer) and not of(cast.company).is_automatic


def test_the_statement_is_filtered_by_type_group_place_day_and_record(page, acme, cast):
    wallet.charge(acme.pk, "sms.out", 1, "SM1", location_id=cast.location.pk)
    wallet.charge(acme.pk, "number.local", 1, "N1", location_id=cast.elsewhere.pk)
    today = clock.today(cast.location.zone)
    for query, records in [
        ("", {"SM1", "N1", "welcome"}),
        ("kind=rent", {"N1"}),
        ("group=Messages", {"SM1"}),
        (f"location={cast.elsewhere.pk}", {"N1"}),
        ("record=SM1", {"SM1"}),
        (f"since={today}&until={today}", {"SM1", "N1", "welcome"}),
        (f"since={today + dt.timedelta(days=1)}", set()),
        ("since=nonsense&older=x&newer=-1", {"SM1", "N1", "welcome"}),
    ]:
        rows = table(page.get(f"{link('settings:wallet_csv')}?{query}"))
        assert {row["Record"] for row in rows} == records, query
        assert text(page.get(f"{link('settings:wallet')}?{query}")).count("Exactly ") == len(records), query


def test_the_file_rounds_amounts_half_up_keeps_the_exact_ones_and_runs_no_formula(page, acme):
    wallet.charge(acme.pk, "sms.out", 1, "=1+1", about="@cmd")
    row = next(row for row in table(page.get(link("settings:wallet_csv"))) if row["Item"] == "SMS sent")
    assert (row["Amount"], row["Exact amount"], row["Balance"]) == ("-0.01", "-0.007900", "99.992100")
    assert row["Record"] == "'=1+1" and row["Note"] == "'@cmd" and row["Price version"] == "2026-11"


def test_pages_go_through_every_row_once(page, acme):
    for number in range(120):
        wallet.charge(acme.pk, "sms.out", 1, f"SM{number}")
    numbers = [row.number for row in entries(acme)][::-1]
    seen, query = [], ""
    while True:
        answer = page.get(f"{link('settings:wallet')}{query}")
        seen += [row["entry"].number for row in answer.context["rows"]]
        if not answer.context["page"].older:
            break
        query = f"?older={answer.context['page'].older}"
    assert seen == numbers
    newer = page.get(f"{link('settings:wallet')}?newer={answer.context['page'].newer}")
    assert [row["entry"].number for row in newer.context["rows"]] == numbers[50:100]


def test_only_admins_see_the_wallet_and_nobody_anothers(page, acme, cast, browse, as_):
    wallet.charge(acme.pk, "sms.out", 1, "SM1")
    for person in (cast.dora, cast.bob):
        for name in ("wallet", "wallet_csv", "wallet_prices"):
            assert browse(person).get(link(f"settings:{name}")).status_code == 403
        assert browse(person).post(link("settings:wallet_funds"), {"amount": "25"}).status_code == 403
    assert top_ups(acme) == []
    with as_(cast.charlie, cast.globex_location):
        other = browse(cast.charlie).get(link("settings:wallet"))
        assert other.status_code == 200 and other.context["rows"] == []
        assert table(browse(cast.charlie).get(link("settings:wallet_csv"))) == []


def test_the_bank_sends_a_person_back_to_the_wallet_and_a_stranger_nowhere(cast, browse):
    funded(cast.company, card="confirms")
    client = browse(cast.alice)
    away = client.post(link("settings:wallet_funds"), {"amount": "25"})
    row = top_ups(cast.company)[0]
    assert away.status_code == 302 and row.state == "needs_action" and away["Location"] == row.confirm_url
    assert row.confirm_url in text(client.get(link("settings:wallet")))
    back = client.post(row.confirm_url, {"answer": "yes"})
    assert f"/wallet/back/{row.pk}" in back["Location"]
    assert browse(cast.charlie).get(f"/billing/wallet/back/{row.pk}").status_code == 404
    assert left(cast.company) == 0
    client.get(f"/billing/wallet/back/{row.pk}")
    assert left(cast.company) == 25 * DOLLAR


def test_the_price_list_names_every_price(page):
    shown = text(page.get(link("settings:wallet_prices")))
    for part in ("$0.0079", "$0.0085", "$1.15", "$15.00", "Included", "rest of the world"):
        assert part in shown
