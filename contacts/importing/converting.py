"""Cells to values, in the text form of COPY. One function per column, made once per import and mapped over whole columns.

A cell that cannot be used becomes a `Trouble`: a string like any other value, with the sentence that says why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from django.core.exceptions import ValidationError

from accounts.models import Location, User
from accounts.zones import check_zone
from contacts.identity import TEXTS, email_of
from contacts.importing.countries import code_of
from contacts.models import Tag
from contacts.models.consent import CHANNELS
from contacts.models.tag import normal
from core import clock, ids, scope
from core.dates import parse_date
from core.errors import Invalid
from core.phones import DAMAGED, BadPhone, e164
from objects.models import CustomField
from objects.values import BadValue, clean

NULL = "\\N"
NO_DATE = "0001-01-01"  # clears the date of birth
Convert = Callable[[str], str]
MOST_NEW_TAGS = 1000
MOST_KEPT = 50_000
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_EMAIL = re.compile(
    r"[a-z0-9_+%-]+(?:\.[a-z0-9_+%-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
).fullmatch
_NORTH_AMERICAN = re.compile(r"\+1[2-9][0-9]{2}[2-9][0-9]{6}").fullmatch
_TEN_DIGITS = re.compile(r"[2-9][0-9]{2}[2-9][0-9]{6}").fullmatch
_PUNCTUATION = str.maketrans("", "", " ()-.")
_SEVERAL = re.compile(r"\s*(?::::|[,;\n])\s*")
_YES = {"yes", "y", "true", "1", "on", "all", "x", "active", "enabled", "permanent"}
_NO = {"", "no", "n", "false", "0", "off", "none", "inactive"}
TYPES = {"lead": "lead", "customer": "customer", "client": "customer"}


class Trouble(str):
    """What is staged for a cell that is not as it should be, and why."""

    level: Literal["error", "identity", "warning"]
    sentence: str
    more: tuple[str, ...]

    def __new__(
        cls, value: str, level: Literal["error", "identity", "warning"], sentence: str, more: tuple[str, ...] = ()
    ) -> Trouble:
        made = super().__new__(cls, value)
        made.level, made.sentence, made.more = level, sentence, more
        return made


def warning(sentence: str, value: str = NULL) -> Trouble:
    return Trouble(value, "warning", sentence)


class Memo(dict[str, str]):
    """A conversion that remembers, for columns whose values repeat."""

    def __init__(self, convert: Convert) -> None:
        self.convert = convert

    def __missing__(self, cell: str) -> str:
        if len(self) > MOST_KEPT:
            self.clear()
        value = self[cell] = self.convert(cell)
        return value


def escaped(text: str) -> str:
    """Text as COPY wants it."""
    return text.translate(_ESCAPES)


def array(items: list[str]) -> str:
    """A text array as COPY wants it."""
    quoted = ('"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"' for item in items)
    return escaped("{" + ",".join(quoted) + "}")


def document(value: Any) -> str:
    """JSON as COPY wants it."""
    return escaped(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def bare(cell: str) -> str:
    """A cell without blanks around it and without the apostrophe that keeps a spreadsheet from calculating."""
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell


@dataclass
class Tags:
    """The location's tags by name, and those the file adds, with ids given in advance."""

    known: dict[str, str]
    used: dict[str, str] = field(default_factory=dict)
    fresh: int = 0

    @classmethod
    def load(cls) -> Tags:
        return cls(dict(Tag.objects.values_list("name", "pk")))

    def id_of(self, name: str) -> str:
        """The id of a tag by its normal name.

        Raises:
            LookupError: the file has brought too many new ones.
        """
        found = self.known.get(name)
        if found is None:
            if self.fresh >= MOST_NEW_TAGS:
                raise LookupError(f"more than {MOST_NEW_TAGS:,} new tags in one file")
            self.fresh += 1
            found = self.known[name] = ids.new_id()
        self.used[name] = found
        return found


