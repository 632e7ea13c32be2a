"""Who hears of an entry of the journal, and in which words: what happens to contacts, opportunities, notes and tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from accounts.models import Team
from contacts import access
from contacts.models import Contact, Task
from core.pages import link
from journal.models import Entry
from journal.sentences import ids_of, sentence
from opportunities.models import Opportunity


@dataclass(frozen=True)
class News:
    """One person is told one thing."""

    user: str
    kind: str
    entry: Entry
    text: str
    many: str = ""  # the same of {count} records at once; without it each is told by itself
    subject_type: str = ""
    subject_id: str = ""
    url: str = ""


class Room:
    """The contacts, opportunities, tasks and teams that some entries are about. At most four queries."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        entries = list(entries)
        deals = {entry.subject_id for entry in entries if entry.subject_type == "opportunity"}
        people = {entry.contact_id for entry in entries if entry.contact_id}
        tasks = {entry.subject_id for entry in entries if entry.subject_type == "task"}
        contacts = Contact.objects.live().filter(pk__in=people).only("assigned_to", "team", "followers")
        self.contacts = {row.pk: row for row in contacts} if people else {}
        rows = Opportunity.objects.live().filter(pk__in=deals).only("name", "assigned_to", "followers")
        self.deals = {row.pk: row for row in rows} if deals else {}
        self.tasks = {row.pk: row for row in Task.objects.live().filter(pk__in=tasks)} if tasks else {}
        wanted = {row.team_id for row in self.contacts.values() if row.team_id}
        self.teams = {row.pk: row for row in Team.objects.filter(pk__in=wanted)} if wanted else {}

    def concerned(self, contact_id: str | None) -> list[str]:
        """Owner, members of the owning team and followers of a contact; nobody of one that is gone."""
        contact = self.contacts.get(contact_id or "")
        if contact is None:
            return []
        team = self.teams.get(contact.team_id or "")
        found = [contact.assigned_to_id, *(team.members if team else ()), *contact.followers]
        return list(dict.fromkeys(filter(None, found)))


def who(entry: Entry) -> str:
    return entry.actor_name or "HoopAI"


def new(entry: Entry, field: str) -> Any:
    """The value a field got, or None where it did not change."""
    return (entry.changes or {}).get(field, [None, None])[1]


def about_contact(
    entry: Entry, users: Iterable[str], kind: str, text: str, many: str = "", url: str = ""
) -> list[News]:
    return [News(user, kind, entry, text, many, "contact", entry.contact_id or "", url) for user in users]


def note_written(entry: Entry, room: Room) -> Iterator[News]:
    actor = who(entry)
    yield from about_contact(
        entry, room.concerned(entry.contact_id), "activity", f"{actor} wrote a note", f"{actor} wrote {{count}} notes"
    )


def mentioned(entry: Entry, room: Room) -> Iterator[News]:
    if entry.contact_id in room.contacts:
        users = ids_of(entry.facts.get("users"))
        yield from about_contact(entry, users, "mention", f"{who(entry)} mentioned you in a note")


def task_written(entry: Entry, room: Room) -> Iterator[News]:
    """The assignee has a task; whoever owns or follows the contact hears of it as well."""
    task = room.tasks.get(entry.subject_id)
    if task is None:
        return
    actor, to = who(entry), task.assigned_to_id
    if to:
        yield from task_given(entry, room)
    others = [user for user in room.concerned(entry.contact_id) if user != to]
    text = f"{actor} added the task {task.title}"
    yield from about_contact(entry, others, "activity", text, f"{actor} added {{count}} tasks")


def task_given(entry: Entry, room: Room) -> Iterator[News]:
    task = room.tasks.get(entry.subject_id)
    moved = entry.verb == "task.created" or "assigned_to" in (entry.changes or {})
    if task is not None and task.assigned_to_id and moved:
        actor = who(entry)
        text, many = f"{actor} gave you a task", f"{actor} gave you {{count}} tasks"
        yield News(task.assigned_to_id, "task_assigned", entry, text, many, "task", task.pk)


def task_done(entry: Entry, room: Room) -> Iterator[News]:
    actor, title = who(entry), entry.facts.get("title", "")
    yield from about_contact(
        entry,
        room.concerned(entry.contact_id),
        "activity",
        f"{actor} completed the task {title}",
        f"{actor} completed {{count}} tasks",
    )


def task_due(entry: Entry, room: Room) -> Iterator[News]:
    task = room.tasks.get(entry.subject_id)
    if task is not None and task.assigned_to_id and not task.completed:
        yield News(task.assigned_to_id, "task_due", entry, "The task is due", "{count} tasks are due", "task", task.pk)


