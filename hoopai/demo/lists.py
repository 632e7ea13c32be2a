"""The demo's smart lists, a finished bulk action, an import of last month, and a few contacts in the trash."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.models import User
from contacts.models import BulkAction, BulkActionRow, Contact, SmartList, Tag
from hoopai.demo.history import Chronicle
from objects.models import CustomField

DAY = dt.timedelta(days=1)


def smart_lists(owner: User, other: User, tags: list[Tag], fields: dict[str, CustomField]) -> list[SmartList]:
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
    return [
        SmartList.record_new(
            name=name, owner=person, is_shared=shared, filters=filters, columns=columns, sort=sort, position=position
        )
        for position, (name, person, shared, filters, columns, sort) in enumerate(rows)
    ]


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
        params={"tags": [tag.name]},
        owner=by,
        total=len(chosen),
        done=len(chosen),
        date_added=at,
        date_updated=at,
        started_at=at,
        ended_at=at + dt.timedelta(seconds=4),
    )
    chronicle.tell("bulk_action.created", action, at, by, facts={"name": action.name, "total": action.total})
    return action, [BulkActionRow(action=action, contact_id=contact.pk, outcome="done") for contact in chosen]


def throw_away(chronicle: Chronicle, people: list[Contact], count: int) -> None:
    """Move some contacts to the trash, within the thirty days in which they can come back."""
    for contact in chronicle.draw.sample(people, count):
        at = max(contact.last_activity_at, chronicle.now - chronicle.draw.randint(1, 28) * DAY)
        by = chronicle.draw.choice(chronicle.team)
        contact.deleted_at, contact.deleted_by = at, by.name
        chronicle.tell("contact.deleted", contact, at, by, facts={"name": str(contact)})