class Converters:
    """Makes the functions for one import's columns.

    Args:
        place: the location; its country reads phones and its people are owners.
        clears: whether an empty cell clears the value it is mapped to.
    """

    def __init__(self, place: Location, tags: Tags, clears: bool = False) -> None:
        self.place = place
        self.tags = tags
        self.clears = clears
        self.empty = "" if clears else NULL

    def text(self, name: str) -> Convert:
        longest, empty = TEXTS[name], self.empty

        def convert(cell: str) -> str:
            plain = " ".join(bare(cell).split())
            if not plain:
                return empty
            if len(plain) > longest:
                return warning(f"Longer than {longest} characters. Left out")
            return plain.replace("\\", "\\\\")

        return Memo(convert).__getitem__

    def first_of_name(self, cell: str) -> str:
        plain = " ".join(bare(cell).split()).partition(" ")[0]
        return plain.replace("\\", "\\\\") if len(plain) <= TEXTS["first_name"] and plain else NULL

    def last_of_name(self, cell: str) -> str:
        plain = " ".join(bare(cell).split())
        if len(plain) > TEXTS["last_name"]:
            return warning(f"Longer than {TEXTS['last_name']} characters. Left out")
        return plain.partition(" ")[2].replace("\\", "\\\\") or NULL

    def email(self, cell: str) -> str:
        address = cell.strip().lower()
        if not address:
            return NULL  # identity is never cleared by an import
        if _EMAIL(address) and len(address) <= 254:
            return address
        good: list[str] = []
        for part in _SEVERAL.split(address):
            found = re.search(r"<([^<>]+)>\s*$", part)
            try:
                if part:
                    good.append(email_of(found[1] if found else part))
            except ValueError:
                return Trouble(NULL, "identity", "No valid e-mail")
        if not good:
            return NULL
        return _with_more(good)

    def phone(self) -> Convert:
        country = self.place.country or "US"
        national = country in ("US", "CA")

        def convert(cell: str) -> str:
            if not cell:
                return NULL
            if _NORTH_AMERICAN(cell):
                return cell
            if national:
                digits = cell.translate(_PUNCTUATION)
                if _TEN_DIGITS(digits):
                    return f"+1{digits}"
                if _NORTH_AMERICAN(digits):
                    return digits
            plain = bare(cell)
            if not plain:
                return NULL
            if DAMAGED.match(plain):
                return Trouble(NULL, "error", "Number damaged by the spreadsheet")
            good: list[str] = []
            for part in _SEVERAL.split(plain):
                try:
                    if part:
                        good.append(e164(part, country))
                except BadPhone:
                    return Trouble(NULL, "identity", "Not a valid phone number")
            return _with_more(good) if good else NULL

        return convert

    def more(self, one: Convert) -> Convert:
        """Several e-mails or phones of one cell as members of an array; what cannot be read is left out."""

        def convert(cell: str) -> str:
            value = one(cell)
            if value.__class__ is str:
                return "" if value == NULL else _member(value)
            trouble: Trouble = value  # type: ignore[assignment]
            if trouble.more:
                return ",".join(_member(item) for item in (trouble[:], *trouble.more))
            return Trouble("", "error" if trouble.level == "error" else "warning", f"{trouble.sentence}. Left out")

        return convert

    def tag_list(self, cell: str) -> str:
        if not cell.strip():
            return ""
        members: dict[str, None] = {}
        problem = ""
        for part in re.split(r"[,;\n]|:::", cell):
            name = part.strip().removeprefix("* ")
            if not name:
                continue
            try:
                members[self.tags.id_of(normal(name))] = None
            except Invalid as error:
                problem = error.message
            except LookupError as error:
                problem = str(error)
        value = ",".join(members)
        return Trouble(value, "warning", f"{problem[:1].upper()}{problem[1:]}. Left out") if problem else value

    def country(self, cell: str) -> str:
        plain = bare(cell)
        if not plain:
            return self.empty
        try:
            return code_of(plain)
        except ValueError:
            return warning(f"No country “{plain[:40]}”. Country stays as it is")

    def zone(self, cell: str) -> str:
        plain = bare(cell)
        if not plain:
            return self.empty
        try:
            check_zone(plain)
        except ValidationError:
            return warning(f"No time zone “{plain[:40]}”. Time zone stays as it is")
        return escaped(plain)

    def kind(self, cell: str) -> str:
        plain = bare(cell).lower()
        if not plain:
            return NULL
        return TYPES.get(plain) or warning(f"Type is Lead or Customer, not “{plain[:40]}”. Left out")

    def birthday(self, order: str) -> Convert:
        today = clock.today(self.place.zone)
        empty = NO_DATE if self.clears else NULL

        def convert(cell: str) -> str:
            plain = bare(cell)
            if not plain:
                return empty
            try:
                day = parse_date(plain, order)
            except ValueError as error:
                return warning(f"{str(error)[:1].upper()}{str(error)[1:]}. Left out")
            if day.year <= 1850 or day > today:
                return warning("Not a date of birth. Left out")
            return day.isoformat()

        return convert

    def owner(self) -> Convert:
        people: dict[str, set[str]] = {}
        for user in User.objects.working_at(self.place.pk):
            first, last = user.first_name.lower(), user.last_name.lower()
            names = {user.email, user.pk.lower()}
            if first and last:
                names |= {f"{first} {last}", f"{last} {first}", f"{last}, {first}"}
            for name in names:
                people.setdefault(name, set()).add(user.pk)
        empty = self.empty

        def convert(cell: str) -> str:
            plain = " ".join(bare(cell).split())
            if not plain:
                return empty
            found = people.get(plain.lower(), set())
            if len(found) == 1:
                return next(iter(found))
            how = "No user" if not found else "More than one user"
            return warning(f"{how} “{plain[:60]}”. Owner stays empty")

        return Memo(convert).__getitem__

    def dnd(self) -> tuple[Convert, Convert]:
        """Two functions for one column: the switch for everything, and members of the channels."""
        channels = {name.lower(): name for name in CHANNELS} | {label.lower(): name for name, label in CHANNELS.items()}
        channels |= {
            "e-mail": "Email",
            "mail": "Email",
            "calls": "Call",
            "phone": "Call",
            "text": "SMS",
            "facebook": "FB",
        }

        def everything(cell: str) -> str:
            return "t" if bare(cell).lower() in _YES else NULL

        def some(cell: str) -> str:
            plain = bare(cell).lower()
            if plain in _YES or plain in _NO:
                return ""
            parts = [part.strip() for part in re.split(r"[,;|]", plain) if part.strip()]
            known = [channels[part] for part in parts if part in channels]
            value = ",".join(self._blocked(name) for name in dict.fromkeys(known))
            if len(known) < len(parts):
                strange = next(part for part in parts if part not in channels)
                return Trouble(value, "warning", f"No channel “{strange[:40]}”. Left out")
            return value

        return Memo(everything).__getitem__, Memo(some).__getitem__

    def dnd_channel(self, name: str) -> Convert:
        blocked = self._blocked(name)

        def convert(cell: str) -> str:
            plain = bare(cell).lower()
            if plain in _YES:
                return blocked
            return "" if plain in _NO else Trouble("", "warning", f"Neither yes nor no: “{plain[:40]}”. Left out")

        return Memo(convert).__getitem__

    def _blocked(self, name: str) -> str:
        state = {
            "status": "active",
            "message": "",
            "code": "",
            "at": clock.iso(clock.now()),
            "by": scope.current().actor.name,
            "kind": scope.current().actor.kind,
        }
        return document({name: state})[1:-1]

    def custom(self, definition: CustomField, order: str) -> Convert:
        """A member of the `custom` object."""
        country, empty = self.place.country or "US", document({definition.pk: None})[1:-1] if self.clears else ""
        head = document({definition.pk: None})[1:-5]

        def convert(cell: str) -> str:
            plain = bare(cell)
            if not plain:
                return empty
            if definition.type == "PHONE" and DAMAGED.match(plain):
                return Trouble("", "warning", "Number damaged by the spreadsheet. Left out")
            try:
                value = clean(definition, plain, country, order)
            except BadValue as error:
                return Trouble("", "warning", f"{definition.name}: {error}. Left out")
            return head + document(value) if value is not None else empty

        return Memo(convert).__getitem__

    def reference(self, cell: str) -> str:
        plain = bare(cell)
        if not plain:
            return NULL
        return plain if ids.is_id(plain) else warning("Not a contact id. Matched by the other fields")


def _member(value: str) -> str:
    return value if value.isascii() and not set(value) & set('{}",\\ ') else array([value])[1:-1]


def _with_more(values: list[str]) -> str:
    values = list(dict.fromkeys(values))
    first = escaped(values[0])
    if len(values) == 1:
        return first
    return Trouble(first, "warning", "", tuple(values[1:]))
