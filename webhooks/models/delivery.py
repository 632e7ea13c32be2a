from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q

from core import clock
from core.tenancy import CurrentLocation, IdField, ScopedManager
from journal.models import Key
from webhooks.models.endpoint import Endpoint

STATUSES = [("waiting", "Waiting"), ("delivered", "Delivered"), ("dead", "Failed")]


class DeliveryQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def dead(self) -> Self:
        return self.filter(status="dead")

    def open(self) -> Self:
        return self.filter(status="waiting")


DeliveryManager = ScopedManager.from_queryset(DeliveryQuerySet)


class Delivery(models.Model):
    """One event for one endpoint, through all its attempts. A log, not a fact: no journal, thirty days.

    When it is its turn is the line's to say, so that a delivery is written twice: when it is made and when it ended.
    """

    id = IdField()  # `webhookId` on the wire
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="+", db_index=False)
    company_id = Key(null=True)
    location_id = Key(null=True)
    entry_id = Key(null=True)
    event = models.CharField(max_length=60)
    resource_id = Key(default="")
    sequence = models.PositiveBigIntegerField(default=0)
    payload = models.TextField()  # the event as it was at the time, compact JSON without the envelope's changing part
    is_test = models.BooleanField(default=False)
    status = models.CharField(max_length=10, default="waiting", choices=STATUSES)
    attempts = models.PositiveSmallIntegerField(default=0)  # since it was made or last replayed
    tries = models.JSONField(default=list)  # [{at, ms, status, error}], every attempt there was
    answered = models.PositiveSmallIntegerField(null=True)  # HTTP status of the last answer
    answer = models.TextField(default="")  # its body, cut
    error = models.CharField(max_length=300, default="")
    sent_at = models.DateTimeField(null=True)  # of the last attempt; the envelope's timestamp
    milliseconds = models.PositiveIntegerField(default=0)
    date_added = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    objects = DeliveryManager()

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["endpoint", "resource_id", "sequence"], name="delivery_in_line"),
            models.Index(fields=["location_id", "-id"], name="delivery_by_location"),
            models.Index(fields=["location_id", "-id"], name="delivery_dead", condition=Q(status="dead")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["entry_id", "endpoint", "event"], name="one_delivery_per_endpoint_and_event"
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.resource_id}"

    @classmethod
    def tenant_filter(cls) -> dict[str, Any]:
        return {"location_id": CurrentLocation()}

    @property
    def is_open(self) -> bool:
        return self.status == "waiting"

    @property
    def line(self) -> Line | None:
        """The line it stands in. One query."""
        return Line.objects.filter(endpoint_id=self.endpoint_id, resource_id=self.resource_id).first()


class Line(models.Model):
    """The deliveries about one resource to one endpoint, in their order. Only its head may be sent.

    `next_at` is when that may happen or, while a sender has it, until when nobody else may take it. The row is the lock:
    whoever adds to the line or ends a delivery of it changes this row first.
    """

    pk = models.CompositePrimaryKey("endpoint_id", "resource_id")
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="+", db_index=False)
    resource_id = Key(default="")
    last = models.PositiveBigIntegerField(default=0)  # the last sequence number given
    open = models.PositiveIntegerField(default=0)  # how many have not ended
    head = Key(null=True)  # the delivery whose turn it is
    next_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["endpoint", "next_at"], name="line_due", condition=Q(next_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.resource_id} at {self.endpoint_id}"
