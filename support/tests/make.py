"""Builders of this app's rows for tests."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Company, User
from core import scope
from core.scope import Actor
from support import tickets
from support.models import Ticket


def ticket(user: User, **fields: Any) -> Ticket:
    """A ticket of the company in scope."""
    return tickets.open_ticket(
        user, **{"subject": "Nothing arrives", "category": "technical", "body": "Since this morning.", **fields}
    )


def upload(name: str = "log.txt", content: bytes = b"nothing to see") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@contextmanager
def operating(company: Company) -> Any:
    """An operator at work on a company."""
    actor = Actor("0" * 20, "Opal", "operator", is_admin=True)
    with scope.fresh(company_id=company.pk, actor=actor, via="admin"):
        yield
