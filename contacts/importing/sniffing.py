"""What an uploaded file is: its encoding, delimiter and header, or the sentence that says what to do instead."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from charset_normalizer import from_bytes

from core.errors import Invalid
from core.phones import DAMAGED

DELIMITERS = ",;\t|"
MOST_COLUMNS = 500
MOST_CELL = 1024 * 1024  # characters
SAMPLE = 256 * 1024  # bytes looked at for encoding and delimiter
SAMPLE_ROWS = 200
KEPT_ROWS = 5
LONGEST_SAMPLE = 80
CHUNK = 1024 * 1024
csv.field_size_limit(MOST_CELL)

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with byte order mark",
    "utf-16": "UTF-16 with byte order mark",
    "utf-16-le": "UTF-16, little endian",
    "utf-16-be": "UTF-16, big endian",
    "cp1252": "Windows, Western Europe (1252)",
    "cp1250": "Windows, Central Europe (1250)",
    "cp1251": "Windows, Cyrillic (1251)",
    "cp1253": "Windows, Greek (1253)",
    "cp1254": "Windows, Turkish (1254)",
    "cp1255": "Windows, Hebrew (1255)",
    "cp1256": "Windows, Arabic (1256)",
    "latin-1": "Latin 1",
    "iso8859-15": "Latin 9",
    "mac_roman": "Mac Roman",
    "cp932": "Japanese (Shift JIS)",
    "gb18030": "Chinese (GB 18030)",
    "big5": "Chinese (Big 5)",
    "euc_kr": "Korean (EUC-KR)",
}
CODE_PAGES = {
    "cp1250": "PL CZ SK HU SI HR RO BA AL",
    "cp1251": "RU UA BY BG RS MK KZ",
    "cp1253": "GR CY",
    "cp1254": "TR AZ",
    "cp1255": "IL",
    "cp1256": "EG SA AE JO LB IQ KW MA DZ TN",
    "cp932": "JP",
    "gb18030": "CN SG",
    "big5": "TW HK",
    "euc_kr": "KR",
}
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
MAGIC = (
    (b"PK\x03\x04", "This is an Excel workbook or a ZIP archive. In Excel choose File, Save as, “CSV UTF-8”, and upload that file."),
    (b"PK\x05\x06", "This is an empty ZIP archive. Save the sheet as “CSV UTF-8” and upload that file."),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook (.xls). In Excel choose File, Save as, “CSV UTF-8”, and upload that file."),
    (b"\x1f\x8b", "This is a gzip archive. Unpack it and upload the CSV file inside."),
    (b"BZh", "This is a bzip2 archive. Unpack it and upload the CSV file inside."),
    (b"7z\xbc\xaf", "This is a 7-Zip archive. Unpack it and upload the CSV file inside."),
    (b"\xfd7zXZ", "This is an xz archive. Unpack it and upload the CSV file inside."),
    (b"Rar!", "This is a RAR archive. Unpack it and upload the CSV file inside."),
    (b"%PDF", "This is a PDF. Export the contacts as CSV from the program that made it."),
    (b"\x89PNG", "This is a picture. Export the contacts as CSV."),
    (b"\xff\xd8\xff", "This is a picture. Export the contacts as CSV."),
)  # fmt: skip
ENDINGS = {
    ".xlsx": MAGIC[0][1],
    ".xls": MAGIC[2][1],
    ".numbers": "This is a Numbers sheet. Choose File, Export to, CSV, and upload that file.",
    ".ods": "This is an OpenDocument sheet. Save it as “Text CSV” in UTF-8 and upload that file.",
    ".txt": "Upload a file that ends in .csv. If this text file has columns, open it in a spreadsheet and save it as “CSV UTF-8”.",
    ".vcf": "This is a vCard file. Export the contacts as CSV instead.",
}  # fmt: skip


@dataclass
class Sniffed:
    encoding: str = "utf-8"
    sure: bool = True
    delimiter: str = ","
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)  # the first SAMPLE_ROWS

    @property
    def samples(self) -> list[list[str]]:
        """The rows worth keeping for the mapping page."""
        return [[cell[:LONGEST_SAMPLE] for cell in row] for row in self.rows[:KEPT_ROWS]]


def refuse(sentence: str) -> Invalid:
    return Invalid({"file": sentence})


def check_name(name: str) -> None:
    """Refuse names of other kinds of files.

    Raises:
        Invalid: with the remedy.
    """
    lowered = name.lower()
    for ending, remedy in ENDINGS.items():
        if lowered.endswith(ending):
            raise refuse(remedy)
    if not lowered.endswith((".csv", ".tsv", ".tab")):
        raise refuse("Upload a file that ends in .csv. A spreadsheet program makes one with Save as, “CSV UTF-8”.")


def sniff(file: Any, encoding: str = "", delimiter: str = "", country: str = "") -> Sniffed:
    """Look at a whole file once, in chunks.

    Args:
        file: anything with read and seek over bytes, at its start.
        encoding, delimiter: what a person chose; otherwise they are worked out.
        country: where the file is at home (two letters), which decides between encodings that fit equally.

    Raises:
        Invalid: {"file": what is wrong and what to do about it}.
    """
    head = file.read(SAMPLE)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise refuse("This file is empty. Export the contacts again and upload the new file.")
    for magic, remedy in MAGIC:
        if head.startswith(magic):
            raise refuse(remedy)
    sure = True
    if not encoding:
        encoding, sure = _encoding(head, file, country)
    elif encoding not in ENCODINGS:
        raise refuse("Choose one of the encodings in the list.")
    file.seek(0)
    _check_text(file, encoding)
    file.seek(0)
    text = next(_decoded(io.BytesIO(head), encoding, final=False), "")
    separator = re.match(r'^"?sep=(.)"?(?:\r\n|\r|\n)', text)
    delimiter = delimiter or (separator[1] if separator else _delimiter(text))
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise refuse("Choose comma, semicolon, tab or bar as the separator.")
    return _header(Sniffed(encoding, sure, delimiter), text, complete=len(head) < SAMPLE)


def _encoding(head: bytes, file: Any, country: str) -> tuple[str, bool]:
    for mark, name in MARKS:
        if head.startswith(mark):
            return name, True
    if b"\x00" in head:
        for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
            every_other = head[start:400:2]
            if every_other.count(0) > 0.8 * len(every_other):
                return name, False
        raise _binary(head)
    file.seek(0)
    try:
        for _ in _decoded(file, "utf-8"):
            pass
        return "utf-8", True
    except UnicodeDecodeError:
        pass
    western = [name for name in ENCODINGS if not name.startswith("utf")]
    matches = from_bytes(head[: 64 * 1024], cp_isolation=western, threshold=0.3)
    best = matches.best()
    if best is None:
        raise refuse(
            f"Line {_undecodable(head, 'utf-8')} holds bytes that are no text in any encoding we know. "
            "Save the sheet as “CSV UTF-8” and upload that file."
        )
    fitting = [name for match in matches for name in (match.encoding, *match.could_be_from_charset)]
    at_home = next((name for name, countries in CODE_PAGES.items() if country in countries.split()), "cp1252")
    for name in (at_home, "cp1252", *fitting):
        if name in fitting and name in ENCODINGS:
            return name, False
    return "cp1252", False


def _binary(head: bytes) -> Invalid:
    line = head[: head.index(b"\x00")].count(b"\n") + 1
    return refuse(
        f"Line {line} holds a NUL byte: this is no text file, or it is damaged. Save the sheet as “CSV UTF-8” and upload that file."
    )


def _undecodable(data: bytes, encoding: str) -> int:
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        return data[: error.start].count(b"\n") + 1
    return 1


def _decoded(file: Any, encoding: str, final: bool = True) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    while chunk := file.read(CHUNK):
        yield decoder.decode(chunk)
    if final:
        yield decoder.decode(b"", True)


def _check_text(file: Any, encoding: str) -> None:
    """Every byte must decode, and none may be NUL.

    Raises:
        Invalid: naming the line.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines = 1
    while True:
        chunk = file.read(CHUNK)
        try:
            text = decoder.decode(chunk, not chunk)
        except UnicodeDecodeError as error:
            lines += error.object[: error.start].decode(encoding, "ignore").count("\n")
            raise refuse(
                f"Line {lines} holds a byte that is not {ENCODINGS.get(encoding, encoding)} text. "
                "Choose another encoding, or save the sheet as “CSV UTF-8” and upload that file."
            ) from None
        if "\x00" in text:
            lines += text[: text.index("\x00")].count("\n")
            raise refuse(
                f"Line {lines} holds a NUL byte: this is no text file, or it is damaged. "
                "Save the sheet as “CSV UTF-8” and upload that file."
            )
        lines += text.count("\n")
        if not chunk:
            return


