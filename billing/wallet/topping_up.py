"""Charging a card for the wallet. The charge is written down before the gateway is asked, and credited once afterwards.

The gateway is never asked inside a transaction; a crash at any moment leaves a row that `look_after` brings to its end.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from billing import gateways, notices, paying, terms
from billing.gateways import NoAnswer, Outcome
from billing.models import PaymentMethod, TopUp, Wallet
from billing.models.wallet import OPEN
from billing.money import dollars
from billing.paying import PaymentInProgress
from billing.wallet import ledger, letters  # noqa: F401  the mails' words are registered
from billing.wallet.money import exact
from core import access, clock, ids, scope
from core.errors import Invalid, NotFound, Refused
from journal.writing import write

LEAST, MOST = 1_000, 100_000  # cents


def add_funds(company_id: str, cents: int, user_id: str = "", token: str = "") -> TopUp:
    """A person adds funds now, from the default card; once per `token`, an id that the form was given.

    Raises:
        Invalid: not between $10 and $1,000.
        Refused: there is no good card, or the account is read-only.
        PaymentInProgress: another one has no result yet.
    """
    if not LEAST <= cents <= MOST:
        raise Invalid({"amount": f"Add {dollars(LEAST)} to {dollars(MOST)} at a time."})
    with scope.use(company_id=company_id):
        if not access.is_full():
            raise access.refusal()
        before: TopUp | None = TopUp.objects.select_related("method").filter(pk=token).first() if token else None
        if before is not None:
            return before
        card = good_card()
    if card is None:
        raise Refused("Add a card first.")
    row = begin(company_id, card, cents, user_id=user_id, pk=token if ids.is_id(token) else "")
    if row is None:
        raise PaymentInProgress("A payment for the wallet is in progress. Wait for its result.")
    ask(row)
    return row


def good_card() -> PaymentMethod | None:
    """The default card of the company in scope, if a charge has a chance."""
    card = paying.default_method()
    return card if card is not None and card.is_good else None


def begin(
    company_id: str, card: PaymentMethod, cents: int, *, is_automatic: bool = False, user_id: str = "", pk: str = ""
) -> TopUp | None:
    """Write down that a card is to be charged; None when one of the same sort has no result yet."""
    row = TopUp(company_id=company_id, cents=cents, is_automatic=is_automatic, method=card, asked_by=user_id)
    row.pk = pk or row.pk
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return None
    return row


def ask(row: TopUp) -> None:
    """Send the charge to the gateway and note its result. Harmless to repeat: the key is the row's own."""
    method = row.method
    try:
        outcome = gateways.named(method.gateway).charge(
            method.token, row.cents, "USD", row.key, "HoopAI wallet",
            settings.BASE_URL + reverse("billing:wallet_back", args=[row.pk]),
            is_present=not row.is_automatic,
        )  # fmt: skip
    except NoAnswer:
        outcome = Outcome("processing")
    note(row.pk, row.company_id, outcome)
    row.refresh_from_db()


def note(top_up_id: str, company_id: str, outcome: Outcome) -> None:
    """Note what the gateway says. Told twice, late or out of order, it has the effect of once; nothing unpays."""
    with transaction.atomic(), scope.use(company_id=company_id):
        wallet = ledger.locked(company_id)
        row = TopUp.objects.select_for_update(of=("self",)).select_related("method").filter(pk=top_up_id).first()
        if row is None or row.state == "succeeded" or (row.state == "failed" and outcome.state != "succeeded"):
            return
        if outcome.state == "succeeded":
            _succeed(wallet, row, outcome)
        elif outcome.state == "failed":
            _fail(wallet, row, outcome)
        elif outcome.state == "needs_action":
            if row.state != "needs_action" and row.is_automatic:
                notices.tell(company_id, "recharge_confirm", row.pk, amount=dollars(row.cents))
            _become(row, "needs_action", reference=outcome.reference, confirm_url=outcome.confirm_url)
        else:
            _become(row, "unknown", reference=outcome.reference or row.reference, asked_at=clock.now())


def look_after(row: TopUp) -> None:
    """Bring a charge on that has no result: ask again, ask what became of it, give up when nobody can say."""
    rules = terms.current()["payments"]
    now, began = clock.now(), row.began_at
    if not row.is_open:
        return
    if row.state == "charging":
        if now >= row.asked_at + dt.timedelta(minutes=rules["stuck_minutes"]):
            TopUp.objects.filter(pk=row.pk).update(asked_at=now)
            ask(row)
        return
    try:
        found = gateways.named(row.method.gateway).find(row.key)
    except NoAnswer:
        found = Outcome("processing", row.reference)
    if found is not None and found.state in ("succeeded", "failed"):
        note(row.pk, row.company_id, found)
    elif row.state == "needs_action" and now >= began + dt.timedelta(hours=rules["confirm_hours"]):
        note(row.pk, row.company_id, _cancelled(row))
    elif row.state == "unknown" and now >= began + dt.timedelta(hours=rules["wait_hours"]):
        note(row.pk, row.company_id, Outcome("failed", row.reference, "no_result"))
    elif row.state == "unknown" and found is None:  # it never reached the gateway; the key makes asking again harmless
        ask(row)


