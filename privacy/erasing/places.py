"""What knows contacts by plain ids, or holds their values: a table. What has a foreign key is found without it.

A place is told who is erased and what lies in the storage that is to go, and answers with how many rows it deleted or
emptied. `test_erasing` walks every column of the database after an erasure: what is missing here fails there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.db.models import Q

from contacts.models import (
    BulkAction,
    BulkActionRow,
    Distinct,
    DuplicateGroup,
    DuplicatePair,
    DuplicateScan,
    FormerId,
    Import,
    ImportRow,
    Merge,
    MergeMove,
    ScoreRule,
    SmartList,
)
from core import clock, scope
from integrations.models import Line as ConnectionLine
from integrations.models import Post
from journal.models import Entry
from journal.recorded import quietly
from journal.redacting import like
from notifications.models import Notification
from objects.models import Relation, ShelvedValue
from opportunities.models import Opportunity
from privacy import exporting
from privacy.erasing import uploads
from privacy.erasing.who import Person
from privacy.models import DataExport
from privacy.models.data_export import OPEN
from webhooks.models import Delivery, Line

Keys = list[str]
QUIET = "contact.erased tells of it; an entry of its own would keep what is taken out"


class Place(NamedTuple):
    model: Any
    erase: Callable[[Person, Keys], int]


def _raze(rows: Any) -> int:
    """Delete by one statement; nothing hangs on these rows. Returns how many."""
    return int(rows._raw_delete(rows.db) or 0)


def _deals(person: Person) -> list[str]:
    return list(Opportunity.objects.filter(contact__in=person.ids).values_list("pk", flat=True))


def _export_files(person: Person, keys: Keys) -> int:
    """Files of bulk exports with the person or a deal of theirs in it."""
    about = BulkActionRow.objects.filter(subject_id__in=[*person.ids, *_deals(person)]).values("action")
    rows = BulkAction.objects.filter(pk__in=about).exclude(file="")
    keys += rows.values_list("file", flat=True)
    with quietly(reason=QUIET):
        return int(rows.update(file=""))


def _bulk_rows(person: Person, keys: Keys) -> int:
    return _raze(BulkActionRow.objects.filter(subject_id__in=person.ids))


def _texts_of(model: Any, *columns: str) -> Callable[[Person, Keys], int]:
    """Settings that can name a person, as filters do: addresses and names are replaced, ids left out."""

    def erase(person: Person, keys: Keys) -> int:
        count = 0
        rows = _mentioning(model.objects.order_by("pk"), [*person.needles, *person.names], *columns)
        for row in rows.iterator(chunk_size=500):
            values = {column: person.without(getattr(row, column)) for column in columns}
            changed = {column: value for column, value in values.items() if value != getattr(row, column)}
            if changed:
                with quietly(reason=QUIET):
                    count += int(model.objects.filter(pk=row.pk).update(**changed))
        return count

    return erase


def _mentioning(rows: Any, needles: Iterable[str], *columns: str) -> Any:
    """Those of `rows` with one of the needles in the text of these columns, whatever their type."""
    likes = [f"%{like(json.dumps(needle, ensure_ascii=False)[1:-1])}%" for needle in needles if needle]
    text = ", ".join(f"{connection.ops.quote_name(column)}::text" for column in columns)
    where = f"concat_ws(' ', {text}) ILIKE ANY(%s)"
    return rows.extra(where=[where], params=[likes]) if likes else rows.none()  # noqa: S610  columns are ours


def _imports(person: Person, keys: Keys) -> int:
    """Uploads: the rows that are the person's are taken out of the file and of the first rows that are shown."""
    count = 0
    staged = _staged(person)
    for batch in Import.objects.exclude(file="", samples=[]).select_for_update().order_by("pk"):
        numbers = {number for rows in staged for number in rows.filter(batch=batch).values_list("number", flat=True)}
        changed: dict[str, Any] = {}
        if batch.file and (numbers or not batch.checked_at):
            made = uploads.without(batch, person, numbers)
            if made is not None:
                keys.append(batch.file)
                changed["file"] = made
        samples = [["" for _ in row] if _is_sample(person, row) else row for row in batch.samples]
        if samples != batch.samples:
            changed["samples"] = samples
        if changed:
            with quietly(reason=QUIET):
                count += int(Import.objects.filter(pk=batch.pk).update(**changed))
    return count