def _delimiter(text: str) -> str:
    """The delimiter that cuts the first rows into the most equal columns."""
    best, best_score = ",", 0.0
    for candidate in DELIMITERS:
        try:
            rows = [
                row
                for row, _ in zip(
                    csv.reader(text[:65536].splitlines(True), delimiter=candidate), range(20), strict=False
                )
                if row
            ]
        except csv.Error:
            continue
        if not rows or len(rows[0]) < 2:
            continue
        width = len(rows[0])
        score = width * sum(len(row) == width for row in rows) / len(rows)
        if score > best_score:
            best, best_score = candidate, score
    return best


def _header(found: Sniffed, text: str, complete: bool) -> Sniffed:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=found.delimiter, strict=True)
    rows: list[list[str]] = []
    broken = 0  # rows below the header that the check will reject
    while len(rows) <= SAMPLE_ROWS:
        try:
            row = next(reader, None)
        except csv.Error as error:
            if not rows:
                raise _unreadable_header(str(error)) from None
            broken += 1
            if "unexpected end" in str(error):
                break
            continue
        if row is None:
            break
        if reader.line_num == 1 and re.fullmatch(r"sep=.?", "".join(row)[:5]):
            continue
        if any(cell.strip() for cell in row):
            rows.append(row)
    if not complete and len(rows) > 1 and len(rows) <= SAMPLE_ROWS:
        rows.pop()  # the sample ended inside it
    if not rows:
        raise refuse("This file is empty. Export the contacts again and upload the new file.")
    header = [" ".join(cell.split()) for cell in rows[0]]
    while header and not header[-1]:
        header.pop()
    if len(header) > MOST_COLUMNS:
        raise refuse(
            f"This file has {len(header)} columns; {MOST_COLUMNS} are possible. Delete the columns you do not need and upload it again."
        )
    if any(len(name) > 1000 for name in header):
        raise refuse("The first row has to name the columns; a name in it is longer than 1,000 characters.")
    if _is_a_contact(header):
        raise refuse(
            "The first row has to name the columns, such as First name, E-mail, Phone; this one holds a contact. Insert a header row and upload the file again."
        )
    if len(rows) == 1 and complete and not broken:
        raise refuse(
            "This file has a header row and nothing below it. Export the contacts again and upload the new file."
        )
    found.header = _numbered(header)
    found.rows = rows[1:]
    return found


