"""Old ids: where the id of a contact that was folded into another one leads, and which ids a contact has had."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import CharField
from django.db.models.expressions import RawSQL

from contacts.models import Contact
from core import ids, scope

DEEPEST = 50
MOST = 200


# what `ids_of` finds, as a column of a query of contacts
FOLDED_IN = RawSQL(
    """ARRAY(WITH RECURSIVE held(contact, depth) AS (
        SELECT f.contact, 1 FROM contacts_formerid f
        WHERE f.master = contacts_contact.id AND f.location_id = contacts_contact.location_id
        UNION ALL
        SELECT f.contact, held.depth + 1 FROM contacts_formerid f JOIN held ON f.master = held.contact
        WHERE held.depth < %s)
    SELECT contact FROM held LIMIT %s)""",
    (DEEPEST, MOST),
    output_field=ArrayField(CharField()),
)


def master_of(contact_id: str) -> str:
    """The contact that holds now what `contact_id` held; "" where that id was never merged away. One query."""
    if not ids.is_id(contact_id):
        return ""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE way(master, depth) AS (
                SELECT master, 1 FROM contacts_formerid WHERE contact = %s AND location_id = %s
                UNION ALL
                SELECT f.master, way.depth + 1 FROM contacts_formerid f JOIN way ON f.contact = way.master WHERE way.depth < %s)
            SELECT master FROM way ORDER BY depth DESC LIMIT 1""",
            [contact_id, scope.location_id(), DEEPEST],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def ids_of(contact_id: str) -> list[str]:
    """The contact's id and those of all that were folded into it, directly or on the way. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE held(contact, depth) AS (
                SELECT contact, 1 FROM contacts_formerid WHERE master = %s AND location_id = %s
                UNION ALL
                SELECT f.contact, held.depth + 1 FROM contacts_formerid f JOIN held ON f.master = held.contact
                WHERE held.depth < %s)
            SELECT contact FROM held LIMIT %s""",
            [contact_id, scope.location_id(), DEEPEST, MOST],
        )
        return [contact_id, *(str(row[0]) for row in cursor.fetchall())]


def all_ids(contact: Contact) -> list[str]:
    """`ids_of` a contact; no query where the contact came with them (`FOLDED_IN` as `folded_in`)."""
    came_with: list[str] | None = getattr(contact, "folded_in", None)
    return ids_of(contact.pk) if came_with is None else [contact.pk, *came_with]
