"""What becomes of somebody's work when they leave: contacts and tasks pass to an heir, or lose their owner."""

from __future__ import annotations

from django.db import connection, transaction

from contacts.inheriting import pass_on_lists
from contacts.models import Contact, Task
from contacts.teams import leave_all
from core import clock, scope
from journal.recorded import quietly
from journal.writing import write_selected

OWNED = """
SELECT id AS subject_id, {contact} AS contact_id,
    jsonb_build_object('assigned_to', jsonb_build_array(assigned_to_id, %s::text)) AS changes,
    '{{"left": true}}'::jsonb AS facts
FROM {table} WHERE location_id = %s AND assigned_to_id = %s {more} FOR UPDATE
"""
FOLLOWED = """
SELECT id AS subject_id, id AS contact_id, jsonb_build_object('followers', jsonb_build_array(
        to_jsonb(followers), to_jsonb(array_remove(followers, %s::varchar)))) AS changes,
    jsonb_build_object('users', jsonb_build_array(%s::text), 'left', true) AS facts
FROM contacts_contact WHERE location_id = %s AND followers @> ARRAY[%s]::varchar[] FOR UPDATE
"""
UNFOLLOW = """
UPDATE contacts_contact SET followers = array_remove(followers, %s::varchar), date_updated = %s
WHERE location_id = %s AND followers @> ARRAY[%s]::varchar[]
"""


@transaction.atomic
def hand_over(user_id: str, heir: str | None) -> int:
    """Give a person's contacts and open tasks of the present location to `heir`, or to nobody. Harmless to repeat.

    Returns:
        How many they were.
    """
    here, now = scope.location_id(), clock.now()
    contacts = OWNED.format(contact="id", table="contacts_contact", more="")
    tasks = OWNED.format(contact="contact_id", table="contacts_task", more="AND NOT completed")
    count = write_selected("contact.assigned", "contact", contacts, [heir, here, user_id])
    count += write_selected("task.updated", "task", tasks, [heir, here, user_id])
    with quietly(reason="one entry a row was written above"):
        Contact.objects.filter(assigned_to_id=user_id).update(assigned_to=heir, date_updated=now)
        Task.objects.filter(assigned_to_id=user_id, completed=False).update(assigned_to=heir, date_updated=now)
    return count


@transaction.atomic
def release(user_id: str, heir: str | None = None) -> int:
    """Take a person off everything in the present location; a few statements, one entry a row. Harmless to repeat.

    Returns:
        How many contacts and tasks were theirs.
    """
    here, now = scope.location_id(), clock.now()
    count = hand_over(user_id, heir)
    count += write_selected("contact.unfollowed", "contact", FOLLOWED, [user_id, user_id, here, user_id])
    with connection.cursor() as cursor:
        cursor.execute(UNFOLLOW, [user_id, now, here, user_id])
    pass_on_lists(user_id)
    leave_all(user_id)
    return count
