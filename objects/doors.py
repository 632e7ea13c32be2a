"""How the API's objects add, change and delete records of a standard object: its app says so in its `RecordType`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Doors:
    """The verbs of a standard object whose records the API's objects offer. `columns` is {property key: argument}."""

    columns: dict[str, str]
    add: Callable[..., Any]  # add(**values, custom={field id: value}) -> row
    edit: Callable[..., Any]  # edit(row, **values, custom=...)
    delete: Callable[[Any], Any]
