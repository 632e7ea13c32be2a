"""Members that are text."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator

from api.fields.field import ABSENT, BAD, Field

MOST_TEXT = 5000
is_email = EmailValidator()
is_url = URLValidator(schemes=["http", "https"])


class Text(Field):
    """A string of at most `most` characters; `trim` drops blanks around it."""

    def __init__(
        self, most: int = MOST_TEXT, *, least: int = 0, trim: bool = False, pattern: str = "", **rest: Any
    ) -> None:
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
