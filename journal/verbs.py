"""The catalogue of verbs and of those who read them. Each verb is declared once, in its app's verbs.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from typing import Any


@dataclass(frozen=True)
class Verb:
    """What a reader must know of a verb: `sentence` may name {fields} and any fact."""

    name: str
    sentence: str
    icon: str = "pencil"
    kind: str = "change"  # the timeline filter it falls under
    webhook: str = ""  # the event that programs outside are told of
    also: dict[str, tuple[str, ...]] = field(default_factory=dict)  # more events: told if one of these fields changed
    payload: Callable[[Any], dict[str, Any]] | None = None
    payloads: Callable[[list[Any]], list[dict[str, Any]]] | None = None  # the same for many, in few queries
    trigger: str = ""
    personal: tuple[str, ...] = ()

    def events(self, changes: dict[str, Any]) -> list[str]:
        """The events outside programs are told of when these fields changed; `also` without fields holds always."""
        more = [name for name, fields in self.also.items() if not fields or changes.keys() & set(fields)]
        return [self.webhook, *more] if self.webhook else more


@dataclass(frozen=True)
class Reader:
    name: str
    patterns: tuple[str, ...]
    function: Callable[[Any], None]
    chooses: Callable[[str], bool] | None = None  # instead of patterns
    here: Callable[[], bool] | None = None  # whether anything listens in the present location
    is_batch: bool = False

    def wants(self, verb: str) -> bool:
        if self.chooses:
            return self.chooses(verb)
        return any(fnmatchcase(verb, pattern) for pattern in self.patterns)


VERBS: dict[str, Verb] = {}
ALWAYS = ["*.purged"]  # patterns of the verbs that work while an account is read-only
READERS: dict[str, Reader] = {}


def define(name: str, sentence: str, **details: Any) -> None:
    """Declare a verb such as `contact.created`. Declaring it twice is an error."""
    if name in VERBS:
        raise ValueError(f"{name} is declared twice")
    VERBS[name] = Verb(name, sentence, **details)


def allow_always(*patterns: str) -> None:
    """Name verbs of an app that work while an account is read-only: billing, security, privacy, what a clock does."""
    ALWAYS.extend(patterns)


@cache
def is_always(name: str) -> bool:
    """Whether a verb works while an account is read-only."""
    return any(fnmatchcase(name, pattern) for pattern in ALWAYS)


def get(name: str) -> Verb:
    """The declared verb.

    Raises:
        LookupError: nobody declared it.
    """
    try:
        return VERBS[name]
    except KeyError:
        raise LookupError(f"{name} is written but declared in no verbs.py") from None


def read(*patterns: str) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Make a function a reader of matching verbs. It is called with one Entry, at least once, in the entry's scope."""

    def register(function: Callable[[Any], None]) -> Callable[[Any], None]:
        name = f"{function.__module__}.{function.__qualname__}"
        READERS[name] = Reader(name, patterns, function)
        return function

    return register


def read_batches(
    chooses: Callable[[str], bool], here: Callable[[], bool]
) -> Callable[[Callable[[list[Any]], None]], Callable[[list[Any]], None]]:
    """Make a function a reader of many entries at once: those of one location, oldest first, at least once.

    It runs in the transaction that marks the entries as handed over, so what it writes is there when they are.

    Args:
        chooses: whether a verb is read at all.
        here: whether anything listens in the location in scope; asked before a bulk statement leaves entries waiting.
    """

    def register(function: Callable[[list[Any]], None]) -> Callable[[list[Any]], None]:
        name = f"{function.__module__}.{function.__qualname__}"
        READERS[name] = Reader(name, (), function, chooses, here, is_batch=True)
        return function

    return register


def has_readers(verb: str) -> bool:
    """Whether anybody reads `verb`; entries nobody reads are never queued."""
    return any(reader.wants(verb) for reader in READERS.values())


def has_readers_here(verb: str) -> bool:
    """The same for the location in scope, at the price of a query or two: for statements that write many entries."""
    return any(reader.wants(verb) and (reader.here is None or reader.here()) for reader in READERS.values())