def _is_sample(person: Person, row: Any) -> bool:
    cells = [str(cell) for cell in row] if isinstance(row, list) else [json.dumps(row, ensure_ascii=False)]
    return person.is_in(cells) or person.clean(" ".join(cells)) != " ".join(cells)


def _staged(person: Person) -> list[Any]:
    """The staged rows of the person: those that made or changed the contact, and those with an address of theirs."""
    rows = ImportRow.objects.filter(location=scope.location_id())
    mine = Q(contact_id__in=person.ids) | Q(email__in=person.own_emails) | Q(phone__in=person.own_phones)
    mine |= Q(more_emails__overlap=person.own_emails) | Q(more_phones__overlap=person.own_phones)
    found = [rows.filter(mine), _mentioning(rows, person.own, "raw")]
    if person.names:  # a row that was left out has no address to be known by
        where = "array_to_string(raw, ' ') ILIKE ANY(%s)"
        likes = [f"%{like(one)}%" for one in person.names]
        found.append(rows.filter(outcome="reject").extra(where=[where], params=[likes]))  # noqa: S610  it is ours
    return found


def _import_rows(person: Person, keys: Keys) -> int:
    return sum(_raze(rows) for rows in _staged(person))


def _import_remarks(person: Person, keys: Keys) -> int:
    """What was remarked on rows of others: "E-mail belongs to Ann Lee"."""
    rows = ImportRow.objects.filter(location=scope.location_id())
    count = 0
    for row in _mentioning(rows, [*person.own, *person.names], "errors", "warnings").iterator(chunk_size=500):
        mine = ImportRow.objects.filter(batch=row.batch_id, number=row.number)
        count += mine.update(errors=person.clean(row.errors), warnings=person.clean(row.warnings))
    return count


def _merges(person: Person, keys: Keys) -> int:
    """Merges with the person in them: nothing of them can be undone, and nobody is named."""
    rows = Merge.objects.filter(Q(master__in=person.ids) | Q(absorbed__overlap=list(person.ids)))
    chosen = list(rows.values_list("pk", flat=True))
    _raze(MergeMove.objects.filter(merge__in=chosen))
    with quietly(reason=QUIET):
        return int(
            Merge.objects.filter(pk__in=chosen).update(names={}, changes={}, remarks=[], forgotten_at=clock.now())
        )


def _former_ids(person: Person, keys: Keys) -> int:
    rows = FormerId.objects.filter(Q(contact__in=person.ids) | Q(master__in=person.ids))
    return int(rows.delete()[0])


def _groups(person: Person, keys: Keys) -> int:
    return int(DuplicateGroup.objects.filter(members__overlap=list(person.ids)).delete()[0])


def _pairs(person: Person, keys: Keys) -> int:
    scans = list(DuplicateScan.objects.values_list("pk", flat=True))
    pairs = DuplicatePair.objects.filter(scan__in=scans)
    return _raze(pairs.filter(Q(first__in=person.ids) | Q(second__in=person.ids)))


def _distinct(person: Person, keys: Keys) -> int:
    with quietly(reason=QUIET):
        return int(Distinct.objects.filter(Q(first__in=person.ids) | Q(second__in=person.ids)).delete()[0])


def _relations(person: Person, keys: Keys) -> int:
    with quietly(reason=QUIET):
        rows = Relation.objects.filter(Q(first_record__in=person.ids) | Q(second_record__in=person.ids))
        return int(rows.delete()[0])


def _shelved(person: Person, keys: Keys) -> int:
    return int(ShelvedValue.objects.filter(record_id__in=[*person.ids, *_deals(person)]).delete()[0])


