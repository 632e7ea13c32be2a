"""Settings -> Billing -> Wallet: what is there, funds, automatic recharge, and the statement."""

from __future__ import annotations

import csv
import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts import current
from accounts.confirming import confirmed
from accounts.forms import show_errors
from accounts.models import Location, User
from billing import gateways, paying
from billing.models import TopUp, Wallet
from billing.models.wallet import OPEN
from billing.money import dollars
from billing.views.frame import context
from billing.wallet import chart, ledger, prices, recharging, statement, topping_up
from billing.wallet.money import cents, exact
from core import ids, scope
from core.errors import Invalid, Refused
from core.pages import allowed, link, public

MOST_NAMES = 1000


class FundsForm(forms.Form):
    """How much to add, in whole dollars."""

    amount = forms.IntegerField(label="Amount in dollars", min_value=10, max_value=1000, initial=50)
    token = forms.CharField(widget=forms.HiddenInput, required=False)  # a form that is sent twice charges once


class AutomaticForm(forms.Form):
    """When the card is charged by itself, in whole dollars."""

    is_on = forms.BooleanField(label="Recharge automatically", required=False)
    threshold = forms.IntegerField(label="When the balance reaches", min_value=5, max_value=500)
    amount = forms.IntegerField(label="Add", min_value=10, max_value=1000)
    daily_most = forms.IntegerField(label="At most so many times a day", min_value=5, max_value=50)


@require_GET
@allowed("billing.readonly")
@confirmed
def show(request: HttpRequest) -> HttpResponse:
    """The balance, the month, the last thirty days, and the statement by page."""
    return _page(request)


@require_POST
@allowed("billing.write")
@confirmed
def add_funds(request: HttpRequest) -> HttpResponse:
    """Charge the default card now."""
    form = FundsForm(request.POST)
    if not form.is_valid():
        return _page(request, funds=form)
    token, user = form.cleaned_data["token"], scope.current().actor.user_id or ""
    try:
        row = topping_up.add_funds(scope.company_id(), form.cleaned_data["amount"] * 100, user, token)
    except Invalid as problem:
        show_errors(form, problem)
        return _page(request, funds=form)
    except Refused as problem:
        form.add_error(None, problem.message)
        return _page(request, funds=form)
    if row.state == "needs_action":
        return redirect(row.confirm_url)
    if row.state == "succeeded":
        messages.success(request, f"{dollars(row.cents)} was added to the wallet.")
    elif row.state == "failed":
        messages.error(request, f"Nothing was added: {gateways.in_words(row.reason)}.")
    else:
        messages.info(request, "The bank has not answered yet. The money appears here as soon as it does.")
    return redirect(link("settings:wallet"))


@require_POST
@allowed("billing.write")
@confirmed
def automatic(request: HttpRequest) -> HttpResponse:
    """Switch automatic recharge on or off, or change when and how much."""
    form = AutomaticForm(request.POST)
    if not form.is_valid():
        return _page(request, automatic=form)
    given = form.cleaned_data
    try:
        wallet = recharging.switch(
            scope.company_id(), given["is_on"], threshold_cents=given["threshold"] * 100,
            amount_cents=given["amount"] * 100, daily_most=given["daily_most"],
        )  # fmt: skip
    except Refused as problem:
        form.add_error(None, problem.message)
        return _page(request, automatic=form)
    if wallet.is_automatic:
        line, amount = dollars(wallet.threshold_cents), dollars(wallet.amount_cents)
        messages.success(request, f"{amount} is added whenever the balance reaches {line}.")
    else:
        messages.success(request, "Automatic recharge is off. We tell you when the wallet runs low.")
    return redirect(link("settings:wallet"))


@require_GET
@allowed("billing.readonly")
@confirmed
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The statement as CSV, with the filters of the page."""
    rows = statement.lines(_filter(request), _places(), _people())
    writer = csv.writer(_Echo())
    lines = (writer.writerow(row) for row in [statement.HEAD, *rows])
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="wallet-statement.csv"'
    return answer


@require_GET
@allowed("billing.readonly")
@confirmed
def price_list(request: HttpRequest) -> HttpResponse:
    """What is paid from the wallet, and for how much."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for price in prices.current():
        groups.setdefault(price.group, []).append({"price": price, "text": exact(price.micros)})
    return render(request, "billing/wallet-prices.html", context(request, "settings:wallet", groups=groups))