def _unreadable_header(error: str) -> Invalid:
    if "field larger" in error:
        return refuse(
            "The first row holds a cell of more than 1 MB. Check that the quotation marks of the file are closed."
        )
    return refuse(
        f"The first row cannot be read: a quotation mark in it is not closed or not doubled ({error}). "
        "Save the sheet as “CSV UTF-8” again and upload that file."
    )


def _is_a_contact(header: list[str]) -> bool:
    return any(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", name) for name in header) or any(
        DAMAGED.match(name) or re.fullmatch(r"\+?[\d\s().-]{7,}", name) for name in header
    )


def _numbered(header: list[str]) -> list[str]:
    """Names of columns, empty ones named and repeated ones numbered: Phone, Phone (2)."""
    seen: set[str] = set()
    names: list[str] = []
    for place, name in enumerate(header, 1):
        base = name or f"Column {place}"
        candidate, number = base, 2
        while candidate.lower() in seen:
            candidate, number = f"{base} ({number})", number + 1
        seen.add(candidate.lower())
        names.append(candidate)
    return names


def open_text(file: Any, encoding: str) -> io.TextIOWrapper:
    """`file` as lines, their ends untouched, as csv wants them; read in chunks whatever the storage is."""
    return io.TextIOWrapper(io.BufferedReader(_Raw(file), CHUNK), encoding=encoding, errors="strict", newline="")


class _Raw(io.RawIOBase):
    """Any object with read(n) as a raw stream that counts its bytes."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.file.read(len(buffer))
        buffer[: len(data)] = data
        self.taken += len(data)
        return len(data)
