"""Members that hold other values: arrays, objects, anything within bounds."""

from __future__ import annotations

from typing import Any

from api.fields.field import ABSENT, BAD, Field
from api.fields.numbers import Flag, Number

MOST_ITEMS = 500
NAMES = {
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "a boolean value",
    list: "an array",
    dict: "an object",
}
TYPES = {str: "string", int: "number", float: "number", bool: "boolean", list: "array", dict: "object"}


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

    def __init__(self, *only: type, deepest: int = 8, most: int = 2000, longest: int = 65_536, **rest: Any) -> None:
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
        empty: dict[type, Any] = {list: [], dict: {}}
        return empty.get(self.only[0], "text") if self.only else "text"
