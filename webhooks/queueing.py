"""Putting deliveries into their lines, taking what is due, and giving each line's next one its turn. Set-based SQL.

A line holds what one endpoint is told of one resource. Only its head has a time at which it is due, so what waits
behind a failing delivery costs nothing until its turn comes.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection, transaction

from core import clock, ids

LEASE = dt.timedelta(seconds=60)  # a sender has a delivery for so long; then it is dead and another one may take it
PER_HOST = 50
SHARES = 4
ON_PROBATION = 2  # at a time, to an endpoint that has failed three times in a row
PROBATION_AFTER = 3


@dataclass(slots=True)
class New:
    """A delivery to be made."""

    endpoint_id: str
    event: str
    resource_id: str
    payload: str
    company_id: str | None
    location_id: str | None
    entry_id: str | None
    is_test: bool = False


ADD = """
WITH fresh AS MATERIALIZED (
    SELECT given.*, row_number() OVER (PARTITION BY endpoint_id, resource_id ORDER BY place) AS nth
    FROM json_to_recordset(%(rows)s::json) AS given (id varchar, endpoint_id varchar, event varchar, resource_id varchar,
        pick int, company_id varchar, location_id varchar, entry_id varchar, is_test boolean, place int)
    WHERE entry_id IS NULL OR NOT EXISTS (SELECT 1 FROM webhooks_delivery held
        WHERE held.entry_id = given.entry_id COLLATE "C" AND held.endpoint_id = given.endpoint_id COLLATE "C"
        AND held.event = given.event)
), counted AS (
    SELECT endpoint_id, resource_id, count(*) AS more, min(id) FILTER (WHERE nth = 1) AS first
    FROM fresh GROUP BY 1, 2
), lines AS (
    INSERT INTO webhooks_line AS line (endpoint_id, resource_id, last, open, head, next_at)
    SELECT endpoint_id, resource_id, more, more, first, %(now)s
    FROM counted ORDER BY endpoint_id COLLATE "C", resource_id COLLATE "C"
    ON CONFLICT (endpoint_id, resource_id) DO UPDATE
    SET last = line.last + excluded.last, open = line.open + excluded.open,
        head = CASE WHEN line.open = 0 THEN excluded.head ELSE line.head END,
        next_at = CASE WHEN line.open = 0 THEN excluded.next_at ELSE line.next_at END
    RETURNING endpoint_id, resource_id, last
)
INSERT INTO webhooks_delivery (id, endpoint_id, company_id, location_id, entry_id, event, resource_id, sequence, payload,
    is_test, status, attempts, tries, answer, error, milliseconds, date_added)
SELECT f.id, f.endpoint_id, f.company_id, f.location_id, f.entry_id, f.event, f.resource_id,
    line.last - c.more + f.nth, told.text, f.is_test, 'waiting', 0, '[]', '', '', 0, %(now)s
