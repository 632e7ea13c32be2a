"""Import of a CSV against COPY of the same rows.

The floor is COPY of the contacts as the import leaves them, ready made, into a table with the same columns, generated columns
and indexes, beside the same existing contacts. The contestant reads the CSV, normalises it, matches it against the existing
contacts, stages every row, writes contacts, journal and what undo needs. 5 % of the rows are broken, 5 % repeat an earlier row,
5 % belong to existing contacts. Both are interleaved; the figure is the ratio of the medians.

Needs a database without contacts, and leaves one.
"""

from __future__ import annotations

import csv
import io
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from typing import Any, BinaryIO

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection, transaction

from accounts.models import Company, Location
from contacts.importing import checking, columns, running
from contacts.importing.sniffing import sniff
from contacts.models import Contact, Import
from core import ids, scope
from objects.models import CustomField

HEADER = [
    "First Name",
    "Last Name",
    "Email",
    "Phone",
    "Company Name",
    "Street",
    "City",
    "State",
    "Postal Code",
    "Country",
    "Source",
    "Tags",
    "Shoe size",
]
FIRST = [
    "Oluwaseun",
    "Maya",
    "Freya",
    "Gordon",
    "Hiroshi",
    "Xiomara",
    "Tevita",
    "Carol",
    "Chiamaka",
    "Bao",
    "Priya",
    "Marisol",
    "Jonas",
    "Ngozi",
    "Zoë",
    "François",
    "Ana",
    "Li",
]
LAST = [
    "Adeyemi",
    "Okonkwo",
    "Halvorsen",
    "Blythe",
    "Tanabe",
    "Quispe",
    "Fonoti",
    "Dunne",
    "Eze",
    "Nguyen",
    "Raman",
    "Vega",
    "Lindqvist",
    "Müller",
    "Peña",
    "Costa",
    "Chen",
]
CITIES = [
    "Austin",
    "Boston",
    "Chicago",
    "Denver",
    "Fresno",
    "Houston",
    "Miami",
    "Omaha",
    "Phoenix",
    "Portland",
    "Seattle",
    "Tampa",
    "Tucson",
]
EXISTING = 0.2  # contacts before the import, as a share of the rows


def line(number: int, dice: random.Random, rows: int) -> list[str]:
    """Row `number` of the file. Broken and repeated ones are spread evenly."""
    owner = number
    if number % 20 == 7 and number > 100:
        owner = dice.randrange(1, number)  # repeats an earlier row, mostly
    email, phone = (
        f"person{owner}@mail{owner % 97}.example.com",
        f"{2 + owner % 8}{owner // 8 % 90 + 10:02d}{2 + owner % 7}{owner % 1_000_000:06d}",
    )
    if number % 20 == 11:
        owner = dice.randrange(max(1, int(rows * EXISTING)))
        email, phone = f"known{owner}@example.com", ""
    if number % 20 == 3:
        email, phone = ("nobody@", "") if number % 40 == 3 else ("", "5.55E+09")
    elif phone and number % 10 < 7:
        phone = f"+1{phone}"
    elif phone:
        phone = f"({phone[:3]}) {phone[3:6]}-{phone[6:]}"
    return [
        dice.choice(FIRST), dice.choice(LAST), email, phone, f"Company {number % 5000}", f"{number % 9999} Main Street", dice.choice(CITIES),
        "TX", f"{number % 99999:05d}", "US", "Expo", "expo, lead" if number % 3 else "lead", str(34 + number % 14),
    ]  # fmt: skip


def make_file(rows: int, seed: int = 7) -> BinaryIO:
    """The CSV, on disk."""
    held = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
    text = io.TextIOWrapper(held, encoding="utf-8", newline="", write_through=True)
    writer, dice = csv.writer(text), random.Random(seed)
    writer.writerow(HEADER)
    writer.writerows(line(number, dice, rows) for number in range(1, rows + 1))
    text.detach()
    held.seek(0)
    return held


def seed(place: Location, count: int) -> None:
    """Existing contacts, and room for nothing else."""
    given = {
        "id": "'0000000000' || lpad(n::text, 10, '0')", "location_id": f"'{place.pk}'", "first_name": "'Known'", "last_name": "'Person' || n",
        "email": "'known' || n || '@example.com'", "phone": "'+49301' || lpad(n::text, 7, '0')", "city": "'Berlin'",
    }  # fmt: skip
    columns_, values, params = [], [], []
    for field in Contact._meta.concrete_fields:
        if field.generated:
            continue
        columns_.append(field.column)
        values.append(given.get(field.column, "%s"))
        if field.column not in given:
            params.append(field.get_db_prep_save(field.get_default(), connection))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO contacts_contact ({', '.join(columns_)}) SELECT {', '.join(values)} FROM generate_series(0, %s - 1) AS n",
            [*params, count],
        )


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE contacts_contact, contacts_importrow, contacts_import, journal_entry, contacts_tag CASCADE"
        )
        cursor.execute("DROP TABLE IF EXISTS bench_floor")
        cursor.execute("VACUUM ANALYZE contacts_contact")
        cursor.execute("SELECT pg_has_role(current_user, 'pg_checkpoint', 'MEMBER')")
        if cursor.fetchone()[0]:  # else the server writes when it likes, on both sides alike
            cursor.execute("CHECKPOINT")