def owner_changed(entry: Entry, room: Room) -> Iterator[News]:
    contact = room.contacts.get(entry.contact_id or "")
    if contact is None:
        return
    actor, to = who(entry), new(entry, "assigned_to")
    team = room.teams.get(new(entry, "team") or "")
    told = {to} if to else set(team.members) if team else set()
    if to:
        text = f"{actor} made you the owner"
        yield from about_contact(entry, [to], "assigned", text, f"{actor} made you the owner of {{count}} contacts")
    elif team:
        text = f"{actor} made your team {team} the owner"
        yield from about_contact(
            entry, sorted(told), "assigned", text, f"{actor} made your team {team} the owner of {{count}} contacts"
        )
    others = [user for user in room.concerned(contact.pk) if user not in told]
    yield from about_contact(
        entry, others, "activity", f"{actor} changed the owner", f"{actor} changed the owner of {{count}} contacts"
    )


def followers_added(entry: Entry, room: Room) -> Iterator[News]:
    added = ids_of(entry.facts.get("users"))
    actor = who(entry)
    if entry.contact_id not in room.contacts:
        return
    text, many = f"{actor} made you a follower", f"{actor} made you a follower of {{count}} contacts"
    yield from about_contact(entry, sorted(added), "followed", text, many)
    others = [user for user in room.concerned(entry.contact_id) if user not in added]
    text, many = f"{actor} added a follower", f"{actor} added followers to {{count}} contacts"
    yield from about_contact(entry, others, "activity", text, many)


def deal_changed(entry: Entry, room: Room) -> Iterator[News]:
    """Whoever owns or follows the opportunity or its contact; the latter read it only if they see the opportunity."""
    deal = room.deals.get(entry.subject_id)
    if deal is None:
        return
    actor, given = who(entry), set()
    about = {"subject_type": "opportunity", "subject_id": deal.pk}
    if entry.verb == "opportunity.assigned" and (to := new(entry, "assigned_to")):
        given = {to}
        many = f"{actor} made you the owner of {{count}} opportunities"
        yield News(to, "assigned", entry, f"{actor} made you the owner", many, **about)
    if entry.verb == "opportunity.followed":
        given = ids_of(entry.facts.get("users"))
        many = f"{actor} made you a follower of {{count}} opportunities"
        for user in sorted(given):
            yield News(user, "followed", entry, f"{actor} made you a follower", many, **about)
    concerned = [deal.assigned_to_id, *deal.followers, *room.concerned(entry.contact_id)]
    text = f"{actor} {sentence(entry, {deal.pk: deal.name})}"
    for user in dict.fromkeys(filter(None, concerned)):
        if user not in given:
            yield News(user, "activity", entry, text, f"{actor} changed {{count}} opportunities", **about)


def access_asked(entry: Entry, room: Room) -> Iterator[News]:
    contact = Contact.objects.live().select_related("team").filter(pk=entry.contact_id).first()
    if contact is not None:
        url = link("contacts:access_grant", contact.pk, str(entry.facts["user"]))
        users = [user.pk for user in access.deciders(contact)]
        yield from about_contact(entry, users, "access", f"{who(entry)} asks to see this contact", url=url)


HEARD: dict[str, Callable[[Entry, Room], Iterator[News]]] = {
    "note.created": note_written,
    "note.mentioned": mentioned,
    "task.created": task_written,
    "task.updated": task_given,
    "task.completed": task_done,
    "task.due": task_due,
    "contact.assigned": owner_changed,
    "contact.followed": followers_added,
    "contact.access_requested": access_asked,
    "opportunity.assigned": deal_changed,
    "opportunity.followed": deal_changed,
    "opportunity.stage_changed": deal_changed,
    "opportunity.status_changed": deal_changed,
}


def heard(entries: list[Entry]) -> list[News]:
    """What people hear of these entries; whoever is mentioned in a note does not also hear that it was written."""
    room = Room(entries)
    notes = [entry.subject_id for entry in entries if entry.verb == "note.created"]
    calls = Entry.objects.filter(subject_id__in=notes, verb="note.mentioned") if notes else ()
    called = {(entry.subject_id, user) for entry in calls for user in ids_of(entry.facts.get("users"))}
    return [
        news
        for entry in entries
        for news in HEARD[entry.verb](entry, room)
        if not (entry.verb == "note.created" and (entry.subject_id, news.user) in called)
    ]