FROM fresh f JOIN counted c USING (endpoint_id, resource_id)
JOIN json_array_elements_text(%(payloads)s::json) WITH ORDINALITY AS told (text, pick) ON told.pick = f.pick
JOIN lines line ON line.endpoint_id = f.endpoint_id COLLATE "C" AND line.resource_id = f.resource_id COLLATE "C"
ORDER BY f.place RETURNING id
"""


def add(rows: Sequence[New]) -> list[str]:
    """Append deliveries to their lines, in the order given; those that exist already (entry, endpoint, event) are left.

    In the caller's transaction. Returns the ids that were added.
    """
    if not rows:
        return []
    payloads: dict[str, int] = {}
    given = [
        {
            "id": ids.new_id(),
            "endpoint_id": row.endpoint_id,
            "event": row.event,
            "resource_id": row.resource_id,
            "pick": payloads.setdefault(row.payload, len(payloads) + 1),
            "company_id": row.company_id,
            "location_id": row.location_id,
            "entry_id": row.entry_id,
            "is_test": row.is_test,
            "place": place,
        }
        for place, row in enumerate(rows)
    ]
    values: dict[str, Any] = {
        "rows": orjson.dumps(given).decode(),
        "payloads": orjson.dumps(list(payloads)).decode(),
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(ADD, values)
        return [row[0] for row in cursor.fetchall()]


MODE = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "synchronous_commit")


@contextmanager
def senders_mode() -> Iterator[None]:
    """Within the block rows are looked up by their keys, and a commit does not wait for the disk.

    What the planner knows of a queue, which is empty at one moment and holds a million rows at the next, is always out
    of date. And a power cut may take back the last notes of what was sent, in their order: it is then sent once more.
    """
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET {name} = off" for name in MODE))
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("; ".join(f"RESET {name}" for name in MODE))


def is_due() -> bool:
    """Whether a sender would find something."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT EXISTS (SELECT 1 FROM webhooks_endpoint e WHERE e.state = 'on' AND EXISTS (
                SELECT 1 FROM webhooks_line l WHERE l.endpoint_id = e.id AND l.next_at <= %s))""",
            [clock.now()],
        )
        return bool(cursor.fetchone()[0])


# coalesce() keeps the planner from the index of what is due where rows are known by their keys
CLAIM = """
WITH busy AS (SELECT * FROM unnest(%(hosts)s::varchar[], %(counts)s::int[]) AS b (host, number)),
due AS (
    SELECT e.id AS endpoint_id, found.resource_id, e.host, e.failures,
        row_number() OVER (PARTITION BY e.host ORDER BY found.next_at, found.resource_id) AS place,
        row_number() OVER (PARTITION BY e.id ORDER BY found.next_at, found.resource_id) AS place_here
    FROM webhooks_endpoint e CROSS JOIN LATERAL (
        SELECT l.resource_id, l.next_at FROM webhooks_line l WHERE l.endpoint_id = e.id AND l.next_at <= %(now)s
        ORDER BY l.next_at LIMIT %(per_host)s
    ) AS found
    WHERE e.state = 'on'
),
chosen AS MATERIALIZED (
    SELECT due.endpoint_id, due.resource_id FROM due LEFT JOIN busy ON busy.host = due.host
    WHERE place <= %(per_host)s - coalesce(busy.number, 0)
    AND (due.failures < %(probation_after)s OR place_here <= %(probation)s - coalesce(busy.number, 0))
    ORDER BY place LIMIT %(room)s
),
held AS MATERIALIZED (
    SELECT l.endpoint_id, l.resource_id FROM chosen JOIN webhooks_line l USING (endpoint_id, resource_id)
    WHERE coalesce(l.next_at, 'infinity') <= %(now)s FOR UPDATE OF l SKIP LOCKED
),
taken AS (
    UPDATE webhooks_line l SET next_at = %(until)s FROM held
    WHERE l.endpoint_id = held.endpoint_id AND l.resource_id = held.resource_id RETURNING l.head
)
SELECT d.id, d.endpoint_id, d.event, d.resource_id, d.sequence, d.payload, d.attempts + 1, d.is_test, d.location_id
FROM taken JOIN webhooks_delivery d ON d.id = taken.head
"""


@dataclass(slots=True)
class Claimed:
    """A delivery in a sender's hands."""

    id: str
    endpoint_id: str
    event: str
    resource_id: str
    sequence: int
    payload: str
    attempts: int  # this one included
    is_test: bool
    location_id: str | None
    sent_at: dt.datetime
    until: dt.datetime  # the end of the lease, by which the sender is known to still have it
    host: str = ""


