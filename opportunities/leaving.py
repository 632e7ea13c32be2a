"""What becomes of somebody's opportunities when they leave: they lose their owner and their follower."""

from __future__ import annotations

from django.db import connection, transaction

from core import clock, scope
from journal.recorded import quietly
from journal.writing import write_selected
from opportunities.models import Opportunity

OWNED = """
SELECT id AS subject_id, contact_id, jsonb_build_object('assigned_to', jsonb_build_array(assigned_to_id, %s::text)) AS changes,
    jsonb_build_object('left', true, 'name', name) AS facts
FROM opportunities_opportunity WHERE location_id = %s AND assigned_to_id = %s FOR UPDATE
"""
FOLLOWED = """
SELECT id AS subject_id, contact_id, jsonb_build_object('followers', jsonb_build_array(
        to_jsonb(followers), to_jsonb(array_remove(followers, %s::varchar)))) AS changes,
    jsonb_build_object('users', jsonb_build_array(%s::text), 'left', true, 'name', name) AS facts
FROM opportunities_opportunity WHERE location_id = %s AND followers @> ARRAY[%s]::varchar[] FOR UPDATE
"""
UNFOLLOW = """
UPDATE opportunities_opportunity SET followers = array_remove(followers, %s::varchar), date_updated = %s
WHERE location_id = %s AND followers @> ARRAY[%s]::varchar[]
"""
LOCK_OUT = """
UPDATE opportunities_pipeline SET people = array_remove(people, %s::varchar)
WHERE location_id = %s AND people @> ARRAY[%s]::varchar[] AND cardinality(people) + cardinality(teams) > 1
"""


@transaction.atomic
def hand_over(user_id: str, heir: str | None) -> int:
    """Give a person's opportunities of the location in scope to `heir`, or to nobody. Harmless to repeat.

    Returns:
        How many they were.
    """
    count = write_selected("opportunity.assigned", "opportunity", OWNED, [heir, scope.location_id(), user_id])
    with quietly(reason="one entry a row was written above"):
        Opportunity.objects.filter(assigned_to_id=user_id).update(assigned_to=heir, date_updated=clock.now())
    return count


@transaction.atomic
def release(user_id: str, heir: str | None = None) -> int:
    """Take a person off every opportunity of the location in scope; one entry a row. Harmless to repeat.

    A pipeline that only this person was let into keeps their id: it must not open to everybody.

    Returns:
        How many opportunities were theirs.
    """
    here, now = scope.location_id(), clock.now()
    count = hand_over(user_id, heir)
    write_selected("opportunity.unfollowed", "opportunity", FOLLOWED, [user_id, user_id, here, user_id])
    with connection.cursor() as cursor:
        cursor.execute(UNFOLLOW, [user_id, now, here, user_id])
        cursor.execute(LOCK_OUT, [user_id, here, user_id])
    return count
