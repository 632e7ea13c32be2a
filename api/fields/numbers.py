"""Members that are numbers or flags."""

from __future__ import annotations

import math
from typing import Any

from api.fields.field import ABSENT, BAD, Field


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