def claim(room: int, busy: Counter[str]) -> list[Claimed]:
    """Take up to `room` due deliveries under a lease: few of each host, none that another sender holds.

    One host may have a quarter of the room that is left, so that however many receivers hang there is room for others.

    Args:
        busy: how many the caller has under way, by host.
    """
    now = clock.now()
    until = now + LEASE
    values: dict[str, Any] = {
        "hosts": list(busy.keys()),
        "counts": list(busy.values()),
        "now": now,
        "until": until,
        "per_host": max(1, min(PER_HOST, room // SHARES)),
        "room": room,
        "probation": ON_PROBATION,
        "probation_after": PROBATION_AFTER,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        return [Claimed(*(*row, now, until)) for row in cursor.fetchall()]


@dataclass(slots=True)
class Outcome:
    """How an attempt ended."""

    claimed: Claimed
    status: str  # delivered, waiting or dead
    next_at: dt.datetime | None  # of a waiting one
    answered: int | None
    answer: str
    error: str
    milliseconds: int
    attempt: dict[str, Any]  # one of `tries`


NEXT_OF = """(SELECT w.id FROM webhooks_delivery w WHERE w.endpoint_id = l.endpoint_id AND w.resource_id = l.resource_id
    AND w.status = 'waiting' AND w.id <> o.id ORDER BY w.sequence LIMIT 1)"""
FINISH = f"""
WITH o AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(rows)s::json) AS given (id varchar, endpoint_id varchar, resource_id varchar,
        until timestamptz, attempts int, status varchar, next_at timestamptz, answered int, answer text, error varchar,
        milliseconds int, attempt jsonb, sent_at timestamptz)
),
mine AS (
    UPDATE webhooks_line l SET
        open = CASE WHEN o.status = 'waiting' THEN l.open ELSE l.open - 1 END,
        head = CASE WHEN o.status = 'waiting' THEN l.head WHEN l.open = 1 THEN NULL ELSE {NEXT_OF} END,
        next_at = CASE WHEN o.status = 'waiting' THEN o.next_at WHEN l.open = 1 THEN NULL ELSE %(now)s END
    FROM o WHERE l.endpoint_id = o.endpoint_id COLLATE "C" AND l.resource_id = o.resource_id COLLATE "C"
    AND l.head = o.id AND coalesce(l.next_at, 'infinity') = o.until RETURNING o.id
),
done AS (
    UPDATE webhooks_delivery d SET status = o.status, attempts = o.attempts, answered = o.answered, answer = o.answer,
        error = o.error, milliseconds = o.milliseconds, tries = d.tries || o.attempt, sent_at = o.sent_at,
        finished_at = CASE WHEN o.status <> 'waiting' THEN %(now)s::timestamptz END
    FROM mine JOIN o USING (id) WHERE d.id = o.id COLLATE "C" RETURNING d.id, d.endpoint_id, d.status
),
counted AS (
    INSERT INTO webhooks_hour AS hour (endpoint_id, at, delivered, failed)
    SELECT endpoint_id, %(hour)s, count(*) FILTER (WHERE status = 'delivered'),
        count(*) FILTER (WHERE status <> 'delivered') FROM done GROUP BY endpoint_id ORDER BY endpoint_id
    ON CONFLICT (endpoint_id, at) DO UPDATE
    SET delivered = hour.delivered + excluded.delivered, failed = hour.failed + excluded.failed
)
SELECT id FROM done
"""  # noqa: S608


def finish(outcomes: Sequence[Outcome]) -> set[str]:
    """Write down how attempts ended, count them by the hour, and give the next of each ended line its turn.

    In the caller's transaction. An outcome whose lease another sender has taken over meanwhile is dropped. Returns the
    ids written.
    """
    if not outcomes:
        return set()
    now = clock.now()
    given = [
        {
            "id": one.claimed.id,
            "endpoint_id": one.claimed.endpoint_id,
            "resource_id": one.claimed.resource_id,
            "until": one.claimed.until,
            "attempts": one.claimed.attempts,
            "status": one.status,
            "next_at": one.next_at,
            "answered": one.answered,
            "answer": one.answer,
            "error": one.error,
            "milliseconds": one.milliseconds,
            "attempt": one.attempt,
            "sent_at": one.claimed.sent_at,
        }
        for one in outcomes
    ]
    values: dict[str, Any] = {
        "rows": orjson.dumps(given).decode(),
        "now": now,
        "hour": now.replace(minute=0, second=0, microsecond=0),
    }
    with connection.cursor() as cursor:
        lock_lines(cursor, [(one.claimed.endpoint_id, one.claimed.resource_id) for one in outcomes])
        cursor.execute(FINISH, values)
        return {row[0] for row in cursor.fetchall()}


def release(claimed: Sequence[Claimed]) -> None:
    """Give back what was taken and not sent: it is due at once and the attempt does not count."""
    with transaction.atomic(), connection.cursor() as cursor:
        lock_lines(cursor, [(one.endpoint_id, one.resource_id) for one in claimed])
        cursor.execute(
            """UPDATE webhooks_line l SET next_at = %s FROM unnest(%s::varchar[], %s::varchar[], %s::varchar[],
                %s::timestamptz[]) AS o (endpoint_id, resource_id, id, until)
            WHERE l.endpoint_id = o.endpoint_id COLLATE "C" AND l.resource_id = o.resource_id COLLATE "C"
            AND l.head = o.id AND coalesce(l.next_at, 'infinity') = o.until""",
            [
                clock.now(),
                [one.endpoint_id for one in claimed],
                [one.resource_id for one in claimed],
                [one.id for one in claimed],
                [one.until for one in claimed],
            ],
        )


def reopen(delivery_ids: Sequence[str]) -> int:
    """Put ended deliveries back into their lines with a fresh count of attempts. Returns how many there were.

    One that another is under way before waits for that; else it is due at once.
    """
    if not delivery_ids:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        lines = _lines_of(cursor, delivery_ids)
        cursor.execute(
            """UPDATE webhooks_delivery SET status = 'waiting', attempts = 0, finished_at = NULL
            WHERE id = ANY(%s) AND status IN ('delivered', 'dead') RETURNING id""",
            [list(delivery_ids)],
        )
        count = len(cursor.fetchall())
        settle(cursor, lines)
    return count


def drop(delivery_ids: Sequence[str]) -> None:
    """Delete deliveries; where one was still open, the next of its line gets its turn."""
    with transaction.atomic(), connection.cursor() as cursor:
        lines = _lines_of(cursor, delivery_ids)
        cursor.execute("DELETE FROM webhooks_delivery WHERE id = ANY(%s)", [list(delivery_ids)])
        settle(cursor, lines)


def _lines_of(cursor: Any, delivery_ids: Sequence[str]) -> list[tuple[str, str]]:
    """The lines of these deliveries, locked."""
    cursor.execute(
        "SELECT DISTINCT endpoint_id, resource_id FROM webhooks_delivery WHERE id = ANY(%s)", [list(delivery_ids)]
    )
    lines: list[tuple[str, str]] = cursor.fetchall()
    lock_lines(cursor, lines)
    return lines


def lock_lines(cursor: Any, lines: Sequence[tuple[str, str]]) -> None:
    """Take the rows of these lines, in one order."""
    ordered = sorted(set(lines))
    cursor.execute(
        """SELECT 1 FROM unnest(%s::varchar[], %s::varchar[]) AS wanted (e, r) CROSS JOIN LATERAL (
            SELECT 1 FROM webhooks_line l WHERE l.endpoint_id = wanted.e COLLATE "C"
            AND l.resource_id = wanted.r COLLATE "C" FOR NO KEY UPDATE
        ) AS taken""",  # one after the other, in the order given
        [[line[0] for line in ordered], [line[1] for line in ordered]],
    )


def settle(cursor: Any, lines: Sequence[tuple[str, str]]) -> None:
    """Count the open deliveries of these lines, whose rows are held, and make sure that one of them has its turn."""
    cursor.execute(
        """UPDATE webhooks_line l SET open = now_open.number,
            head = CASE WHEN keeps.it THEN l.head ELSE now_open.first END,
            next_at = CASE WHEN keeps.it THEN l.next_at WHEN now_open.number > 0 THEN %s::timestamptz END
        FROM unnest(%s::varchar[], %s::varchar[]) AS wanted (e, r)
        CROSS JOIN LATERAL (
            SELECT count(*) AS number, (array_agg(w.id ORDER BY w.sequence))[1] AS first, array_agg(w.id) AS all_of
            FROM webhooks_delivery w WHERE w.endpoint_id = wanted.e COLLATE "C"
            AND w.resource_id = wanted.r COLLATE "C" AND w.status = 'waiting'
        ) AS now_open
        CROSS JOIN LATERAL (
            SELECT coalesce(bool_or(h.head = ANY(now_open.all_of)), false) AS it FROM webhooks_line h
            WHERE h.endpoint_id = wanted.e COLLATE "C" AND h.resource_id = wanted.r COLLATE "C"
        ) AS keeps
        WHERE l.endpoint_id = wanted.e COLLATE "C" AND l.resource_id = wanted.r COLLATE "C" """,
        [clock.now(), [line[0] for line in lines], [line[1] for line in lines]],
    )
