"""The forms of notes and tasks."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import User
from contacts.models import Note, Task
from contacts.models.note import LONGEST
from core import clock, scope

COLORS = [("", "None"), ("yellow", "Yellow"), ("green", "Green"), ("blue", "Blue"), ("red", "Red")]
SPANS = [("this", "Only this one"), ("following", "This one and those that follow")]


def for_editing(body: str) -> str:
    """A stored body as it goes into a text box: entities of plain text become characters again."""
    return html.unescape(body) if "<" not in body else body


class NoteForm(forms.Form):
    title = forms.CharField(max_length=200, required=False)
    body = forms.CharField(
        label="Note",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Write something first.", "max_length": "A note has at most 5,000 characters."},
    )
    color = forms.ChoiceField(label="Colour", choices=COLORS, required=False, widget=forms.RadioSelect)

    @classmethod
    def of(cls, note: Note) -> NoteForm:
        color = note.color if note.color in dict(COLORS) else ""
        return cls(initial={"title": note.title, "body": for_editing(note.body), "color": color})


class RichTextarea(forms.Textarea):
    """A text box that becomes an editor where there is a script."""

    template_name = "contacts/record/rich-textarea.html"


class TaskForm(forms.Form):
    title = forms.CharField(label="Task", max_length=300, error_messages={"required": "Say what has to be done."})
    due = forms.DateTimeField(
        label="Due",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": "Choose a day and a time.", "invalid": "Not a day and time."},
    )
    assigned_to = forms.CharField(
        label="Assignee", widget=forms.Select, error_messages={"required": "Choose who does it."}
    )
    body = forms.CharField(label="Description", max_length=5000, required=False, widget=RichTextarea(attrs={"rows": 3}))
    span = forms.ChoiceField(label="This task repeats. Change", choices=SPANS, required=False, widget=forms.RadioSelect)

    def __init__(
        self, *args: Any, people: Iterable[User] = (), prefix: str = "task", repeats: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, prefix=prefix, **kwargs)
        if not repeats:
            del self.fields["span"]
        listed = [(person.pk, person.name or person.email) for person in people]
        self.fields["assigned_to"].widget.choices = [("", "Choose a person"), *listed]

    @classmethod
    def blank(cls, people: Iterable[User], prefix: str = "task") -> TaskForm:
        """Due tomorrow at nine, for the person who asks."""
        tomorrow = timezone.localtime(clock.now()) + dt.timedelta(days=1)
        due = tomorrow.replace(hour=9, minute=0, second=0, microsecond=0)
        return cls(people=people, prefix=prefix, initial={"due": due, "assigned_to": scope.current().actor.id})

    @classmethod
    def of(cls, task: Task, people: Iterable[User]) -> TaskForm:
        return cls(
            people=people,
            repeats=task.rule_id is not None,
            initial={
                "span": "this",
                "title": task.title,
                "due": task.due_at,
                "assigned_to": task.assigned_to_id,
                "body": for_editing(task.body),
            },
        )

    def clean_due(self) -> dt.datetime:
        due: dt.datetime = self.cleaned_data["due"]
        if not 1970 <= due.year <= 2200:
            raise forms.ValidationError("Not a day and time.")
        return due

    def clean_assigned_to(self) -> str:
        """Somebody who works here; whoever has the task already may keep it."""
        wanted: str = self.cleaned_data["assigned_to"]
        kept = self.initial.get("assigned_to") == wanted
        if not kept and not User.objects.working_at(scope.location_id()).filter(pk=wanted).exists():
            raise forms.ValidationError("Nobody with this name works here.")
        return wanted

    def values(self) -> dict[str, Any]:
        """What the form says, by the names of Task's columns."""
        given = self.cleaned_data
        return {
            "title": given["title"],
            "due_at": given["due"],
            "body": given["body"],
            "assigned_to": User.objects.get(pk=given["assigned_to"]),
        }
