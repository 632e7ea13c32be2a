"""The location in scope as a row. The doors put it here once; elsewhere it costs one query."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from accounts.models import Location
from core import access, scope

_location: ContextVar[Location | None] = ContextVar("current_location", default=None)


def location() -> Location:
    """The location in scope.

    Raises:
        core.scope.NoLocation: there is none.
    """
    wanted = scope.location_id()
    held = _location.get()
    if held is not None and held.pk == wanted:
        return held
    found: Location = Location.objects.everywhere(reason="the scope already names the location").get(pk=wanted)
    return found


@contextmanager
def at(place: Location, **changes: Any) -> Iterator[None]:
    """Open the scope of a location; `changes` go to `core.scope.use`."""
    token = _location.set(place)
    try:
        with scope.use(company_id=place.company_id, location_id=place.pk, **changes):
            access.know(place.company_id, place.access)
            yield
    finally:
        _location.reset(token)
