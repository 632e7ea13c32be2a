"""Who, where, via what, caused by what: one context variable, opened at the doors and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, replace
from typing import Any


class NoLocation(RuntimeError):
    """A location-owned table was read or written outside any location."""

    def __init__(self, what: str = "") -> None:
        super().__init__(f"{what or 'This query'} needs a location, and none is in scope.")


@dataclass(frozen=True)
class Actor:
    """Whoever acts, reduced to what rules may ask of it."""

    id: str = ""
    name: str = "HoopAI"
    kind: str = "system"  # user, token, system, operator
    abilities: frozenset[str] = frozenset()
    sees_everything: bool = True
    is_admin: bool = False
    teams: tuple[str, ...] = ()  # ids, of an actor who does not see everything

    def may(self, ability: str) -> bool:
        """Whether `ability` (a scope name such as contacts.write) is held; the system holds all."""
        return self.kind in ("system", "operator") or ability in self.abilities

    @property
    def user_id(self) -> str | None:
        """The id to store where a user is expected, or None when no person acts."""
        return self.id if self.kind == "user" else None


SYSTEM = Actor()


@dataclass(frozen=True)
class Scope:
    company_id: str | None = None
    location_id: str | None = None
    actor: Actor = field(default=SYSTEM)
    via: str = "task"  # ui, api, task, admin, import, workflow
    cause_id: str | None = None
    depth: int = 0
    request_id: str = ""
    address: str = ""  # the IP of whoever asked; it travels with the tasks of the request
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)  # what was looked up under way


NOWHERE = Scope()
_scope: ContextVar[Scope] = ContextVar("scope", default=NOWHERE)


def current() -> Scope:
    """The scope in force."""
    return _scope.get()


def location_id() -> str:
    """The location in force.

    Raises:
        NoLocation: outside any location.
    """
    found = _scope.get().location_id
    if found is None:
        raise NoLocation
    return found


def company_id() -> str:
    """The company in force.

    Raises:
        NoLocation: outside any company.
    """
    found = _scope.get().company_id
    if found is None:
        raise NoLocation
    return found


@contextmanager
def use(**changes: Any) -> Iterator[Scope]:
    """Within the block the scope has `changes`; the rest is inherited."""
    token = _scope.set(replace(_scope.get(), **changes))
    try:
        yield _scope.get()
    finally:
        _scope.reset(token)


@contextmanager
def fresh(**values: Any) -> Iterator[Scope]:
    """Within the block the scope is exactly `values`: nothing is inherited."""
    token = _scope.set(Scope(**values))
    try:
        yield _scope.get()
    finally:
        _scope.reset(token)


def pack() -> dict[str, Any]:
    """The scope as JSON, to travel with a task."""
    packed = asdict(_scope.get())
    del packed["memo"]
    packed["actor"]["abilities"] = sorted(packed["actor"]["abilities"])
    return packed


def unpack(packed: dict[str, Any]) -> Scope:
    """The inverse of `pack`."""
    actor = dict(packed.get("actor") or {})
    actor["abilities"] = frozenset(actor.get("abilities", ()))
    actor["teams"] = tuple(actor.get("teams", ()))
    return Scope(**{**packed, "actor": Actor(**actor)})