def _deliveries(person: Person, keys: Keys) -> int:
    """What programs outside were told, and what they still were to be told; the lines begin anew."""
    about = Entry.objects.filter(contact_id__in=person.ids).values("pk")
    mine = Delivery.objects.filter(Q(resource_id__in=person.ids) | Q(entry_id__in=about))
    told = _mentioning(Delivery.objects.all(), person.needles, "payload", "answer")
    lines = {line for rows in (mine, told) for line in rows.order_by().values_list("endpoint_id", "resource_id")}
    count = sum(_raze(rows) for rows in (mine, told))
    for endpoint, resource in lines:
        if not Delivery.objects.filter(endpoint=endpoint, resource_id=resource).exists():
            _raze(Line.objects.filter(endpoint=endpoint, resource_id=resource))
    return count


def _posts(person: Person, keys: Keys) -> int:
    """Messages to other services that tell of the person; those that went out are out of our hands."""
    about = Entry.objects.filter(contact_id__in=person.ids).values("pk")
    told = _mentioning(Post.objects.all(), [*person.needles, *person.names], "text")
    return _raze(Post.objects.filter(entry_id__in=about)) + _raze(told)


def _notifications(person: Person, keys: Keys) -> int:
    """Those about the person and those that tell of an entry about them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """DELETE FROM notifications_notification AS n WHERE n.location_id = %(here)s AND (
                n.subject_id = ANY(%(ids)s) OR n.url LIKE ANY(%(urls)s) OR n.text ILIKE ANY(%(texts)s)
                OR EXISTS (SELECT 1 FROM journal_entry AS e WHERE e.id = ANY(n.entries) AND e.contact_id = ANY(%(ids)s)))""",
            {
                "here": scope.location_id(),
                "ids": list(person.ids),
                "urls": [f"%{pk}%" for pk in person.ids],
                "texts": [f"%{like(one)}%" for one in person.needles],
            },
        )
        return int(cursor.rowcount)


def _admin_log(person: Person, keys: Keys) -> int:
    """What the operators' admin noted: which row was changed, by its name."""
    return int(LogEntry.objects.filter(object_id__in=[*person.ids, *_deals(person)]).delete()[0])


def _data_exports(person: Person, keys: Keys) -> int:
    """Archives of the location hold everybody: the files go. One that is being written fails and can be started again."""
    count = 0
    for job in DataExport.objects.filter(Q(state="ready") | Q(state__in=OPEN)).order_by("pk"):
        if job.state in OPEN:
            count += exporting.fail(job.pk, "A person was erased while it was written. Start it again.")
        else:
            keys.append(job.file)
            job.change("data_export.expired", state="expired", file="")
            count += 1
    return count


def exports_for(person: Person) -> list[str]:
    """The ids of exports whose typed purpose names the person: their entries hold it too."""
    needles = [*person.needles, *person.names]
    whole = _mentioning(DataExport.objects.all(), needles, "purpose")
    lists = _mentioning(BulkAction.objects.filter(kind="export"), needles, "params")
    return [*whole.values_list("pk", flat=True), *lists.values_list("pk", flat=True)]


PLACES = (
    Place(BulkAction, _export_files),
    Place(BulkActionRow, _bulk_rows),
    Place(BulkAction, _texts_of(BulkAction, "params", "state")),
    Place(Import, _imports),
    Place(ImportRow, _import_rows),
    Place(ImportRow, _import_remarks),
    Place(Merge, _merges),
    Place(FormerId, _former_ids),
    Place(DuplicateGroup, _groups),
    Place(DuplicatePair, _pairs),
    Place(Distinct, _distinct),
    Place(SmartList, _texts_of(SmartList, "filters")),
    Place(ScoreRule, _texts_of(ScoreRule, "conditions")),
    Place(Relation, _relations),
    Place(ShelvedValue, _shelved),
    Place(Delivery, _deliveries),
    Place(Post, _posts),
    Place(ConnectionLine, _texts_of(ConnectionLine, "text")),
    Place(Notification, _notifications),
    Place(LogEntry, _admin_log),
    Place(DataExport, _data_exports),
    Place(DataExport, _texts_of(DataExport, "purpose")),
)


def erase(person: Person, keys: Keys) -> dict[str, int]:
    """Go through all places; storage keys that are to go are added to `keys`. Returns {store: rows}."""
    counts: dict[str, int] = {}
    for place in PLACES:
        number = place.erase(person, keys)
        if number:
            label = place.model._meta.label
            counts[label] = counts.get(label, 0) + number
    return counts
