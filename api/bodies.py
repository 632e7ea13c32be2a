"""Bodies and queries, declared as classes of fields. They validate, they name what is wrong, and they document.

    class NoteBody(Body):
        body = Text(most=65_535, required=True)
        userId = Id(to="author_id")

An underscore after a name is dropped (`from_`, `fields_`); None takes an inherited member away.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import QueryDict

from api.fields import ABSENT, BAD, Field

MOST_NAME = 100


class Body:
    """An object of declared members; others are refused, one sentence each, unless `open` lets them pass unread."""

    fields: ClassVar[dict[str, Field]] = {}
    spellings: ClassVar[dict[str, str]] = {}
    open: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.fields = dict(cls.fields)
        for name, field in vars(cls).items():
            if isinstance(field, Field):
                cls.fields[name.rstrip("_")] = field
            elif field is None:
                cls.fields.pop(name.rstrip("_"), None)
        cls.spellings = {other: name for name, field in cls.fields.items() for other in (name, *field.also)}

    @classmethod
    def check(cls, values: dict[str, Any]) -> list[str]:
        """Sentences about members that do not go together; called when each one is fine by itself."""
        return []

    @classmethod
    def read(cls, data: Any, errors: list[str], prefix: str = "") -> dict[str, Any]:
        """The values of the members that were sent, and defaults; every fault adds a sentence to `errors`."""
        if type(data) is not dict:
            errors.append(f"{prefix.rstrip('.') or 'body'} must be an object")
            return {}
        values: dict[str, Any] = {}
        seen = set()
        before = len(errors)
        for sent, value in data.items():
            name = cls.spellings.get(sent)
            if name is None:
                if not cls.open and len(errors) < 50:
                    errors.append(f"property {prefix}{sent[:MOST_NAME]} should not exist")
                continue
            field = cls.fields[name]
            if value is None:
                if field.null:
                    values[field.to or name] = None
                    seen.add(name)
                continue
            seen.add(name)
            taken = field.take(value, f"{prefix}{sent}", errors)
            if taken is not BAD:
                values[field.to or name] = taken
        cls._complete(values, seen, errors, prefix)
        if len(errors) == before:
            errors += cls.check(values)
        return values

    @classmethod
    def read_query(cls, query: QueryDict, errors: list[str]) -> dict[str, Any]:
        """The same from a query string. Members nobody declared are ignored."""
        values: dict[str, Any] = {}
        seen = set()
        before = len(errors)
        for sent in query:
            name = cls.spellings.get(sent.removesuffix("[]"))
            if name is None:
                continue
            field = cls.fields[name]
            texts = query.getlist(sent)
            if texts[-1] == "" and not field.required:
                continue
            seen.add(name)
            taken = field.take_text(texts, name, errors)
            if taken is not BAD:
                values[field.to or name] = taken
        cls._complete(values, seen, errors, "")
        if len(errors) == before:
            errors += cls.check(values)
        return values

    @classmethod
    def _complete(cls, values: dict[str, Any], seen: set[str], errors: list[str], prefix: str) -> None:
        for name, field in cls.fields.items():
            if name not in seen:
                if field.required:
                    field.missing(f"{prefix}{name}", errors)
                elif field.default is not ABSENT:
                    values[field.to or name] = field.default

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """The object in an OpenAPI document."""
        found: dict[str, Any] = {
            "type": "object",
            "properties": {name: field.schema() for name, field in cls.fields.items()},
        }
        required = [name for name, field in cls.fields.items() if field.required]
        if required:
            found["required"] = required
        if not cls.open:
            found["additionalProperties"] = False
        return found

    @classmethod
    def sample(cls) -> dict[str, Any]:
        """An example: the required members and those that give one."""
        return {
            name: field.sample() for name, field in cls.fields.items() if field.required or field.example is not ABSENT
        }


Query = Body
