"""What can be counted against a plan. Each thing is declared once, in the meters.py of the app that owns its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Counted:
    """Something of which a company may have so many."""

    name: str  # as in the catalogue: contacts
    label: str  # Contacts
    one: str  # contact
    count: Callable[[str], int]  # how many a company has, from the rows themselves
    at_limit: str  # what happens there, for the usage page


COUNTED: dict[str, Counted] = {}


def define(name: str, label: str, one: str, count: Callable[[str], int], at_limit: str) -> None:
    """Declare something counted. Called when the app is ready; declaring it twice is an error."""
    if name in COUNTED:
        raise ValueError(f"{name} is counted twice")
    COUNTED[name] = Counted(name, label, one, count, at_limit)
