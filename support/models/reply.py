from __future__ import annotations

from django.db import models
from django.db.models import Q

from core import clock
from core.tenancy import CompanyModel
from support.models.ticket import Ticket


class Reply(CompanyModel):
    """One message of a ticket, the first of which opened it. Never changed."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="replies", db_index=False)
    is_support = models.BooleanField(default=False)
    author_id = models.CharField(max_length=20, blank=True, default="")
    author_name = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField(max_length=20_000)
    at = models.DateTimeField(default=clock.now, editable=False)
    mailed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["ticket", "id"], name="reply_by_ticket"),
            models.Index(fields=["at"], condition=Q(is_support=True, mailed_at=None), name="reply_to_mail"),
        ]

    def __str__(self) -> str:
        return self.body[:60]


class Attachment(CompanyModel):
    """A file that came with a message."""

    reply = models.ForeignKey(Reply, models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=100)  # told from the content
    size = models.BigIntegerField()
    key = models.CharField(max_length=200, unique=True)  # where it lies in the storage; random

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
