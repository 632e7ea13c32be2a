"""What has happened to the demo's contacts: notes, tasks, and the entries of the journal that tell of them."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from accounts.models import Location, User
from contacts.models import Contact, Note, Tag, Task
from hoopai.demo import words
from hoopai.demo.people import id_at
from journal.models import Entry, plain

HOUR = dt.timedelta(hours=1)


class Chronicle:
    """Collects rows and entries of one location, each with its own moment and actor, to be written by the statement."""

    def __init__(
        self, place: Location, draw: random.Random, now: dt.datetime, team: list[User], tags: list[Tag]
    ) -> None:
        self.place, self.draw, self.now, self.team = place, draw, now, team
        self.tag_names = {tag.pk: tag.name for tag in tags}
        self.notes: list[Note] = []
        self.tasks: list[Task] = []
        self.entries: list[Entry] = []
        self.tagged_at: dict[str, dt.datetime] = {}

    def tell(
        self,
        verb: str,
        subject: Any,
        at: dt.datetime,
        by: User | None,
        changes: dict[str, Any] | None = None,
        facts: dict[str, Any] | None = None,
        via: str = "ui",
    ) -> None:
        """One entry as it would have been written at `at`; nobody is told of it now."""
        self.entries.append(
            Entry(
                id=id_at(self.draw, at),
                company_id=self.place.company_id,
                location_id=self.place.pk,
                verb=verb,
                subject_type=subject.NOUN,
                subject_id=subject.pk,
                contact_id=subject.journal_contact_id(),
                actor_id=by.pk if by else "",
                actor_name=by.name if by else "HoopAI",
                actor_kind="user" if by else "system",
                via=via,
                changes=plain(changes or {}),
                facts=plain(facts or {}),
                at=at,
                handed_over_at=at,
            )
        )

    def between(self, since: dt.datetime, until: dt.datetime) -> dt.datetime:
        return since + (until - since) * self.draw.random()

    def during(self, contact: Contact) -> dt.datetime:
        """A moment from when the contact was added to when anybody last cared for it."""
        return self.between(contact.date_added, contact.last_activity_at)

    def live(self, contact: Contact) -> None:
        """The life of one contact so far."""
        told = len(self.entries)
        draw, owner = self.draw, contact.assigned_to or draw_one(self.draw, self.team)
        new = {
            "first_name": [None, contact.first_name],
            "last_name": [None, contact.last_name],
            "source": [None, contact.source],
        }
        if contact.email:
            new["email"] = [None, contact.email]
        by = None if contact.created_via == "api" else owner
        self.tell("contact.created", contact, contact.date_added, by, new, via=contact.created_via)
        busy = draw.choices([0, 1, 2, 4, 9], [38, 30, 18, 10, 4])[0]
        if contact.tags:
            at = self.tagged_at[contact.pk] = contact.date_added + HOUR * draw.random()
            names = [self.tag_names[pk] for pk in contact.tags]
            self.tell(
                "contact.tagged", contact, at, owner, {"tags": [[], contact.tags]}, {"added": names, "removed": []}
            )
        if contact.assigned_to and draw.random() < 0.5:
            at = self.during(contact)
            self.tell("contact.assigned", contact, at, owner, {"assigned_to": [None, contact.assigned_to_id]})
        if contact.city and draw.random() < 0.3:
            at = self.during(contact)
            self.tell(
                "contact.updated", contact, at, owner, {"city": ["", contact.city], "address": ["", contact.address]}
            )
        if contact.dnd or contact.dnd_settings:
            at = self.during(contact)
            self.tell(
                "contact.dnd_changed",
                contact,
                at,
                owner,
                {"dnd": [False, contact.dnd], "dnd_settings": [{}, contact.dnd_settings]},
            )
        for _ in range(busy):
            self.note(contact, owner)
        if draw.random() < 0.55:
            self.task(contact, owner)
            if busy > 2:
                self.task(contact, owner)
        deeds = [entry.at for entry in self.entries[told:]]
        contact.last_activity_at = contact.date_updated = max(deeds)

    def note(self, contact: Contact, owner: User) -> None:
        draw, at = self.draw, self.during(contact)
        by = owner if draw.random() < 0.8 else draw_one(draw, self.team)
        title, body = draw.choice(words.NOTE_TITLES), draw.choice(words.NOTES)
        note = Note(
            id=id_at(draw, at),
            contact=contact,
            title=title,
            body=body,
            user=by,
            pinned=draw.random() < 0.06,
            color=draw.choice(["", "", "", "yellow", "blue"]),
            date_added=at,
            date_updated=at,
        )
        self.notes.append(note)
        self.tell(
            "note.created",
            note,
            at,
            by,
            {"title": [None, title], "body": [None, body]} if title else {"body": [None, body]},
        )

    def task(self, contact: Contact, owner: User) -> None:
        """Most old tasks are done, some are overdue; new ones lie in the coming weeks."""
        draw, at = self.draw, self.during(contact)
        title, body = draw.choice(words.TASKS)
        due = (at + dt.timedelta(days=draw.randint(1, 30))).replace(
            minute=draw.choice([0, 30]), second=0, microsecond=0
        )
        task = Task(
            id=id_at(draw, at),
            contact=contact,
            title=title,
            body=body,
            due_at=due,
            assigned_to=owner if draw.random() < 0.9 else None,
            date_added=at,
            date_updated=at,
        )
        self.tasks.append(task)
        self.tell("task.created", task, at, owner, {"title": [None, title], "due_at": [None, due]}, {"title": title})
        if due < self.now and draw.random() < (0.985 if due < self.now - dt.timedelta(days=20) else 0.6):
            done = self.between(at, min(due + dt.timedelta(days=3), self.now))
            task.completed, task.completed_at, task.completed_by, task.date_updated = True, done, owner, done
            self.tell("task.completed", task, done, owner, {"completed": [False, True]}, {"title": title})


def draw_one(draw: random.Random, people: list[User]) -> User:
    return draw.choice(people)