def contestant(place: Location, rows: int) -> dict[str, Any]:
    """One whole import. Times in seconds."""
    with make_file(rows) as file:
        found = sniff(file)
        file.seek(0)
        key = default_storage.save(f"imports/{ids.new_id()}.csv", File(file))
    size = default_storage.size(key)
    field = CustomField.objects.filter(key="shoe_size").first() or CustomField.record_new(
        name="Shoe size", key="shoe_size", type="NUMERICAL"
    )
    mapping = columns.settled(columns.guess(found.header, found.rows)[0], found.header)
    assert mapping[-1]["field"] == f"custom.{field.pk}"
    batch = Import.record_new(
        name="Bench",
        file=key,
        file_name="bench.csv",
        size=size,
        header=found.header,
        samples=found.samples,
        mapping=mapping,
        encoding=found.encoding,
    )
    began = time.perf_counter()
    batch.begin_check()
    checking.check(batch)
    assert batch.status == "checked", batch.problem
    looked = time.perf_counter()
    planned = dict(batch.counts)
    batch.begin(consented=True)
    assert running.run(batch, seconds=3600)
    ended = time.perf_counter()
    default_storage.delete(key)
    assert batch.status == "completed", batch.problem
    assert batch.counts == planned, (batch.counts, planned)
    return {
        "seconds": ended - began,
        "check": looked - began,
        "run": ended - looked,
        "counts": planned,
        "megabytes": round(size / 1e6, 1),
    }


def floor(place: Location) -> dict[str, Any]:
    """COPY of what the import left, into a table of the same make that holds the rest."""
    names = ", ".join(field.column for field in Contact._meta.concrete_fields if not field.generated)
    touched = "(created_via = 'import' OR id IN (SELECT contact_id FROM contacts_importrow WHERE outcome = 'update'))"
    with tempfile.TemporaryFile() as held, connection.cursor() as cursor:
        with cursor.copy(f"COPY (SELECT {names} FROM contacts_contact WHERE {touched}) TO STDOUT") as copy:
            for data in copy:
                held.write(data)
        held.seek(0)
        cursor.execute("CREATE TABLE bench_floor (LIKE contacts_contact INCLUDING ALL)")
        cursor.execute(f"INSERT INTO bench_floor ({names}) SELECT {names} FROM contacts_contact WHERE NOT {touched}")
        cursor.execute("VACUUM ANALYZE bench_floor")
        cursor.execute("SELECT pg_has_role(current_user, 'pg_checkpoint', 'MEMBER')")
        if cursor.fetchone()[0]:  # else the server writes when it likes, on both sides alike
            cursor.execute("CHECKPOINT")
        began = time.perf_counter()
        with transaction.atomic(), cursor.copy(f"COPY bench_floor ({names}) FROM STDIN") as copy:
            while data := held.read(1 << 20):
                copy.write(data)
        ended = time.perf_counter()
        cursor.execute("SELECT (SELECT count(*) FROM bench_floor) - (SELECT count(*) FROM contacts_contact)")
        assert cursor.fetchone()[0] == 0
        cursor.execute(f"SELECT count(*) FROM contacts_contact WHERE {touched}")
        return {"seconds": ended - began, "rows": cursor.fetchone()[0]}


def measure(rows: int, rounds: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    with scope.fresh():
        company = Company.record_new(name="Bench")
        with scope.use(company_id=company.pk):
            place = Location.record_new(company=company, name="Bench")
    with scope.fresh(company_id=company.pk, location_id=place.pk, via="import"):
        for _ in range(rounds):
            empty()
            seed(place, int(rows * EXISTING))
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE contacts_contact")
            ours = contestant(place, rows)
            yield ours, floor(place)
        empty()


def run(rows: int, rounds: int) -> dict[str, Any]:
    """Measure.

    Args:
        rows: of the file, without its header.
        rounds: how often each side runs.

    Returns:
        Figures in seconds, rows a second and megabytes, and `ratio`, contestant to floor.

    Raises:
        RuntimeError: the database holds contacts.
    """
    if Contact.objects.everywhere(reason="the benchmark empties the table").exists():
        raise RuntimeError("The import benchmark needs a database without contacts.")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pairs = list(measure(rows, rounds))
    ours, floors = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    contestant_s = statistics.median(one["seconds"] for one in ours)
    floor_s = statistics.median(one["seconds"] for one in floors)
    return {
        "name": "import",
        "rows": rows,
        "rounds": rounds,
        "counts": ours[0]["counts"],
        "megabytes": ours[0]["megabytes"],
        "floor_rows": floors[0]["rows"],
        "floor_seconds": round(floor_s, 2),
        "floor_spread": round(max(one["seconds"] for one in floors) / min(one["seconds"] for one in floors) - 1, 3),
        "seconds": round(contestant_s, 2),
        "check_seconds": round(statistics.median(one["check"] for one in ours), 2),
        "run_seconds": round(statistics.median(one["run"] for one in ours), 2),
        "rows_per_second": round(rows / contestant_s),
        "memory_grown_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, 1),
        "ratio": round(contestant_s / floor_s, 2),
        "aim": 3.0,
    }
