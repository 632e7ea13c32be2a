"""What is to come for a company, and when: the one answer that the clock, the pages and the simulation read.

Nothing here writes. An item whose time has come is carried out by `billing.turning`, after which the agenda is made
again; so what is done must no longer be in it. Of several mails or retries that became due while nobody looked, only
the latest is left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import SimpleLazyObject

from billing import lifecycle, resolving, terms
from billing.dates import after, in_words
from billing.models import Attempt, Invoice, Notice, PaymentMethod, Subscription
from billing.money import dollars
from core import clock

STALE_PURCHASE = after(hours=1)  # a purchase nobody went on with


@dataclass(frozen=True)
class Item:
    """One thing to do at a moment of the company's time. `subject` is an id; `facts` go into a mail."""

    at: dt.datetime
    do: str
    subject: str = ""
    step: int = 0
    key: str = ""
    occasion: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.do} {self.key or self.step or ''}".strip()


def of(held: Subscription) -> list[Item]:
    """Everything that is to come, as far as it is known today, soonest first. Five queries at most."""
    company = held.company_id
    told: Any = SimpleLazyObject(lambda: _told(company))  # most turns need not know what was told
    items = [Item(resolving.due_at(one), "resolve", one.pk) for one in resolving.waiting(company)]
    if held.hold == "ban":  # nothing is charged any more
        return sorted([*items, *_banned(held)], key=lambda item: item.at)
    invoices = Invoice.objects.everywhere(reason="the company is named").filter(company_id=company)
    items += _unpaid(held, list(invoices.filter(state__in=["open", "overdue"]).order_by("pk")[:100]), told)
    items += {
        lifecycle.TRIALING: _trial,
        lifecycle.TRIAL_EXPIRED: _choice,
        lifecycle.ACTIVE: _period,
        lifecycle.CANCEL_SCHEDULED: _ending,
        lifecycle.SUSPENDED: _suspended,
        lifecycle.CANCELLED: _cancelled,
    }.get(held.state, _nothing)(held, told)
    items += _cards(held, told)
    return sorted(items, key=lambda item: item.at)


def _banned(held: Subscription) -> list[Item]:
    gone = held.state in (lifecycle.DELETING, lifecycle.DELETED)
    return [] if gone or held.is_kept or held.delete_after is None else [Item(held.delete_after, "delete")]


Told = dict[tuple[str, str], dt.datetime]


def _told(company_id: str) -> Told:
    rows = Notice.objects.everywhere(reason="the company is named").filter(company_id=company_id)
    recent = rows.order_by("-pk").values_list("key", "occasion", "at")[:300]
    return {(key, occasion): at for key, occasion, at in recent}


def _nothing(held: Subscription, told: Told) -> list[Item]:
    return []


def _mails(told: Told, series: Iterable[tuple[dt.datetime, str, str, dict[str, Any]]]) -> list[Item]:
    """The mails of a series that are not sent yet; of those that are due, only the latest, and none before a sent one."""
    series = list(series)
    now = clock.now()
    due = max((place for place, (at, *_) in enumerate(series) if at <= now), default=-1)
    sent = -1  # nothing is sent before its time
    if due >= 0:
        sent = max((place for place, (_, key, occasion, _) in enumerate(series) if (key, occasion) in told), default=-1)
    return [
        Item(at, "mail", key=key, occasion=occasion, facts=facts)
        for place, (at, key, occasion, facts) in enumerate(series)
        if place > sent and place >= due
    ]


def _trial(held: Subscription, told: Told) -> list[Item]:
    rules = terms.current()["trial"]
    started, ends = held.trial_started_at, held.trial_ends_at
    assert started is not None and ends is not None
    facts = {"plan": held.plan.name, "ends": in_words(ends)}
    series = [
        (started + after(day), f"trial_d{day}", f"{started:%Y-%m-%d}", {**facts, "left": rules["days"] - day})
        for day in rules["mail_days"]
    ]
    mails = [] if clock.now() >= ends else _mails(told, series)
    return [*mails, Item(ends, "trial_over")]


def _choice(held: Subscription, told: Told) -> list[Item]:
    rules = terms.current()["trial"]
    ends = held.delete_after
    assert ends is not None
    began = ends - after(rules["choice_days"])
    facts = {"deletion": f"{ends:%d %B %Y}"}
    series = [
        (began + after(day), f"trial_grace_{day}", f"{ends:%Y-%m-%d}", facts) for day in rules["choice_mail_days"]
    ]
    return _until_deletion(held, told, series)


def _suspended(held: Subscription, told: Told) -> list[Item]:
    return _until_deletion(held, told, _warnings(held, "suspended_warning_days", "suspended"))


def _cancelled(held: Subscription, told: Told) -> list[Item]:
    return _until_deletion(held, told, _warnings(held, "cancelled_warning_days", "cancelled"))


def _warnings(held: Subscription, days: str, state: str) -> list[tuple[dt.datetime, str, str, dict[str, Any]]]:
    ends = held.delete_after
    assert ends is not None
    return [
        (
            ends - after(day),
            "deletion_warning",
            f"{ends:%Y-%m-%d} {day}",
            {"left": f"{day} days" if day > 1 else "1 day", "deletion": f"{ends:%d %B %Y}", "state": state},
        )
        for day in terms.current()["keeping"][days]
    ]


