"""Tickets: opening one, replying on it, answering it, with the files that come along."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction

from accounts.models import Location, User
from contacts import documents
from core import clock, scope
from core.errors import Invalid, Refused
from support import targets
from support.models import Attachment, Reply, Ticket
from support.tasks import mail_reply

MOST_A_DAY = 20  # tickets of one person
MOST_REPLIES = 500  # on one ticket


def open_ticket(
    user: User,
    *,
    subject: str,
    category: str,
    body: str,
    severity: str = "normal",
    location: Location | None = None,
    access_hours: int = 0,
    answers: list[tuple[str, str]] | None = None,
    files: Sequence[Any] = (),
) -> Ticket:
    """Open a ticket of the company in scope; its target is the one of the plan at this moment.

    Args:
        location: which it is about, None for the whole account.
        access_hours: for how long from now support may look into the account; 0 for not at all.
        answers: (question, answer) of the categories with a form of their own.

    Raises:
        Invalid: {field: sentence}; nothing is written. Refused: twenty tickets of this person within a day.
    """
    body = _worded(body)
    kept = documents.checked(files) if files else []
    now = clock.now()
    recent = Ticket.objects.filter(requester=user, date_added__gt=now - dt.timedelta(days=1))
    if recent.count() >= MOST_A_DAY:
        raise Refused(f"You opened {MOST_A_DAY} tickets within a day. Reply on one of them, or wait.")
    promise = targets.of(scope.company_id())
    with Stored(location.pk if location else None) as stored, transaction.atomic():
        ticket: Ticket = Ticket.record_new(
            location=location,
            requester=user,
            requester_name=user.name[:200],
            subject=" ".join(subject.split()),
            category=category,
            severity=severity,
            answers=[list(pair) for pair in answers or []],
            is_priority=promise.is_priority,
            target_hours=promise.hours,
            due_at=now + dt.timedelta(hours=promise.hours),
            access_hours=access_hours,
            access_until=now + dt.timedelta(hours=access_hours) if access_hours else None,
            last_reply_at=now,
            date_added=now,
        )
        _say(ticket, user.pk, user.name, body, stored.put(kept))
    return ticket


def reply(ticket: Ticket, user: User, body: str, files: Sequence[Any] = ()) -> Reply:
    """What a customer adds. A solved ticket opens again within fourteen days.

    Raises:
        Invalid: {field: sentence}. Refused: it is closed, or was solved too long ago; nothing is written.
    """
    body = _worded(body)
    kept = documents.checked(files) if files else []
    with Stored(ticket.location_id) as stored, transaction.atomic():
        ticket.customer_replied()
        return _say(ticket, user.pk, user.name, body, stored.put(kept))


def answer(ticket: Ticket, body: str, files: Sequence[Any] = (), is_solved: bool = False) -> Reply:
    """What support answers, as the operator in scope; whoever opened the ticket is mailed.

    Raises:
        Invalid: {field: sentence}. Refused: it is closed; nothing is written.
    """
    body = _worded(body)
    kept = documents.checked(files) if files else []
    with Stored(ticket.location_id) as stored, transaction.atomic():
        ticket.support_replied(is_solved)
        said = _say(ticket, "", "HoopAI support", body, stored.put(kept), is_support=True)
        mail_reply.delay(said.pk)
    return said


def thread(ticket: Ticket) -> list[Reply]:
    """The messages of a ticket with their files, oldest first. Two queries."""
    return list(Reply.objects.filter(ticket=ticket).prefetch_related("attachments").order_by("pk")[:MOST_REPLIES])


def _worded(body: str) -> str:
    if not body.strip():
        raise Invalid({"body": "Say what it is about."})
    if len(body) > 20_000:
        raise Invalid({"body": "At most 20,000 characters. Attach longer texts as a file."})
    return body.strip()


def _say(
    ticket: Ticket, author_id: str, name: str, body: str, files: list[dict[str, Any]], is_support: bool = False
) -> Reply:
    if Reply.objects.filter(ticket=ticket).count() >= MOST_REPLIES:
        raise Refused(f"A ticket has at most {MOST_REPLIES} messages. Open a new one.")
    said: Reply = Reply.objects.create(
        ticket=ticket, is_support=is_support, author_id=author_id, author_name=name[:200], body=body, at=clock.now()
    )
    Attachment.objects.bulk_create([Attachment(reply=said, **file) for file in files])
    return said


class Stored:
    """Files that are stored before the rows are: if those are not written, the files go again.

    They lie in the folder of the ticket's location, or of the company's oldest: what deletes an account finds them.
    """

    def __init__(self, location_id: str | None) -> None:
        self.location_id = location_id
        self.keys: list[str] = []

    def __enter__(self) -> Stored:
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is not None:
            for key in self.keys:
                default_storage.delete(key)

    def put(self, files: Sequence[tuple[Any, str, str]]) -> list[dict[str, Any]]:
        """Store checked files; the columns of their rows."""
        found = []
        for file, name, kind in files:
            file.seek(0)
            key = default_storage.save(f"support/{self._folder()}/{secrets.token_hex(20)}", file)
            self.keys.append(key)
            found.append({"name": name, "type": kind, "size": file.size, "key": key})
        return found

    def _folder(self) -> str:
        if self.location_id is None:
            rows = Location.objects.everywhere(reason="the company in scope is named")
            oldest = rows.filter(company_id=scope.company_id()).order_by("pk").values_list("pk", flat=True).first()
            if oldest is None:
                raise Refused("An account without a location keeps no files.")
            self.location_id = oldest
        return self.location_id
