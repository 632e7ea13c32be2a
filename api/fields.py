"""Members of bodies and queries: each reads one JSON value, or adds a sentence that says what is wrong with it."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator

BAD: Any = object()
ABSENT: Any = object()
MOST_TEXT = 5000
MOST_ITEMS = 500
DATE = re.compile(r"(?:(\d{4})[-/._](\d{1,2})[-/._](\d{1,2})|(\d{1,2})[-/._](\d{1,2})[-/._](\d{4}))(?:[T ].*)?")
is_email = EmailValidator()
is_url = URLValidator(schemes=["http", "https"])


class Field:
    """One member.

    Args:
        required: absent, null and empty are refused.
        null: null is taken as None. Elsewhere null on an optional member counts as absent.
        to: the key in the values the handler gets; the wire name when empty.
        also: other spellings that are read.
        default: the value when absent; without one an absent member is left out.
        about: a line for the documentation; example: a value for it.
    """

    kind: str = "a string"
    type: str = "string"

    def __init__(
        self,
        *,
        required: bool = False,
        null: bool = False,
        to: str = "",
        also: tuple[str, ...] = (),
        default: Any = ABSENT,
        about: str = "",
        example: Any = ABSENT,
    ) -> None:
        self.required = required
        self.null = null
        self.to = to
        self.also = also
        self.default = default
        self.about = about
        self.example = example

    def take(self, value: Any, name: str, errors: list[str]) -> Any:
        """`value` as Python, or BAD with a sentence added to `errors`. Never called with None."""
        raise NotImplementedError

    def take_text(self, values: list[str], name: str, errors: list[str]) -> Any:
        """The same from a query string; the last spelling wins, as everywhere on the web."""
        return self.take(values[-1], name, errors)

    def missing(self, name: str, errors: list[str]) -> None:
        errors.append(f"{name} should not be empty")
        errors.append(f"{name} must be {self.kind}")

    def schema(self) -> dict[str, Any]:
        """The member in an OpenAPI document."""
        found: dict[str, Any] = {"type": self.type, **self.limits()}
        if self.null:
            found["nullable"] = True
        if self.about:
            found["description"] = self.about
        if self.default is not ABSENT and self.default is not None:
            found["default"] = self.default
        found["example"] = self.sample()
        return found

    def limits(self) -> dict[str, Any]:
        return {}

    def sample(self) -> Any:
        return "text" if self.example is ABSENT else self.example


class Text(Field):
    """A string of at most `most` characters; `trim` drops blanks around it."""

    def __init__(self, most: int = MOST_TEXT, *, least: int = 0, trim: bool = False, pattern: str = "", **rest: Any) -> None:
        super().__init__(**rest)
        self.most = most
        self.least = least
        self.trim = trim
        self.pattern = re.compile(pattern) if pattern else None

    def take(self, value: Any, name: str, errors: list[str]) -> Any:
        if type(value) is not str:
            errors.append(f"{name} must be a string")
            return BAD
        if self.trim:
            value = value.strip()
        if "\x00" in value:
            errors.append(f"{name} must not contain NUL characters")
            return BAD
        if not value:
            if self.required:
                errors.append(f"{name} should not be empty")
                return BAD
            return value
        if len(value) > self.most:
            errors.append(f"{name} must be shorter than or equal to {self.most} characters")
            return BAD
        if len(value) < self.least:
            errors.append(f"{name} must be longer than or equal to {self.least} characters")
            return BAD
        if self.pattern is not None and not self.pattern.fullmatch(value):
            errors.append(f"{name} must match {self.pattern.pattern} regular expression")
            return BAD
        return value

    def limits(self) -> dict[str, Any]:
        found: dict[str, Any] = {"maxLength": self.most}
        if self.required:
            found["minLength"] = max(1, self.least)
        if self.pattern is not None:
            found["pattern"] = f"^{self.pattern.pattern}$"
        return found


class Id(Text):
    """A key of ours: any text of moderate length, for a malformed id is an unknown id."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(most=100, **rest)

    def sample(self) -> Any:
        return "0Wk3Zr8QeTn5yLbPcA1d" if self.example is ABSENT else self.example


class Email(Text):
    def __init__(self, **rest: Any) -> None:
        super().__init__(most=254, trim=True, **rest)

    def take(self, value: Any, name: str, errors: list[str]) -> Any:
        taken = super().take(value, name, errors)
        if taken is BAD or not taken:
            return taken
        try:
            is_email(taken)
        except ValidationError:
            errors.append(f"{name} must be an email")
            return BAD
        return taken

    def limits(self) -> dict[str, Any]:
        return {**super().limits(), "format": "email"}

    def sample(self) -> Any:
        return "ann@example.com" if self.example is ABSENT else self.example


class Url(Text):
    """A web address; without `strict` a bare host name such as example.com is taken too."""

    def __init__(self, most: int = 500, *, strict: bool = False, **rest: Any) -> None:
        super().__init__(most=most, trim=True, **rest)
        self.strict = strict

    def take(self, value: Any, name: str, errors: list[str]) -> Any:
        taken = super().take(value, name, errors)
        if taken is BAD or not taken:
            return taken
        try:
            is_url(taken if self.strict or "://" in taken else f"https://{taken}")
        except ValidationError:
            errors.append(f"{name} must be a URL address")
            return BAD
        return taken

    def sample(self) -> Any:
        return "https://example.com" if self.example is ABSENT else self.example