@public
@login_required
def back(request: HttpRequest, pk: str) -> HttpResponse:
    """Where the bank sends a person back to: ask how the payment went, then on to the wallet."""
    user = request.user
    assert isinstance(user, User)
    rows = TopUp.objects.everywhere(reason="the address names the payment").filter(pk=pk, company_id=user.company_id)
    row = rows.select_related("method").first()
    places = Location.objects.everywhere(reason="a location of the company").filter(
        company_id=user.company_id, is_active=True
    )
    if not user.agency_role:
        places = places.filter(memberships__user=user)
    place = places.order_by("pk").first()
    if row is None or place is None:
        raise Http404
    topping_up.look_after(row)
    return redirect(reverse("settings:wallet", args=[place.pk]))


class _Echo:
    def write(self, text: str) -> str:
        return text


def _page(request: HttpRequest, funds: FundsForm | None = None, automatic: AutomaticForm | None = None) -> HttpResponse:
    wallet = ledger.wallet_of(scope.company_id())
    zone = current.location().zone
    chosen = _filter(request)
    found = statement.page(chosen, _number(request, "older"), _number(request, "newer"))
    query = request.GET.copy()
    for name in ("older", "newer"):
        query.pop(name, None)
    card = paying.default_method()
    spent = statement.by_day(zone)
    month = statement.this_month(zone)
    more = {
        "wallet": wallet,
        "balance": exact(wallet.balance_micros),
        "available": exact(wallet.available_micros),
        "held": exact(wallet.held_micros) if wallet.held_micros else "",
        "card": card,
        "funds": funds or FundsForm(initial={"token": ids.new_id()}),
        "automatic": automatic or AutomaticForm(initial=_settings_of(wallet)),
        "threshold": dollars(wallet.threshold_cents),
        "amount": dollars(wallet.amount_cents),
        "waiting": list(TopUp.objects.filter(state__in=OPEN).order_by("pk")[:2]),
        "month": [(name, exact(micros), number) for name, micros, number in month],
        "month_sum": exact(sum(micros for _, micros, _ in month)),
        "chart": chart.of(spent),
        "rows": _rows(found.rows),
        "page": found,
        "chosen": chosen,
        "query": query.urlencode(),
        "kinds": statement.SHOWN,
        "groups": list(dict.fromkeys(price.group for price in prices.current())),
        "places": _places(),
    }
    found_context = context(request, "settings:wallet", **more)
    is_wrong = bool((funds and funds.errors) or (automatic and automatic.errors))
    return render(request, "billing/wallet.html", found_context, status=422 if is_wrong else 200)


def _settings_of(wallet: Wallet) -> dict[str, Any]:
    return {
        "is_on": wallet.is_automatic,
        "threshold": wallet.threshold_cents // 100,
        "amount": wallet.amount_cents // 100,
        "daily_most": wallet.daily_most,
    }


def _rows(entries: list[Any]) -> list[dict[str, Any]]:
    names, people = _places(), _people()
    here = scope.location_id()
    book = {(price.key, price.version): price for price in prices.every()}
    return [
        {
            "entry": row,
            "price": (price := book.get((row.price_key, row.price_version))),
            "what": price.name if price else statement.SHOWN[row.kind],
            "unit": exact(row.unit_micros) if price else "",
            "amount": dollars(cents(row.amount_micros)),
            "exact": exact(row.amount_micros),
            "balance": exact(row.balance_micros),
            "place": names.get(row.for_location, ""),
            "person": people.get(row.for_user, ""),
            "contact_url": link("contacts:show", row.for_contact)
            if row.for_location == here and ids.is_id(row.for_contact)
            else "",
        }
        for row in entries
    ]


def _filter(request: HttpRequest) -> statement.Filter:
    given = request.GET
    return statement.Filter(
        kind=given.get("kind", "") if given.get("kind", "") in statement.SHOWN else "",
        group=given.get("group", "")[:60],
        channel=given.get("channel", "")[:20],
        location=given.get("location", "")[:20],
        record=given.get("record", "").strip()[:120],
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
        zone=current.location().zone,
    )


def _day(text: str) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 < found.year < 2200 else None


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _places() -> dict[str, str]:
    rows = Location.objects.everywhere(reason="the company's own").filter(company_id=scope.company_id())
    return dict(rows.order_by("name").values_list("pk", "name")[:MOST_NAMES])


def _people() -> dict[str, str]:
    rows = User.objects.everywhere(reason="the company's own").filter(company_id=scope.company_id())
    return {user.pk: str(user) for user in rows.order_by("pk")[:MOST_NAMES]}
