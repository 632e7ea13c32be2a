"""The demo's smart lists, a finished bulk action, an import of last month, and a few contacts in the trash."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.models import Location, Team, User
from contacts import bulk
from contacts.bulk_pace import Pace
from contacts.models import BulkAction, BulkActionRow, Contact, SmartList, Tag
from core import clock
from hoopai.demo.history import Chronicle
from objects.models import CustomField

DAY = dt.timedelta(days=1)


def smart_lists(
    owner: User, other: User, team: Team, tags: list[Tag], fields: dict[str, CustomField]
) -> list[SmartList]:
    """Lists that everybody sees, one that a team sees and one of a person's own."""
    tag = {row.name: row.pk for row in tags}
    budget, kind = fields["Budget"].pk, fields["Project type"].pk
    rows: list[tuple[str, User, bool, list[Any], list[str], str]] = [
        (
            "New this month",
            owner,
            True,
            [{"field": "dateAdded", "operator": "in_last", "value": 30}],
            ["name", "phone", "email", "source", "assignedTo", "dateAdded"],
            "-dateAdded",
        ),
        (
            "Large projects",
            owner,
            True,
            [{"field": f"customFields.{budget}", "operator": "gte", "value": 60000}],
            ["name", "companyName", f"customFields.{budget}", f"customFields.{kind}", "assignedTo", "lastActivity"],
            "-score",
        ),
        (
            "Quote sent, quiet for 30 days",
            owner,
            True,
            [
                {"field": "tags", "operator": "eq", "value": [tag["quote sent"]]},
                {"field": "lastActivity", "operator": "not_in_last", "value": 30},
            ],
            ["name", "phone", "tags", "assignedTo", "lastActivity"],
            "lastActivity",
        ),
        (
            "Nobody looks after them",
            owner,
            True,
            [
                {"field": "assignedTo", "operator": "not_exists"},
                {
                    "group": "OR",
                    "filters": [
                        {"field": "type", "operator": "eq", "value": "customer"},
                        {"field": "score", "operator": "gt", "value": 50},
                    ],
                },
            ],
            ["name", "phone", "email", "type", "dateAdded"],
            "-score",
        ),
        (
            "My past clients",
            other,
            False,
            [
                {"field": "tags", "operator": "eq", "value": [tag["past client"]]},
                {"field": "assignedTo", "operator": "eq", "value": [other.pk]},
            ],
            ["name", "phone", "email", "lastActivity"],
            "name",
        ),
    ]
    made = [
        SmartList.record_new(
            name=name, owner=person, is_shared=shared, filters=filters, columns=columns, sort=sort, position=position
        )
        for position, (name, person, shared, filters, columns, sort) in enumerate(rows)
    ]
    shared_with_team = SmartList.record_new(
        name=f"Open to {team.name}",
        owner=other,
        shared_teams=[team.pk],
        filters=[{"field": "assignedTo", "operator": "eq", "value": [team.pk]}],
        columns=["name", "phone", "email", "source", "dateAdded"],
        sort="-dateAdded",
        position=len(made),
    )
    return [*made, shared_with_team]


def past_bulk_action(
    chronicle: Chronicle, by: User, tag: Tag, people: list[Contact]
) -> tuple[BulkAction, list[BulkActionRow]]:
    """A tag that went on a few dozen contacts two weeks ago."""
    at = chronicle.now - 14 * DAY
    chosen = [contact for contact in people if tag.pk in contact.tags and contact.date_added < at][:60]
    action = BulkAction(
        name=f"Add the tag {tag.name}",
        kind="add_tags",
        status="completed",
        params={"tags": [tag.pk], "names": [tag.name]},
        owner=by,
        total=len(chosen),
        done=len(chosen),
        date_added=at,
        date_updated=at,
        started_at=at,
        ended_at=at + dt.timedelta(seconds=4),
    )
    chronicle.tell("bulk_action.created", action, at, by, facts={"name": action.name, "total": action.total})
    return action, [
        BulkActionRow(action=action, subject_id=contact.pk, outcome="done", changed=[tag.pk]) for contact in chosen
    ]


def coming_bulk_actions(place: Location, tag: Tag) -> None:
    """A tag at a set time, and a date pushed in batches on working days: nothing of them has happened yet."""
    start = clock.midnight(clock.today(place.zone) + 2 * DAY, place.zone) + dt.timedelta(hours=9)
    people = Contact.objects.live().order_by("pk")
    params = {"tags": [tag.pk], "names": [tag.name]}
    bulk.start(
        "add_tags",
        people.filter(type="customer"),
        name="Invite past clients to the home show",
        params=params,
        mode="scheduled",
        start_at=start,
    )
    bulk.start(
        "add_tags",
        people.filter(source="Newsletter"),
        name="Newsletter readers, ten a day",
        params=params,
        mode="drip",
        start_at=start,
        pace=Pace(quantity=10, every=1, unit="days", weekdays=(0, 1, 2, 3, 4), opens="09:00", closes="17:00"),
    )


def throw_away(chronicle: Chronicle, people: list[Contact], count: int) -> None:
    """Move some contacts to the trash, within the thirty days in which they can come back."""
    for contact in chronicle.draw.sample(people, count):
        at = max(contact.last_activity_at, chronicle.now - chronicle.draw.randint(1, 28) * DAY)
        by = chronicle.draw.choice(chronicle.team)
        contact.deleted_at, contact.deleted_by = at, by.name
        chronicle.tell("contact.deleted", contact, at, by, facts={"name": str(contact)})
