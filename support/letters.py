"""The mails of support. They have no Reply-To: answers are written on the page they lead to."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from accounts import hipaa, mails, owners
from accounts.models import Company, Location, User
from core import access
from support import copies
from support.models import Hold, Reply, Ticket


def tell_of(said: Reply) -> None:
    """Mail a reply to whoever opened its ticket, or to the owner of the account once that person is gone.

    Raises:
        OSError, smtplib.SMTPException: the mail server does not take it.
    """
    ticket = said.ticket
    user = _recipient(ticket)
    if user is None:
        return
    company = Company.objects.get(pk=ticket.company_id)
    is_nameless = hipaa.is_on(ticket.company_id)
    mails.send(
        user,
        "ticket_reply",
        "Support replied to your ticket" if is_nameless else f"Support replied: {ticket.subject} ({company.name})",
        is_nameless=is_nameless,
        said=said,
        ticket=ticket,
        company=company,
        url=settings.BASE_URL + address_of(ticket, user),
    )


def address_of(ticket: Ticket, user: User) -> str:
    """Where a person reads and answers the ticket: the notice page while the account is on hold."""
    places = Location.objects.everywhere(reason="the ticket names the company").filter(
        company_id=ticket.company_id, is_active=True
    )
    mine = places.filter(memberships__user=user, memberships__disabled_at=None).order_by("pk")
    place = ticket.location_id or (
        mine.values_list("pk", flat=True).first() or places.values_list("pk", flat=True).first()
    )
    if access.level() == access.HELD or place is None:
        return reverse("on_hold")
    return reverse("settings:ticket", args=[place, ticket.pk])


def tell_of_ban(hold: Hold) -> None:
    """Mail the owner of a banned account the offer of a copy of its data; nobody where it has no owner.

    Raises:
        OSError, smtplib.SMTPException: the mail server does not take it.
    """
    user = owners.owner_of(hold.company_id)
    if user is None:
        return
    mails.send(
        user,
        "account_banned",
        f"Your account was closed ({hold.company.name})",
        hold=hold,
        company=hold.company,
        until=access.standing().delete_after,
        url=settings.BASE_URL + reverse("data_copy", args=[copies.token_of(hold)]),
    )


def _recipient(ticket: Ticket) -> User | None:
    rows = User.objects.everywhere(reason="the ticket names the user").filter(pk=ticket.requester_id, is_active=True)
    found: User | None = rows.first()
    return found or owners.owner_of(ticket.company_id)
