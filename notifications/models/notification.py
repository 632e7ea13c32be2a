from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q

from contacts.models import Contact, Task
from core import clock
from core.tenancy import LocationModel, ScopedManager
from notifications.kinds import ALL
from opportunities.models import Opportunity

SUBJECTS: dict[str, Any] = {"contact": Contact, "opportunity": Opportunity, "task": Task}


class NotificationQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def shown_to(self, actor: Any) -> Self:
        """What the actor is shown in the app."""
        return self.filter(user_id=actor.id, in_app=True).seen_by(actor)

    def seen_by(self, actor: Any) -> Self:
        """Those whose subject, if any, is still there and may be seen by the actor."""
        seen = Q(subject_type="")
        for name, model in SUBJECTS.items():
            rows = model.objects.live().visible_to(actor).filter(pk=OuterRef("subject_id")).order_by()
            seen |= Q(subject_type=name) & Q(Exists(rows))
        return self.filter(seen)

    def unread(self) -> Self:
        return self.filter(read_at=None)


class Notification(LocationModel):
    """Something a person is told of. What happens to one record within five minutes is one row with a count."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=[(kind.key, kind.label) for kind in ALL])
    subject_type = models.CharField(max_length=20, blank=True, default="")  # a key of SUBJECTS
    subject_id = models.CharField(max_length=20, blank=True, default="", db_collation="C")
    text = models.CharField(max_length=500)  # what happened; the subject's name is looked up when it is shown
    url = models.CharField(max_length=300, blank=True, default="")  # where it has no subject, or something to decide
    group = models.CharField(max_length=120, blank=True, default="")  # what later news may be added to
    count = models.PositiveIntegerField(default=1)
    entries = ArrayField(models.CharField(max_length=20), default=list)  # of the journal, the last hundred
    first_at = models.DateTimeField(default=clock.now)
    at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True, blank=True)
    in_app = models.BooleanField(default=True)  # else it is only mailed
    mail_at = models.DateTimeField(null=True, blank=True)  # waits to be mailed at this time
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager.from_queryset(NotificationQuerySet)()  # type: ignore[misc]  # as every manager of ours

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["location", "user", "-at", "-id"], name="notification_by_user"),
            models.Index(
                fields=["location", "user", "-at"],
                name="notification_unread",
                condition=Q(read_at=None, in_app=True),
            ),
            models.Index(fields=["mail_at"], name="notification_to_mail", condition=Q(mail_at__isnull=False)),
            models.Index(fields=["at"], name="notification_by_age"),
            models.Index(fields=["location", "subject_id"], name="notification_by_subject"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(subject_type="") | ~Q(subject_id=""), name="notification_of_something"),
        ]

    def __str__(self) -> str:
        return self.text
