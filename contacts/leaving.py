"""What becomes of somebody's work when they leave: contacts and tasks lose their owner and their follower."""

from __future__ import annotations

from django.db import connection, transaction

from contacts.models import Contact, Task
from core import clock, scope
from journal.recorded import quietly
from journal.writing import write_selected

OWNED = """
SELECT id AS subject_id, {contact} AS contact_id,
    jsonb_build_object('assigned_to', jsonb_build_array(assigned_to_id, NULL)) AS changes,
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
def release(user_id: str) -> int:
    """Take a person off everything in the present location; a few statements, one entry a row. Harmless to repeat.

    Returns:
        How many contacts and tasks were theirs.
    """
    here, now = scope.location_id(), clock.now()
    contacts = OWNED.format(contact="id", table="contacts_contact", more="")
    tasks = OWNED.format(contact="contact_id", table="contacts_task", more="AND NOT completed")
    count = write_selected("contact.assigned", "contact", contacts, [here, user_id])
    count += write_selected("task.updated", "task", tasks, [here, user_id])
    count += write_selected("contact.unfollowed", "contact", FOLLOWED, [user_id, user_id, here, user_id])
    with quietly(reason="one entry a row was written above"):
        Contact.objects.filter(assigned_to_id=user_id).update(assigned_to=None, date_updated=now)
        Task.objects.filter(assigned_to_id=user_id, completed=False).update(assigned_to=None, date_updated=now)
        with connection.cursor() as cursor:
            cursor.execute(UNFOLLOW, [user_id, now, here, user_id])
    return count
