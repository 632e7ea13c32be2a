"""Mails about the subscription: noted in the transaction of what they tell of, once per key and occasion, sent later."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Company, Location
from billing import profile
from billing.letters import LETTERS
from billing.models import Notice
from billing.readers import admins_of
from core import clock, ids
from core.tasks import task

MOST_AT_ONCE = 500


def tell(company_id: str, key: str, occasion: str, **facts: Any) -> bool:
    """Note a mail in the caller's transaction and send it after commit. `occasion` tells one event from the next.

    Returns:
        Whether it is the first of its key and occasion; otherwise nothing happens.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_notice (id, company_id, key, occasion, facts, at, sent_to) "
            "VALUES (%s, %s, %s, %s, %s::jsonb, %s, '{}') ON CONFLICT (company_id, key, occasion) DO NOTHING RETURNING id",
            [ids.new_id(), company_id, key, occasion, json.dumps(facts), clock.now()],
        )
        made = cursor.fetchone()
    if made is None:
        return False
    send.delay(made[0])
    return True


def told(company_id: str, keys: Iterable[str], occasion: str) -> dict[str, Any]:
    """{key: when} of the notices of one occasion."""
    rows = Notice.objects.everywhere(reason="the company is named").filter(company_id=company_id, occasion=occasion)
    return dict(rows.filter(key__in=list(keys)).values_list("key", "at"))


@task
def send(notice_id: str) -> None:
    """Send a noted mail to everybody it concerns; run again, only to those who have not got it."""
    with transaction.atomic():
        rows = Notice.objects.everywhere(reason="the task names the notice")
        notice = rows.select_for_update(skip_locked=True).filter(pk=notice_id, sent_at=None).first()
        if notice is None:
            return
        for email in recipients(notice.company_id, notice.key):
            if email not in notice.sent_to:
                _mail(notice, email)
                notice.sent_to.append(email)
        notice.sent_at = clock.now()
        notice.save(update_fields=["sent_to", "sent_at"])


@task
def send_waiting() -> None:
    """Send what a crash or a broker that was away left unsent."""
    rows = Notice.objects.everywhere(reason="all companies' mails").filter(sent_at=None).order_by("at")
    for pk in rows.values_list("pk", flat=True)[:MOST_AT_ONCE]:
        send.delay(pk)


def recipients(company_id: str, key: str) -> list[str]:
    """The admins, and the further addresses of the billing information; receipts only where they are wanted."""
    info = profile.of(company_id)
    if key == "receipt" and not info.wants_invoices:
        return []
    return list(dict.fromkeys([*(user.email for user in admins_of(company_id)), *info.emails]))


def words(notice: Notice) -> tuple[str, list[str]]:
    """The subject and the paragraphs of a notice."""
    letter = LETTERS[notice.key]
    facts = _Facts(notice.facts)
    paragraphs = [text.format_map(facts).strip() for text in letter.paragraphs]
    return letter.subject.format_map(facts), [text for text in paragraphs if text]


class _Facts(dict):  # type: ignore[type-arg]
    def __missing__(self, key: str) -> str:
        return ""


def _mail(notice: Notice, email: str) -> None:
    letter = LETTERS[notice.key]
    subject, paragraphs = words(notice)
    company = Company.objects.get(pk=notice.company_id)
    places = Location.objects.everywhere(reason="the notice names the company").filter(company=company, is_active=True)
    place = places.order_by("pk").first()
    url = settings.BASE_URL + reverse(letter.page, args=[place.pk]) if place else ""
    context = {"subject": subject, "paragraphs": paragraphs, "url": url, "label": letter.label, "company": company}
    mail = EmailMultiAlternatives(
        f"{subject} ({company.name})", render_to_string("mail/billing.txt", context).strip() + "\n", to=[email]
    )
    mail.attach_alternative(render_to_string("mail/billing.html", context), "text/html")
    mail.extra_headers["Auto-Submitted"] = "auto-generated"
    mail.send()
