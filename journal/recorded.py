"""Recorded: the three primitives that write a row together with its journal entry, and the refusal of all else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Self, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction

from core import clock
from core.errors import Invalid
from core.tenancy import ScopedManager
from journal.models import Entry, entry_for, plain
from journal.writing import write, write_many

_allowed: ContextVar[bool] = ContextVar("writing_allowed", default=False)
F = TypeVar("F", bound=Callable[..., Any])


class Unrecorded(RuntimeError):
    """A row was about to be written without a journal entry."""


@contextmanager
def quietly(*, reason: str) -> Iterator[None]:
    """Within the block rows may be written without an entry. `reason` is for the reader and a structure test."""
    if not reason:
        raise ValueError("quietly() needs a reason")
    token = _allowed.set(True)
    try:
        yield
    finally:
        _allowed.reset(token)


def _guard(what: str) -> None:
    if not _allowed.get():
        raise Unrecorded(f"{what} leaves no journal entry: use a verb, or quietly(reason=...)")


class RecordedQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, actor: Any) -> Self:
        """The rows `actor` may see. All, unless a model says otherwise."""
        return self

    def create(self, **fields: Any) -> Any:
        _guard("create()")
        return super().create(**fields)

    def update(self, **fields: Any) -> int:
        _guard("update()")
        return super().update(**fields)

    def delete(self) -> tuple[int, dict[str, int]]:
        _guard("delete()")
        return super().delete()

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[Any]:
        _guard("bulk_create()")
        return super().bulk_create(*args, **kwargs)

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        _guard("bulk_update()")
        return super().bulk_update(*args, **kwargs)


RecordedManager = ScopedManager.from_queryset(RecordedQuerySet)


def difference(old: Any, new: Any) -> list[Any]:
    """[old, new]; of two objects only the members that differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        return [{key: old.get(key) for key in keys}, {key: new.get(key) for key in keys}]
    return [old, new]


def as_invalid(error: ValidationError) -> Invalid:
    """Django's validation error as {field: sentence}."""
    if hasattr(error, "error_dict"):
        return Invalid(
            {
                ("" if field == "__all__" else field): " ".join(messages)
                for field, messages in error.message_dict.items()
            }
        )
    return Invalid(" ".join(error.messages))


def locked(verb: F) -> F:
    """A verb whose rule reads state: it runs in one transaction, on a fresh row that nobody else can change."""

    @wraps(verb)
    def inside(self: Any, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            self.lock()
            return verb(self, *args, **kwargs)

    return inside  # type: ignore[return-value]


class Recorded(models.Model):
    """A row whose every change is in the journal. `NOUN` starts its verbs: `contact.created`."""

    NOUN = ""
    UNRECORDED: frozenset[str] = frozenset({"date_updated"})

    class Meta:
        abstract = True

    def journal_contact_id(self) -> str | None:
        """The contact on whose timeline entries about this row belong."""
        return getattr(self, "contact_id", None)

    def last_facts(self) -> dict[str, Any]:
        """What the entry of its removal keeps, for those who tell of it afterwards."""
        return {}

    @classmethod
    def record_new(cls, verb: str = "", *, facts: dict[str, Any] | None = None, **fields: Any) -> Self:
        """Insert a row and write `<noun>.created`, or `verb`.

        Raises:
            Invalid: a value breaks a rule; nothing is written.
        """
        row = cls(**fields)
        row._check()
        with transaction.atomic(), quietly(reason="record_new writes the entry itself"):
            row.save(force_insert=True)
            new = {
                field.name: [None, plain(field.value_from_object(row))]
                for field in cls._meta.concrete_fields
                if field.name in fields
                and field.name not in cls.UNRECORDED
                and field.value_from_object(row) not in (None, "", [], {})
            }
            write(verb or f"{cls.NOUN}.created", row, new, facts)
        return row

    @classmethod
    def record_many(cls, rows: list[Self], verb: str = "", facts: dict[str, Any] | None = None) -> list[Self]:
        """Insert many rows and one entry each, in one transaction and two statements a batch."""
        with transaction.atomic(), quietly(reason="record_many writes the entries itself"):
            cls.objects.bulk_create(rows, batch_size=2000)  # type: ignore[attr-defined]
            write_many([entry_for(verb or f"{cls.NOUN}.created", row, {}, facts) for row in rows])
        return rows

    def change(self, verb: str = "", *, facts: dict[str, Any] | None = None, **fields: Any) -> dict[str, list[Any]]:
        """Save only what differs and write `<noun>.updated`, or `verb`, with the difference.

        Returns:
            {field: [old, new]}; empty when nothing differed, and then nothing is written.

        Raises:
            Invalid: a value breaks a rule; nothing is written and the object keeps its old values.
        """
        changes: dict[str, list[Any]] = {}
        before: dict[str, Any] = {}
        for name, value in fields.items():
            field: Any = self._meta.get_field(name)
            old = getattr(self, field.attname)
            new = value.pk if isinstance(value, models.Model) else value
            if new is not None and not isinstance(field, models.ForeignKey):
                try:
                    new = field.to_python(new)
                except ValidationError as error:
                    self._restore(before)
                    raise Invalid({name: " ".join(error.messages)}) from error
            if plain(old) == plain(new):
                continue
            before[field.attname] = old
            setattr(self, field.attname, new)
            if name not in self.UNRECORDED:
                changes[name] = difference(plain(old), plain(new))
        if not before:
            return {}
        try:
            self._check(only=set(fields))
            if "date_updated" in {field.name for field in self._meta.concrete_fields}:
                before.setdefault("date_updated", getattr(self, "date_updated"))  # noqa: B009  only some models have it
                setattr(self, "date_updated", clock.now())  # noqa: B010
            with transaction.atomic(), quietly(reason="change writes the entry itself"):
                self.save(update_fields=[self._meta.get_field(name).name for name in before])
                if changes:
                    write(verb or f"{self.NOUN}.updated", self, changes, facts)
        except BaseException:
            self._restore(before)
            raise
        return changes

    def remove(self, verb: str = "", *, facts: dict[str, Any] | None = None) -> None:
        """Write `<noun>.deleted`, or `verb`, then delete the row."""
        with transaction.atomic(), quietly(reason="remove writes the entry itself"):
            write(verb or f"{self.NOUN}.deleted", self, {}, {"name": str(self), **self.last_facts(), **(facts or {})})
            models.Model.delete(self)

    def lock(self) -> None:
        """Take the row for this transaction and read it afresh."""
        manager = type(self)._base_manager
        fresh = manager.select_for_update().get(pk=self.pk)
        for field in self._meta.concrete_fields:
            setattr(self, field.attname, getattr(fresh, field.attname))

    def save(self, *args: Any, **kwargs: Any) -> None:
        _guard("save()")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        _guard("delete()")
        return super().delete(*args, **kwargs)

    def history(self) -> models.QuerySet[Entry]:
        """The entries about this row, newest first."""
        return Entry.objects.filter(subject_id=self.pk).order_by("-pk")

    def _check(self, only: set[str] | None = None) -> None:
        names = {field.name for field in self._meta.concrete_fields}
        skip = (names - only) if only is not None else set()
        skip |= {field.name for field in self._meta.concrete_fields if field.is_relation or field.generated}
        try:
            self.clean_fields(exclude=skip)
            self.clean()
        except ValidationError as error:
            raise as_invalid(error) from error

    def _restore(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            setattr(self, name, value)
