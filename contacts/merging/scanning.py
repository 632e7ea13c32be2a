"""A scan: all live contacts of a location looked at for duplicates, stage by stage.

Each stage commits with the note that it is through, so that after a crash the scan goes on where it stood.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import IntegrityError, connection, transaction

from contacts.merging import blocks
from contacts.merging.groups import cliques
from contacts.merging.likeness import likeness
from contacts.models import Contact, Distinct, DuplicateGroup, DuplicatePair, DuplicateScan
from contacts.models.duplicate import BUSY
from core import clock, ids
from core.errors import Refused

MOST_GROUPS = 10_000  # of a kind
MOST_MEMBERS = 200  # of a group that are kept
MOST_TOGETHER = 10  # of a group of similar ones
MOST_PAIRS = 300_000  # of similar ones
BATCH = 5_000
CHECKED_EVERY = 2.0  # seconds between looks at whether somebody stopped it
EXACT = [
    ("email", "Looking for equal e-mails", "email", "email <> ''", "Same e-mail"),
    ("phone", "Looking for equal phone numbers", "phone", "phone <> ''", "Same phone"),
    ("name", "Looking for equal names", "name_folded", "first_name <> '' AND last_name <> ''", "Same name"),
]
STAGES = [*(words for _, words, *_ in EXACT), *(words for words, _ in blocks.BLOCKS), "Putting groups together"]


class Stopped(Exception):
    """Somebody stopped the scan."""


def begin(owner_id: str | None) -> DuplicateScan:
    """A new scan of the location, to be worked off by a task.

    Raises:
        Refused: one is under way.
    """
    try:
        with transaction.atomic():
            scan: DuplicateScan = DuplicateScan.record_new(owner_id=owner_id)
    except IntegrityError:
        raise Refused("Duplicates are being looked for already.") from None
    return scan


def run(scan: DuplicateScan, seconds: float = 200, most: int = MOST_GROUPS) -> bool:
    """Work off what is left of a scan, or as much as fits the time.

    Args:
        most: groups kept of each kind.

    Returns:
        Whether there is nothing left to do.
    """
    until = time.monotonic() + seconds
    try:
        while scan.done < len(STAGES):
            _note(scan, status="running", stage=STAGES[scan.done], percent=scan.done * 100 // len(STAGES))
            with transaction.atomic():
                _work(scan, scan.done, most)
                _note(scan, done=scan.done + 1, counts=scan.counts)
            if time.monotonic() > until and scan.done < len(STAGES):
                return False
        _finish(scan)
    except Stopped:
        pass
    finally:
        if not connection.needs_rollback:
            blocks.drop()
    return True


def _work(scan: DuplicateScan, stage: int, most: int) -> None:
    if stage < len(EXACT):
        _equal(scan, *EXACT[stage], most=most)
    elif stage < len(STAGES) - 1:
        if not blocks.is_prepared():
            scan.counts = {**scan.counts, "contacts": blocks.prepare(scan.location_id)}
        _alike(scan, stage - len(EXACT))
    else:
        _together(scan, most)


def _note(scan: DuplicateScan, **state: Any) -> None:
    """Note how far it is.

    Raises:
        Stopped: somebody stopped it meanwhile.
    """
    if not scan.beat(**state):
        raise Stopped


def _equal(scan: DuplicateScan, kind: str, words: str, column: str, where: str, reason: str, most: int) -> None:
    """Groups with an equal value, one statement; then those with pairs known to be different are taken apart."""
    DuplicateGroup.objects.filter(scan=scan, kind=kind).delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', '96MB', true)")
        cursor.execute(
            f"""INSERT INTO contacts_duplicategroup
                (id, location_id, scan_id, kind, position, value, score, reason, members, size)
            SELECT %s || lpad(to_hex(row_number() OVER (ORDER BY latest DESC)), 6, '0'), %s, %s, %s,
                row_number() OVER (ORDER BY latest DESC) - 1, left(value, 254), 100, %s, members[1:{MOST_MEMBERS}], size
            FROM (
                SELECT {column} AS value, count(*) AS size, array_agg(id ORDER BY id) AS members, max(id) AS latest
                FROM contacts_contact WHERE location_id = %s AND deleted_at IS NULL AND {where}
                GROUP BY {column} HAVING count(*) > 1) AS held
            WHERE size > 2 OR NOT EXISTS (SELECT 1 FROM contacts_distinct AS d
                WHERE d.location_id = %s AND d.first = members[1] AND d.second = members[2])
            ORDER BY latest DESC LIMIT %s""",  # noqa: S608
            [ids.id_prefix(), scan.location_id, scan.pk, kind, reason, scan.location_id, scan.location_id, most],
        )
        if not Distinct.objects.exists():
            return
        cursor.execute(
            """SELECT g.id FROM contacts_duplicategroup AS g WHERE g.scan_id = %s AND g.kind = %s AND g.size > 2
            AND EXISTS (SELECT 1 FROM contacts_distinct AS d WHERE d.location_id = g.location_id
                AND d.first = ANY(g.members) AND d.second = ANY(g.members))""",
            [scan.pk, kind],
        )
        touched = [row[0] for row in cursor.fetchall()]
    for group in DuplicateGroup.objects.filter(pk__in=touched):
        parts = cliques(group.members, Distinct.among(group.members))
        rows = [_copy(group, part) for part in parts]
        group.delete()
        DuplicateGroup.objects.bulk_create(rows)
    if touched:
        _number(scan, kind)


def _copy(group: DuplicateGroup, members: list[str]) -> DuplicateGroup:
    return DuplicateGroup(
        scan_id=group.scan_id, kind=group.kind, position=group.position, value=group.value, score=group.score,
        reason=group.reason, members=members, size=len(members),
    )  # fmt: skip


def _number(scan: DuplicateScan, kind: str) -> None:
    """Positions without gaps or ties: pages go by them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE contacts_duplicategroup AS g SET position = n.at FROM (
                SELECT id, row_number() OVER (ORDER BY position, id) - 1 AS at FROM contacts_duplicategroup
                WHERE scan_id = %s AND kind = %s AND location_id = %s) AS n WHERE g.id = n.id""",
            [scan.pk, kind, scan.location_id],
        )


def _alike(scan: DuplicateScan, at: int) -> None:
    """Compare within the blocks of one kind and keep the pairs that look alike."""
    found: list[tuple[str, str, int, str]] = []
    looked = time.monotonic()
    for block in blocks.blocks(at):
        for one, two in blocks.pairs(block):
            like = likeness(one, two)
            if like is not None:
                found.append((one.id, two.id, *like))
        if len(found) >= BATCH:
            _keep(scan, found)
            found = []
        if time.monotonic() - looked > CHECKED_EVERY:
            if not DuplicateScan.objects.filter(pk=scan.pk, status__in=BUSY).exists():
                raise Stopped
            looked = time.monotonic()
    _keep(scan, found)


def _keep(scan: DuplicateScan, found: list[tuple[str, str, int, str]]) -> None:
    best: dict[tuple[str, str], tuple[str, str, int, str]] = {}
    for row in found:
        held = best.get(row[:2])
        if held is None or held[2] < row[2]:
            best[row[:2]] = row
    if not best:
        return
    first, second, score, reason = zip(*best.values(), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO contacts_duplicatepair (scan_id, first, second, score, reason)
            SELECT %s, * FROM unnest(%s::varchar[], %s::varchar[], %s::smallint[], %s::varchar[])
            ON CONFLICT (scan_id, first, second) DO UPDATE SET score = excluded.score, reason = excluded.reason
            WHERE contacts_duplicatepair.score < excluded.score""",
            [scan.pk, list(first), list(second), list(score), list(reason)],
        )