def _until_deletion(
    held: Subscription, told: Told, series: list[tuple[dt.datetime, str, str, dict[str, Any]]]
) -> list[Item]:
    """The warnings, then the deletion: never without a warning, and never less than 24 hours after the last."""
    ends = held.delete_after
    assert ends is not None
    mails = _mails(told, series)
    if held.is_kept:
        return mails
    sent = [told[key, occasion] for _, key, occasion, _ in series if (key, occasion) in told]
    if not sent and not mails:
        return [Item(ends, "delete")]
    at = max([ends, *(moment + after(hours=terms.current()["payments"]["between_hours"]) for moment in sent)])
    if mails and mails[-1].at <= clock.now():  # the last warning goes out first; this is looked at again then
        return mails
    # a warning that leaves exactly a day before the end leaves the end where it is
    return [*mails, Item(_about(at, ends), "delete")]


def _about(at: dt.datetime, planned: dt.datetime) -> dt.datetime:
    """`planned` where `at` is later by the minutes only that the clock took to look."""
    return planned if dt.timedelta(0) <= at - planned < after(minutes=10) else at


def _period(held: Subscription, told: Told) -> list[Item]:
    if not held.is_billed or held.period_end is None:
        return []
    items = [Item(held.period_end, "renew")]
    if held.next_plan is not None:
        days = terms.current()["reminders"]["downgrade_days"]
        facts = {"plan": held.next_plan.name, "date": in_words(held.period_end)}
        occasion = f"{held.period_end:%Y-%m-%d} {held.next_plan_id}"
        items += _mails(
            told,
            [
                (held.period_end - after(day), "downgrade_reminder", f"{occasion} {day}",
                 {**facts, "left": f"{day} days" if day > 1 else "1 day"})
                for day in days
            ],
        )  # fmt: skip
        # scheduled in the last days: the confirmation has said it all
        items = [item for item in items if item.do != "mail" or item.at > clock.now() - after(1)]
    return items


def _ending(held: Subscription, told: Told) -> list[Item]:
    assert held.cancel_at is not None
    return [Item(held.cancel_at, "end")]


def _unpaid(held: Subscription, invoices: list[Invoice], told: Told) -> list[Item]:
    if not invoices:
        return []
    rows = Attempt.objects.everywhere(reason="the company is named").filter(invoice__in=invoices)
    tried: dict[str, list[Attempt]] = {}
    for attempt in rows.order_by("number"):
        tried.setdefault(attempt.invoice_id, []).append(attempt)
    items: list[Item] = []
    for invoice in invoices:
        attempts = tried.get(invoice.pk, [])
        open_one = next((one for one in attempts if not one.is_final), None)
        if invoice.state == "open" and invoice.purpose == "renewal":
            if not any(one.is_automatic for one in attempts) and open_one is None:
                items.append(Item(invoice.issued_at or clock.now(), "charge", invoice.pk))
        elif invoice.state == "open":
            if open_one is None:
                items.append(Item((invoice.issued_at or clock.now()) + STALE_PURCHASE, "void", invoice.pk))
        elif held.state == lifecycle.PAST_DUE:
            items += _retries(invoice, attempts, open_one, told)
    return items


def _retries(invoice: Invoice, attempts: list[Attempt], open_one: Attempt | None, told: Told) -> list[Item]:
    rules = terms.current()["payments"]
    days, mails = rules["retry_days"], rules["retry_mails"]
    since, now = invoice.overdue_since, clock.now()
    assert since is not None
    stops = since + after(days[-1])
    if open_one is not None:
        return [Item(max(stops, open_one.began_at) + after(hours=rules["wait_hours"]), "give_up", open_one.pk)]
    pause = after(hours=rules["between_hours"])
    left = [step for step in range(1, len(days) + 1) if step > invoice.step]
    if not left:  # the last retry's result was lost between its end and the end of service
        return [Item(now, "retry", invoice.pk, len(days))]
    due = [step for step in left if since + after(days[step - 1]) <= now]
    step = due[-1] if due else left[0]
    last = max((one.began_at for one in attempts if one.is_automatic), default=None)
    reminded = ("suspension_tomorrow", invoice.pk) in told
    reminder = Item(
        since + after(rules["reminder_day"]), "mail", invoice.pk, 0, "suspension_tomorrow", invoice.pk,
        {"number": invoice.number, "amount": dollars(invoice.total_cents), "stops": in_words(stops)},
    )  # fmt: skip
    items = []
    for one in [step, *(later for later in left if later > step)]:
        at = since + after(days[one - 1])
        if last is not None:
            at = max(at, last + pause)
        if one == len(days):
            warned = [told[key, invoice.pk] for key in (*mails[:-1], reminder.key) if (key, invoice.pk) in told]
            if warned:
                at = _about(max(at, max(warned) + pause), since + after(days[-1]))
            elif at <= now:  # service never stops without a word before
                return [reminder]
        items.append(Item(at, "retry", invoice.pk, one))
    if not reminded and now < stops:
        items.append(reminder)
    return items


def _cards(held: Subscription, told: Told) -> list[Item]:
    """Mails before the default card expires, while something is to be charged."""
    if held.state not in lifecycle.PAYING or not held.is_billed:
        return []
    rows = PaymentMethod.objects.everywhere(reason="the company is named").filter(company_id=held.company_id)
    card = rows.filter(is_default=True, removed_at=None).first()
    if card is None or card.is_expired:
        return []
    last_day = card.expires_at - after(1)
    series = [
        (card.expires_at - after(day), "card_expiring", f"{card.pk} {day}",
         {"card": str(card), "month": f"{last_day:%B %Y}"})
        for day in terms.current()["reminders"]["card_days"]
    ]  # fmt: skip
    return _mails(told, series)
