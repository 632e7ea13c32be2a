"""Mails about what happened: one by itself, several in one mail, and only what the person may still see."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import current, hipaa, mails
from accounts.models import Location, User
from accounts.models.membership import actor_at
from contacts.models import Contact
from core import clock, scope
from core.pages import link
from notifications import showing, stopping
from notifications.kinds import KINDS
from notifications.models import Notification

MOST = 50  # that one mail tells
MOST_PEOPLE = 2000
EVERYWHERE = "mail is due by the clock, in every location"


def waiting() -> list[tuple[str, str]]:
    """(user, location) of those for whom a mail is due, at most two thousand."""
    due = Notification.objects.everywhere(reason=EVERYWHERE).filter(mail_at__lte=clock.now())
    return list(due.order_by("user_id", "location_id").values_list("user_id", "location_id").distinct()[:MOST_PEOPLE])


def mail(user_id: str, location_id: str) -> bool:
    """Mail a person what is due in a location. What was read meanwhile, or may no longer be seen, is left out.

    Returns:
        Whether a mail left.

    Raises:
        OSError, smtplib.SMTPException: the mail server does not take it; everything stays due.
    """
    user = User.objects.everywhere(reason=EVERYWHERE).get(pk=user_id)
    place = Location.objects.everywhere(reason=EVERYWHERE).get(pk=location_id)
    actor = actor_at(user, place) if place.is_active else None
    with scope.fresh(), current.at(place, via="task"), transaction.atomic():
        due = Notification.objects.filter(user_id=user_id, mail_at__lte=clock.now())
        held = list(due.order_by("at", "pk").select_for_update(skip_locked=True))
        if not held:
            return False
        rows: list[showing.Line] = []
        if actor is not None:
            with scope.use(actor=actor):
                unread = Notification.objects.filter(pk__in=[row.pk for row in held]).unread().seen_by(actor)
                rows = showing.lines(list(unread.order_by("at", "pk")))
        if rows:
            _send(user, place, rows)
        now = clock.now()
        Notification.objects.filter(pk__in=[row.pk for row in held]).update(mail_at=None, mailed_at=now)
    return bool(rows)


def _send_nameless(user: User, number: int, headers: dict[str, str], context: dict[str, Any]) -> None:
    """All that a mail may say in HIPAA mode: that there is something, and where."""
    context |= {"stop_what": "", "number": number, "url": settings.BASE_URL + link("notifications:index")}
    subject = "You have a new notification" if number == 1 else f"You have {number} new notifications"
    mails.send(user, "notification_nameless", subject, headers=headers, **context)


def _send(user: User, place: Location, rows: list[showing.Line]) -> None:
    kinds = {row.kind.key for row in rows}
    stop = settings.BASE_URL + stopping.address(user.pk, place.pk, kinds.pop() if len(kinds) == 1 else "")
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    context: dict[str, Any] = {
        "place": str(place),
        "stop_url": stop,
        "stop_what": rows[0].kind.label if len(rows) == 1 or not kinds else "",
        "choose_url": settings.BASE_URL + link("notifications:preferences"),
    }
    if hipaa.is_on():
        return _send_nameless(user, len(rows), headers, context)
    if len(rows) > 1:
        subject = f"{len(rows)} notifications from {place}"
        context |= {"lines": rows[:MOST], "more": max(0, len(rows) - MOST), "base": settings.BASE_URL}
        context["url"] = settings.BASE_URL + link("notifications:index")
        return mails.send(user, "notifications", subject, headers=headers, **context)
    (line,) = rows
    url = settings.BASE_URL + line.url
    if line.kind is KINDS["access"]:
        contact = Contact.objects.get(pk=line.row.subject_id)
        asker = line.row.text.removesuffix(" asks to see this contact")
        subject = f"{asker} asks to see a contact"
        context |= {"asker": asker, "contact": str(contact), "url": settings.BASE_URL + line.row.url}
        return mails.send(user, "access_requested", subject, headers=headers, **context)
    subject = f"{line.title}: {line.text}" if line.title else line.text
    return mails.send(user, "notification", subject[:150], headers=headers, line=line, url=url, **context)