def _together(scan: DuplicateScan, most: int) -> None:
    """Make groups of the pairs, the surest first."""
    DuplicateGroup.objects.filter(scan=scan, kind="similar").delete()
    rows: list[DuplicateGroup] = []
    for at, (members, score, reason) in enumerate(grouped(_pairs(scan))):
        if at == most:
            break
        rows.append(
            DuplicateGroup(
                scan=scan, kind="similar", position=at, score=score, reason=reason, members=members, size=len(members)
            )
        )
    DuplicateGroup.objects.bulk_create(rows, batch_size=2000)
    scan.pairs.all()._raw_delete(scan.pairs.db)


def _pairs(scan: DuplicateScan) -> Iterator[tuple[str, str, int, str]]:
    """Pairs by score, without those that somebody said are different people."""
    apart = set(Distinct.objects.values_list("first", "second"))
    held = DuplicatePair.objects.filter(scan=scan).order_by("-score", "first", "second")
    for first, second, score, reason in held.values_list("first", "second", "score", "reason")[:MOST_PAIRS]:
        if (first, second) not in apart:
            yield first, second, score, reason


def grouped(pairs: Iterable[tuple[str, str, int, str]]) -> list[tuple[list[str], int, str]]:
    """Groups of at most ten from pairs sorted by score: (members, the least score that holds it together, reason).

    A pair that would make a group too large is a group of its own.
    """
    group_of: dict[str, int] = {}
    groups: list[tuple[list[str], int, str]] = []
    for first, second, score, reason in pairs:
        one, two = group_of.get(first), group_of.get(second)
        if one is not None and one == two:
            continue
        left = groups[one][0] if one is not None else [first]
        right = groups[two][0] if two is not None else [second]
        if len(left) + len(right) > MOST_TOGETHER:
            groups.append(([first, second], score, reason))
            continue
        at = len(groups)
        groups.append(([*left, *right], score, reason))
        for old in (one, two):
            if old is not None:
                groups[old] = ([], 0, "")
        for member in groups[at][0]:
            group_of[member] = at
    found = [group for group in groups if group[0]]
    return sorted(found, key=lambda group: -group[1])


def _finish(scan: DuplicateScan) -> None:
    held = DuplicateGroup.objects.filter(scan=scan)
    counts = {kind: held.filter(kind=kind).count() for kind in ("email", "phone", "name", "similar")}
    counts["contacts"] = scan.counts.get("contacts") or Contact.objects.live().count()
    with transaction.atomic():
        scan.lock()
        if not scan.is_busy:
            raise Stopped
        scan.change(
            "duplicate_scan.completed", facts=counts, status="completed", stage="", percent=100, counts=counts,
            completed_at=clock.now(), heartbeat_at=clock.now(),
        )  # fmt: skip
        older = DuplicateScan.objects.exclude(pk=scan.pk).values("pk")
        DuplicateGroup.objects.filter(scan__in=older).delete()
        DuplicatePair.objects.filter(scan__in=older)._raw_delete("default")
