"""The file, chunk by chunk, into the temporary table `import_read`: whole columns at a time, through COPY."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TextIO

from django.conf import settings
from django.db import connection

from billing import limits
from contacts.identity import TEXTS
from contacts.importing.converting import NULL, Convert, Converters, Memo, Trouble, array, escaped
from contacts.importing.targets import CUSTOM, NEW
from contacts.models import Import
from core.errors import Refused
from objects.models import CustomField

ROWS = 20_000
LONGEST_LINE = 10_000  # characters kept of a line that could not be cut into cells
IDENTITY_MISSING = "A row needs an e-mail or a phone"


@dataclass
class Output:
    """One staged column: from one column of the file, or joined from several."""

    name: str
    parts: list[tuple[int, Convert]]
    joined: bool = False  # parts are members of an array or object


@dataclass
class Layout:
    """What is read from the file and where it is staged."""

    width: int
    outputs: list[Output] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [output.name for output in self.outputs]


def layout(batch: Import, converters: Converters, fields: dict[str, CustomField]) -> Layout:
    """The functions for every mapped column; `fields` by id, those not yet created included."""
    made = Layout(len(batch.header))
    single: dict[str, list[tuple[int, Convert]]] = {}
    joined: dict[str, list[tuple[int, Convert]]] = {}
    for place, column in enumerate(batch.mapping):
        key = str(column.get("field") or "")
        order = column.get("order") or "mdy"
        if not key:
            continue
        if key.startswith((CUSTOM, f"{NEW}.")):
            definition = fields[key.partition(".")[2]]
            joined.setdefault("custom", []).append((place, converters.custom(definition, order)))
        elif key == "name":
            single.setdefault("first_name", [(place, converters.first_of_name)])
            single.setdefault("last_name", [(place, converters.last_of_name)])
        elif key in TEXTS:
            single[key] = [(place, converters.text(key))]
        elif key == "email":
            single[key] = [(place, converters.email)]
        elif key == "phone":
            single[key] = [(place, converters.phone())]
        elif key in ("more_emails", "more_phones"):
            one = converters.email if key == "more_emails" else converters.phone()
            joined.setdefault(key, []).append((place, converters.more(one)))
        elif key == "tags":
            joined.setdefault(key, []).append((place, converters.tag_list))
        elif key == "dnd":
            everything, some = converters.dnd()
            single["dnd"] = [(place, everything)]
            joined.setdefault("dnd_settings", []).append((place, some))
        elif key.startswith("dnd."):
            joined.setdefault("dnd_settings", []).append((place, converters.dnd_channel(key[4:])))
        else:
            single[key if key != "id" else "ref"] = [(place, _other(key, converters, order))]
    for name in ("email", "phone"):
        single.setdefault(name, [])
        joined.setdefault(f"more_{name}s", [])
    if batch.tags:
        joined.setdefault("tags", [])
    made.outputs = [Output(name, parts) for name, parts in single.items()]
    made.outputs += [Output(name, parts, joined=True) for name, parts in joined.items()]
    return made


def _other(key: str, converters: Converters, order: str) -> Convert:
    if key == "date_of_birth":
        return converters.birthday(order)
    if key == "assigned_to":
        return converters.owner()
    return {
        "country": converters.country,
        "timezone": converters.zone,
        "type": converters.kind,
        "id": converters.reference,
    }[key]


class Lines:
    """The lines of a file, remembering the last one for the sake of rows that cannot be cut into cells."""

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.last = ""

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        self.last = next(self.file)
        return self.last


class Reader:
    """Cuts the file into rows and the rows into COPY lines.

    Args:
        every: tag ids that each row gets beside its own.
    """

    def __init__(self, file: TextIO, batch: Import, planned: Layout, every: list[str]) -> None:
        self.lines = Lines(file)
        self.rows = csv.reader(self.lines, delimiter=batch.delimiter, strict=True)
        self.layout = planned
        self.every = ",".join(every)
        self.sets = Memo(_set)
        self.most = min(settings.IMPORT_MOST_ROWS, limits.cap("import_rows") or settings.IMPORT_MOST_ROWS)
        self.number = 1  # of the row read last
        self.staged = 0

    def skip_header(self) -> None:
        for row in self.rows:
            if any(cell.strip() for cell in row) and not (self.rows.line_num == 1 and "".join(row)[:4] == "sep="):
                return

    def chunks(self) -> Iterator[bytes]:
        """COPY data of up to ROWS rows at a time.

        Raises:
            Refused: the rest of the file cannot be read, or there are too many rows.
        """
        while True:
            rows, malformed = self._take()
            if not rows:
                return
            yield self._convert(rows, malformed)
            if self.staged > self.most:
                raise Refused(
                    f"This file has more than the {self.most:,} rows that are allowed. Split it and import the parts one after the other."
                )

    def _take(self) -> tuple[list[list[str]], dict[int, str]]:
        rows: list[list[str]] = []
        malformed: dict[int, str] = {}
        while len(rows) < ROWS:
            before, held = self.rows.line_num, len(rows)
            try:
                rows.extend(islice(self.rows, ROWS - held))
                break
            except csv.Error as error:
                malformed[len(rows)] = self._malformed(str(error), before + len(rows) - held)
                rows.append([self.lines.last[:LONGEST_LINE].rstrip("\r\n")])
        return rows, malformed

    def _malformed(self, error: str, at_least: int) -> str:
        if "unexpected end of data" in error:
            raise Refused(
                "A quotation mark is opened and never closed, so the end of the file cannot be read "
                f"(after line {at_least}). Close or double it and upload the file again."
            )
        if "field larger" in error:
            if self.lines.last.count('"') and len(self.lines.last) < csv.field_size_limit():
                raise Refused(
                    f"A quotation mark opened before line {self.rows.line_num} is not closed within 1 MB of text. "
                    "Close or double it and upload the file again."
                )
            return "A cell holds more than 1 MB"
        return f"A quotation mark is not closed or not doubled (line {self.rows.line_num})"

    def _convert(self, rows: list[list[str]], malformed: dict[int, str]) -> bytes:
        width = self.layout.width
        errors: dict[int, dict[str, str]] = {}
        warnings: dict[int, dict[str, str]] = {}
        dropped: set[int] = set()
        given: dict[int, list[str]] = {}  # rows that were made to fit, as they were
        if malformed or set(map(len, rows)) != {width}:
            self._fit(rows, malformed, errors, warnings, dropped, given)
        columns = list(zip(*rows, strict=True))
        size = len(rows)
        values: dict[str, list[str]] = {}
        extra: dict[str, dict[int, list[str]]] = {"more_emails": {}, "more_phones": {}}
        weak: dict[int, dict[str, str]] = {}
        for output in self.layout.outputs:
            made = []
            for place, convert in output.parts:
                found = list(map(convert, columns[place]))
                if set(map(type, found)) - {str}:
                    self._note(output.name, place, found, errors, warnings, weak, extra)
                made.append(found)
            if output.joined:
                values[output.name] = self._join(output.name, made, size)
            else:
                values[output.name] = made[0] if made else [NULL] * size
        self._append_extra(values, extra)
        self._need_identity(rows, values, errors, warnings, weak, dropped)
        return self._lines(rows, values, errors, warnings, dropped, given)

    def _fit(
        self, rows: list[list[str]], malformed: dict[int, str], errors: dict[int, dict[str, str]],
        warnings: dict[int, dict[str, str]], dropped: set[int], given: dict[int, list[str]],
    ) -> None:  # fmt: skip
        width = self.layout.width
        for place, row in enumerate(rows):
            length = len(row)
            if place in malformed:
                errors[place] = {"": malformed[place]}
            elif length == width:
                continue
            elif not any(cell.strip() for cell in row):
                dropped.add(place)
            elif length > width and any(cell.strip() for cell in row[width:]):
                errors[place] = {"": f"Has {length} cells, the header {width}"}
            elif length < width:
                warnings[place] = {"": f"Has {length} cells, the header {width}. The rest counts as empty"}
            given[place] = row
            rows[place] = row[:width] + [""] * (width - length)

    @staticmethod
    def _note(
        name: str, place: int, found: list[str], errors: dict[int, dict[str, str]], warnings: dict[int, dict[str, str]],
        weak: dict[int, dict[str, str]], extra: dict[str, dict[int, list[str]]],
    ) -> None:  # fmt: skip
        for index, value in enumerate(found):
            if value.__class__ is str:
                continue
            trouble: Trouble = value  # type: ignore[assignment]
            if trouble.more:
                extra[f"more_{name}s"].setdefault(index, []).extend(trouble.more)
            elif trouble.level == "error":
                errors.setdefault(index, {})[str(place)] = trouble.sentence
            elif trouble.level == "identity":
                weak.setdefault(index, {})[str(place)] = trouble.sentence
            else:
                warnings.setdefault(index, {})[str(place)] = trouble.sentence

    def _join(self, name: str, made: list[list[str]], size: int) -> list[str]:
        if name == "tags" and self.every:
            made = [*made, [self.every] * size]
        if not made:
            return [NULL] * size
        if len(made) == 1:
            return [f"{{{members}}}" if members else NULL for members in made[0]]
        if name == "tags":
            return list(map(self.sets.__getitem__, map(",".join, zip(*made, strict=True))))
        return [
            f"{{{','.join(kept)}}}" if (kept := [members for members in parts if members]) else NULL
            for parts in zip(*made, strict=True)
        ]

    @staticmethod
    def _append_extra(values: dict[str, list[str]], extra: dict[str, dict[int, list[str]]]) -> None:
        for name, rows in extra.items():
            for index, items in rows.items():
                held = values[name][index]
                added = array(items)
                values[name][index] = added if held == NULL else f"{held[:-1]},{added[1:]}"

    @staticmethod
    def _need_identity(
        rows: list[list[str]], values: dict[str, list[str]], errors: dict[int, dict[str, str]],
        warnings: dict[int, dict[str, str]], weak: dict[int, dict[str, str]], dropped: set[int],
    ) -> None:  # fmt: skip
        emails, phones = values["email"], values["phone"]
        missing = {index for index, (email, phone) in enumerate(zip(emails, phones, strict=True)) if email == phone}
        for index in missing:
            if index in dropped or "" in errors.get(index, {}):
                continue
            if not any(cell.strip() for cell in rows[index]):
                dropped.add(index)
                continue
            if index in errors:
                errors[index] |= weak.pop(index, {})
                continue
            for name in ("email", "phone"):  # an additional one will do where there is no other
                more = values[f"more_{name}s"][index]
                if more != NULL and '"' not in more:
                    first, _, rest = more[1:-1].partition(",")
                    values[name][index], values[f"more_{name}s"][index] = first, f"{{{rest}}}" if rest else NULL
                    break
            else:
                errors[index] = weak.pop(index, {}) or {"": IDENTITY_MISSING}
        for index, sentences in weak.items():
            if index not in dropped:
                kept = {place: f"{sentence}. Left out" for place, sentence in sentences.items()}
                warnings[index] = warnings.get(index, {}) | kept

    def _lines(
        self, rows: list[list[str]], values: dict[str, list[str]], errors: dict[int, dict[str, str]],
        warnings: dict[int, dict[str, str]], dropped: set[int], given: dict[int, list[str]],
    ) -> bytes:  # fmt: skip
        size = len(rows)
        first = self.number + 1
        self.number += size
        wrong, odd, raw = [NULL] * size, [NULL] * size, [NULL] * size
        for index, sentences in errors.items():
            wrong[index] = escaped(json.dumps(sentences, ensure_ascii=False))
            raw[index] = array(given.get(index, rows[index]))
        for index, sentences in warnings.items():
            if index not in errors:
                odd[index] = escaped(json.dumps(sentences, ensure_ascii=False))
                raw[index] = array(given.get(index, rows[index]))
        numbers = map(str, range(first, first + size))
        lines: Any = map("\t".join, zip(numbers, wrong, odd, raw, *values.values(), strict=True))
        if dropped:
            lines = [line for index, line in enumerate(lines) if index not in dropped]
        text = "\n".join(lines)
        self.staged += size - len(dropped)
        return (text + "\n").encode() if text else b""


def rows_of(batch: Import, file: TextIO) -> Iterator[tuple[int, list[str]]]:
    """Every row of a file that was read through before, with its number."""
    reader = Reader(file, batch, Layout(0), [])
    reader.skip_header()
    number = 1
    while True:
        rows, _ = reader._take()
        if not rows:
            return
        for row in rows:
            number += 1
            yield number, row


def _set(members: str) -> str:
    kept = dict.fromkeys(filter(None, members.split(",")))
    return f"{{{','.join(kept)}}}" if kept else NULL


def prepare(names: list[str]) -> None:
    """An empty `import_read` for the present session."""
    columns = ", ".join("NULL::text AS ref" if name == "ref" else f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS import_read")
        cursor.execute(
            f"CREATE TEMP TABLE import_read AS SELECT number, errors, warnings, raw, {columns} "
            "FROM contacts_importrow WITH NO DATA"
        )


def store(data: bytes, names: list[str]) -> None:
    """COPY one chunk into `import_read`."""
    columns = ", ".join(f'"{name}"' for name in ("number", "errors", "warnings", "raw", *names))
    with connection.cursor() as cursor, cursor.copy(f"COPY import_read ({columns}) FROM STDIN") as copy:
        copy.write(data)
