from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q

from contacts.models.contact import Contact
from contacts.models.recurring_task import RecurringTask
from core import clock, scope
from core.tenancy import LocationModel
from core.text import clean_html
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet, locked


class TaskQuerySet(RecordedQuerySet):
    def visible_to(self, actor: Any) -> Self:
        if actor.sees_everything:
            return self
        return self.filter(
            Q(assigned_to_id=actor.id)
            | Q(contact__assigned_to_id=actor.id)
            | Q(contact__followers__contains=[actor.id])
            | Q(contact__team_id__in=actor.teams)
        )

    def open(self) -> Self:
        return self.filter(completed=False)

    def live(self) -> Self:
        """Tasks whose contact is not in the trash."""
        return self.filter(contact__deleted_at=None)


class Task(LocationModel, Recorded):
    """Something a person has to do about a contact by a certain moment."""

    NOUN = "task"
    UNRECORDED = frozenset({"date_updated", "is_due_told"})

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="tasks", db_index=False)
    title = models.CharField(max_length=300)
    body = models.TextField(max_length=5000, blank=True, default="")
    due_at = models.DateTimeField()
    assigned_to = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    completed = models.BooleanField(default=False)
    completed_at = models.DateTimeField(null=True, blank=True)
    completed_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    rule = models.ForeignKey(RecurringTask, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    occurrence = models.PositiveIntegerField(null=True, blank=True, editable=False)  # of the rule, from 0
    place = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)  # among those of one occurrence
    is_due_told = models.BooleanField(default=False, editable=False)  # task.due was written for this due time
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager.from_queryset(TaskQuerySet)()

    class Meta:
        ordering = ["completed", "due_at", "pk"]
        indexes = [
            models.Index(fields=["contact", "due_at"], name="task_by_contact"),
            models.Index(fields=["location", "completed", "due_at", "id"], name="task_by_due"),
            models.Index(fields=["assigned_to", "completed", "due_at"], name="task_by_assignee"),
            models.Index(fields=["due_at"], condition=Q(completed=False, is_due_told=False), name="task_to_tell_of"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["rule", "occurrence", "place"], name="task_once_an_occurrence"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def told(self) -> dict[str, Any]:
        """What webhooks tell of it, in JSON."""
        return {
            "title": self.title,
            "body": self.body,
            "assigned_to": self.assigned_to_id,
            "due_at": clock.iso(self.due_at),
            "date_added": clock.iso(self.date_added),
        }

    def last_facts(self) -> dict[str, Any]:
        return self.told

    def clean(self) -> None:
        self.body = clean_html(self.body)

    def change(self, verb: str = "", *, facts: dict[str, Any] | None = None, **fields: Any) -> dict[str, list[Any]]:
        """As always; a new due time will be told of again."""
        if "due_at" in fields and fields["due_at"] != self.due_at:
            fields["is_due_told"] = False
        return super().change(verb, facts=facts, **fields)

    @property
    def is_overdue(self) -> bool:
        return not self.completed and self.due_at < clock.now()

    @property
    def state(self) -> str:
        return "completed" if self.completed else "overdue" if self.is_overdue else "upcoming"

    @locked
    def complete(self) -> None:
        """Mark as done by the present actor; does nothing when it is already."""
        if not self.completed:
            actor = scope.current().actor
            self.change(
                "task.completed",
                facts={"title": self.title},
                completed=True,
                completed_at=clock.now(),
                completed_by=actor.user_id,
            )

    @locked
    def reopen(self) -> None:
        """Undo `complete`."""
        if self.completed:
            self.change(
                "task.reopened", facts={"title": self.title}, completed=False, completed_at=None, completed_by=None
            )
