"""The catalogue of verbs and of those who read them. Each verb is declared once, in its app's verbs.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True)
class Verb:
    """What a reader must know of a verb: `sentence` may name {fields} and any fact."""

    name: str
    sentence: str
    icon: str = "pencil"
    kind: str = "change"  # the timeline filter it falls under
    webhook: str = ""
    payload: Callable[[Any], dict[str, Any]] | None = None
    trigger: str = ""
    personal: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reader:
    name: str
    patterns: tuple[str, ...]
    function: Callable[[Any], None]

    def wants(self, verb: str) -> bool:
        return any(fnmatchcase(verb, pattern) for pattern in self.patterns)


VERBS: dict[str, Verb] = {}
READERS: dict[str, Reader] = {}


def define(name: str, sentence: str, **details: Any) -> None:
    """Declare a verb such as `contact.created`. Declaring it twice is an error."""
    if name in VERBS:
        raise ValueError(f"{name} is declared twice")
    VERBS[name] = Verb(name, sentence, **details)


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


def has_readers(verb: str) -> bool:
    """Whether anybody reads `verb`; entries nobody reads are never queued."""
    return any(reader.wants(verb) for reader in READERS.values())