class OneOf(Field):
    """One of a few words, compared without regard to case; the handler gets the spelling declared here."""

    def __init__(self, *words: str, **rest: Any) -> None:
        super().__init__(**rest)
        self.words = words
        self.by_fold = {word.lower(): word for word in words}

    def take(self, value: Any, name: str, errors: list[str]) -> Any:
        found = self.by_fold.get(value.lower()) if type(value) is str else None
        if found is None:
            errors.append(f"{name} must be one of the following values: {', '.join(self.words)}")
            return BAD
        return found

    def missing(self, name: str, errors: list[str]) -> None:
        errors.append(f"{name} should not be empty")
        errors.append(f"{name} must be one of the following values: {', '.join(self.words)}")

    def limits(self) -> dict[str, Any]:
        return {"enum": list(self.words)}

    def sample(self) -> Any:
        return self.words[0] if self.example is ABSENT else self.example


class Number(Field):
    """A number from `least` to `most`. `whole` wants an integer; `text` takes digits in a string as well."""

    kind = "a number conforming to the specified constraints"
    type = "number"

    def __init__(
        self, *, least: float = -1e15, most: float = 1e15, whole: bool = False, text: bool = False, **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.least = least
        self.most = most
        self.whole = whole
        self.text = text

    def take(self, value: Any, name: str, errors: list[str]) -> Any:
        if type(value) is str and self.text:
            return self.take_text([value], name, errors)
        if type(value) not in (int, float) or not math.isfinite(value):
            errors.append(f"{name} must be {self.kind}")
            return BAD
        if self.whole and value != int(value):
            errors.append(f"{name} must be an integer number")
            return BAD
        if value < self.least:
            errors.append(f"{name} must not be less than {self.least:g}")
            return BAD
        if value > self.most:
            errors.append(f"{name} must not be greater than {self.most:.15g}")
            return BAD
        return int(value) if self.whole else value

    def take_text(self, values: list[str], name: str, errors: list[str]) -> Any:
        text = values[-1].strip()
        try:
            if len(text) > 30 or not text.isascii() or "_" in text:
                raise ValueError
            number = float(text)
        except ValueError:
            errors.append(f"{name} must be {self.kind}")
            return BAD
        whole = text.lstrip("+-").isdigit() and len(text) <= 19
        return self.take(int(text) if whole else number, name, errors)

    def limits(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.least > -1e15:
            found["minimum"] = int(self.least) if self.least == int(self.least) else self.least
        if self.most < 1e15:
            found["maximum"] = int(self.most) if self.most == int(self.most) else self.most
        return found

    def schema(self) -> dict[str, Any]:
        return {**super().schema(), "type": "integer" if self.whole else "number"}

    def sample(self) -> Any:
        return max(1, self.limits().get("minimum", 1)) if self.example is ABSENT else self.example


class Flag(Field):
    """True or false; in a query string also 1 and 0."""

    kind = "a boolean value"
    type = "boolean"

    def take(self, value: Any, name: str, errors: list[str]) -> Any:
        if type(value) is not bool:
            errors.append(f"{name} must be a boolean value")
            return BAD
        return value

    def take_text(self, values: list[str], name: str, errors: list[str]) -> Any:
        word = values[-1].lower()
        if word not in ("true", "false", "1", "0"):
            errors.append(f"{name} must be a boolean value")
            return BAD
        return word in ("true", "1")

    def sample(self) -> Any:
        return True if self.example is ABSENT else self.example


class Moment(Field):
    """ISO 8601, with or without milliseconds and offset, as an aware datetime; without an offset it is UTC."""

    kind = "a valid ISO 8601 date string"

    def take(self, value: Any, name: str, errors: list[str]) -> Any:
        try:
            if type(value) is not str or not 10 <= len(value) <= 35:
                raise ValueError
            found = dt.datetime.fromisoformat(value)
            found = found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
            if not 1000 <= found.year <= 9998:
                raise ValueError
        except (ValueError, OverflowError):
            errors.append(f"{name} must be {self.kind}")
            return BAD
        return found

    def limits(self) -> dict[str, Any]:
        return {"format": "date-time"}

    def sample(self) -> Any:
        return "2030-01-31T10:00:00.000Z" if self.example is ABSENT else self.example


class Date(Field):
    """A day: year or month first, parted by - / . or _; the time of an ISO timestamp is dropped."""

    kind = "a valid ISO 8601 date string"

    def take(self, value: Any, name: str, errors: list[str]) -> Any:
        found = DATE.fullmatch(value) if type(value) is str and len(value) <= 35 else None
        try:
            if found is None:
                raise ValueError
            year, month, day = (found[1], found[2], found[3]) if found[1] else (found[6], found[4], found[5])
            return dt.date(int(year), int(month), int(day))
        except ValueError:
            errors.append(f"{name} must be {self.kind}")
            return BAD

    def limits(self) -> dict[str, Any]:
        return {"format": "date"}

    def sample(self) -> Any:
        return "1990-09-25" if self.example is ABSENT else self.example


class List(Field):
    """An array of at most `most` items, each read by `of`. In a query: x[]=a&x[]=b, x=a&x=b or x=a,b."""

    kind = "an array"
    type = "array"

    def __init__(self, of: Field, *, most: int = MOST_ITEMS, least: int = 0, **rest: Any) -> None:
        super().__init__(**rest)
        self.of = of
        self.most = most
        self.least = least

    def take(self, value: Any, name: str, errors: list[str]) -> Any:
        if type(value) is not list:
            errors.append(f"{name} must be an array")
            return BAD
        if len(value) > self.most:
            errors.append(f"{name} must contain no more than {self.most} elements")
            return BAD
        if len(value) < max(self.least, 1 if self.required else 0):
            errors.append(f"{name} should not be empty")
            return BAD
        taken, before = [], len(errors)
        plain = not isinstance(self.of, (Nested, List))
        for position, item in enumerate(value):
            found: list[str] = []
            one = BAD if item is None else self.of.take(item, "" if plain else f"{name}.{position}", found)
            if item is None:
                found.append(f"must be {self.of.kind}" if plain else f"{name}.{position} must be {self.of.kind}")
            for sentence in found:
                sentence = f"each value in {name} {sentence.strip()}" if plain else sentence
                if sentence not in errors:
                    errors.append(sentence)
            taken.append(one)
        return taken if len(errors) == before else BAD

    def take_text(self, values: list[str], name: str, errors: list[str]) -> Any:
        if len(values) == 1:
            values = values[0].split(",")
        items: list[Any] = [value for value in values if value != ""]
        if isinstance(self.of, (Number, Flag)):
            items = [self.of.take_text([value], name, errors) for value in items]
            if BAD in items:
                return BAD
        return self.take(items, name, errors)

    def limits(self) -> dict[str, Any]:
        found: dict[str, Any] = {"items": self.of.schema(), "maxItems": self.most}
        if self.least or self.required:
            found["minItems"] = max(self.least, 1)
        return found

    def sample(self) -> Any:
        return [self.of.sample()] if self.example is ABSENT else self.example


class Nested(Field):
    """An object with members of its own: a `Body` class."""

    kind = "an object"
    type = "object"

    def __init__(self, body: Any, **rest: Any) -> None:
        super().__init__(**rest)
        self.body = body

    def take(self, value: Any, name: str, errors: list[str]) -> Any:
        if type(value) is not dict:
            errors.append(f"{name} must be an object")
            return BAD
        before = len(errors)
        taken = self.body.read(value, errors, f"{name}.")
        return taken if len(errors) == before else BAD

    def schema(self) -> dict[str, Any]:
        found: dict[str, Any] = self.body.schema()
        if self.null:
            found["nullable"] = True
        if self.about:
            found["description"] = self.about
        return found

    def sample(self) -> Any:
        return self.body.sample() if self.example is ABSENT else self.example


class Anything(Field):
    """Any JSON value, bounded: at most `deepest` levels, `most` members in all, strings of `longest` characters.

    `only` names the types that are taken (str, int, float, bool, list, dict); all when empty.
    """

    kind = "a valid value"

    def __init__(
        self, *only: type, deepest: int = 8, most: int = 2000, longest: int = 65_536, **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.only = only
        self.deepest = deepest
        self.most = most
        self.longest = longest
        if only:
            self.kind = " or ".join(NAMES[one] for one in only if one is not float)

    def take(self, value: Any, name: str, errors: list[str]) -> Any:
        if self.only and type(value) not in self.only:
            errors.append(f"{name} must be {self.kind}")
            return BAD
        left, layer = self.most, [value]
        for _ in range(self.deepest + 1):
            below: list[Any] = []
            for item in layer:
                if type(item) is dict:
                    below += item.values()
                    below += item.keys()
                elif type(item) is list:
                    below += item
                elif type(item) is str and ("\x00" in item or len(item) > self.longest):
                    fault = "contain NUL characters" if "\x00" in item else f"hold more than {self.longest} characters"
                    errors.append(f"{name} must not {fault}")
                    return BAD
            left -= len(below)
            if left < 0:
                errors.append(f"{name} must not hold more than {self.most} values")
                return BAD
            if not below:
                return value
            layer = below
        errors.append(f"{name} must not be nested deeper than {self.deepest} levels")
        return BAD

    def schema(self) -> dict[str, Any]:
        found = super().schema()
        del found["type"]
        if len(self.only) == 1:
            found["type"] = TYPES[self.only[0]]
            if self.only[0] is list:
                found["items"] = {}
        return found

    def sample(self) -> Any:
        if self.example is not ABSENT:
            return self.example
        return {list: [], dict: {}}.get(self.only[0], "text") if self.only else "text"


NAMES = {str: "a string", int: "a number", float: "a number", bool: "a boolean value", list: "an array", dict: "an object"}
TYPES = {str: "string", int: "number", float: "number", bool: "boolean", list: "array", dict: "object"}