def told(key: str, now: Outcome | None) -> str:
    """A gateway's event names a charge that stands so now. Returns a note for the event; empty if it is none of ours."""
    if not key.startswith("wallet-"):
        return ""
    rows = TopUp.objects.everywhere(reason="the gateway names the charge").select_related("method")
    row = rows.filter(pk=key.removeprefix("wallet-")).first()
    if row is None:
        return ""
    if now is not None:
        note(row.pk, row.company_id, now)
    return f"{key} is {now.state if now else 'unknown to the gateway'}"


def charged_back(top_up_id: str, company_id: str) -> None:
    """The bank took a payment back: the balance falls by it, below the floor if need be, and nothing recharges by itself."""
    with transaction.atomic(), scope.use(company_id=company_id):
        wallet = ledger.locked(company_id)
        row = TopUp.objects.filter(pk=top_up_id, state="succeeded").first()
        if row is None:
            raise NotFound("There is no such payment.")
        posted = ledger.post(company_id, "chargeback", row.pk, available=-row.cents * 10_000, limit="forced")
        if posted.is_new:
            wallet.lock()
            write("wallet.charged_back", wallet, {}, {"amount": dollars(row.cents)})
            balance = exact(posted.available + posted.held)
            notices.tell(company_id, "wallet_charged_back", row.pk, amount=dollars(row.cents), balance=balance)
            if wallet.is_automatic:
                switch_off(wallet, "a payment was charged back")


def switch_off(wallet: Wallet, why: str) -> None:
    """No more recharges by itself. The caller holds the lock."""
    wallet.change("wallet.automatic_off", facts={"why": why}, is_automatic=False)
    ledger.rate(wallet)


def _succeed(wallet: Wallet, row: TopUp, outcome: Outcome) -> None:
    _become(row, "succeeded", reference=outcome.reference, reason="", confirm_url="")
    posted = ledger.post(
        row.company_id, "recharge" if row.is_automatic else "top_up", row.pk, available=row.cents * 10_000, limit="none",
        user_id=row.asked_by, about=str(row.method),
    )  # fmt: skip
    wallet.lock()
    amount = dollars(row.cents)
    wallet.change(failures=0)
    write("wallet.recharged" if row.is_automatic else "wallet.topped_up", wallet, {}, {"amount": amount})
    facts: dict[str, Any] = {
        "amount": amount,
        "card": str(row.method),
        "balance": exact(posted.available + posted.held),
    }
    notices.tell(row.company_id, "wallet_receipt", row.pk, **facts)


def _fail(wallet: Wallet, row: TopUp, outcome: Outcome) -> None:
    _become(row, "failed", reference=outcome.reference, reason=outcome.reason or "card_declined", confirm_url="")
    reason = gateways.in_words(row.reason)
    write("wallet.charge_failed", wallet, {}, {"amount": dollars(row.cents), "reason": reason})
    if not row.is_automatic:
        return
    most = terms.current()["wallet"]["failures"]
    failures = wallet.failures + 1
    wallet.change(failures=failures, asked_at=None)
    is_last = failures >= most and wallet.is_automatic
    then = "" if is_last else "We try again when the wallet is used next."
    facts = {"amount": dollars(row.cents), "card": str(row.method), "reason": reason, "then": then}
    notices.tell(row.company_id, "recharge_failed", row.pk, **facts)
    if is_last:
        switch_off(wallet, f"{most} recharges in a row failed")
        notices.tell(row.company_id, "recharge_off", row.pk)


def _become(row: TopUp, state: str, **fields: Any) -> None:
    fields |= {"state": state}
    fields["ended_at"] = None if state in OPEN else clock.now()
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=list(fields))


def _cancelled(row: TopUp) -> Outcome:
    """How a charge ended that nobody confirmed in time: nobody can any more, unless they were faster just now."""
    late = Outcome("failed", row.reference, "not_confirmed")
    try:
        found = gateways.named(row.method.gateway).cancel(row.key)
    except NoAnswer:
        return late
    return found if found and found.state in ("succeeded", "failed") else late
