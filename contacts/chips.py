"""Filters as chips: a tree in words with the place of each part, and the edits that a person makes to it.

A tree is a JSON list joined by AND. At its top lie conditions and OR groups; inside an OR group lie conditions and AND
groups of conditions, and no deeper. A place is the numbers on the way to a part, such as "1.0.2".
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from contacts.filters import Condition, Group, in_words
from contacts.filters.resolving import Resolved

Tree = list[Any]
Place = tuple[int, ...]
SINGLE = {"is any of": "is", "is none of": "is not"}


@dataclass(frozen=True)
class Chip:
    """One condition in words, or (`parts` given) a group with what joins it.

    `without` is the list without it; `switched` the list in which AND and OR before it have changed places.
    """

    place: str
    without: str = ""
    switched: str = ""
    field: str = ""
    operator: str = ""
    value: str = ""
    bad: str = ""
    joined: str = ""
    parts: list[Chip] = dataclasses.field(default_factory=list)


def chips(tree: Group, address: Callable[[Tree], str], resolved: Resolved | None = None) -> list[Chip]:
    """The tree in words. One query for each kind of thing that it names, none when it has been `resolved`.

    Args:
        address: where the list is with other filters.
    """
    told = in_words(tree, resolved)
    whole = tree.as_json()

    def of(part: Condition | Group, place: Place) -> Chip:
        where = ".".join(map(str, place))
        joint = address(switched(whole, place)) if place[-1] and len(place) < 3 else ""
        if isinstance(part, Group):
            inner = [of(one, (*place, number)) for number, one in enumerate(part.parts)]
            return Chip(where, switched=joint, joined=part.joined, parts=inner)
        words = told[id(part)]
        bad = f"Matches nobody: {words['broken']}." if words["broken"] else ""
        return Chip(where, address(removed(whole, place)), joint, words["field"], *plainly(part, words), bad)

    return [of(part, (number,)) for number, part in enumerate(tree.parts)]


def plainly(condition: Condition, words: dict[str, Any]) -> tuple[str, str]:
    """Operator and value as a chip says them: "is Me" rather than "is any of me"."""
    value = condition.value
    single = not isinstance(value, list) or len(value) == 1
    operator = SINGLE.get(words["operator"], words["operator"]) if single else words["operator"]
    shown = words["value"]
    return operator, shown[:1].upper() + shown[1:] if condition.field.kind in ("person", "people") else shown


def place_of(text: str) -> Place:
    """A place from an address; () when there is none or it is made up."""
    parts = text.split(".")[:4]
    return tuple(int(part) for part in parts) if all(part.isascii() and part.isdigit() for part in parts) else ()


def at(tree: Tree, place: Place) -> Any:
    """The part at a place, or None."""
    parts: Any = tree
    found = None
    for number in place:
        if not isinstance(parts, list) or number >= len(parts):
            return None
        found = parts[number]
        parts = found.get("filters") if isinstance(found, dict) else None
    return found


def replaced(tree: Tree, place: Place, condition: dict[str, Any]) -> Tree:
    """The tree with another condition at a place; unchanged when there is no such place."""
    fresh = copy.deepcopy(tree)
    siblings = _siblings(fresh, place)
    if siblings is not None and place[-1] < len(siblings):
        siblings[place[-1]] = condition
    return fresh


def removed(tree: Tree, place: Place) -> Tree:
    """The tree without a part; a group left with one part dissolves."""
    fresh = copy.deepcopy(tree)
    siblings = _siblings(fresh, place)
    if siblings is not None and place[-1] < len(siblings):
        del siblings[place[-1]]
    return tidy(fresh)


def added(tree: Tree, condition: dict[str, Any], place: Place = (), joined: str = "AND") -> Tree:
    """The tree with one condition more.

    Args:
        place: the part that it joins; () puts it at the end of the whole.
        joined: OR makes it an alternative to the part, AND lets it hold together with it.
    """
    fresh = copy.deepcopy(tree)
    part = at(fresh, place)
    if part is None:
        return tidy([*fresh, condition])
    if joined == "OR":
        top = fresh[place[0]]
        if "filters" in top:
            top["filters"].append(condition)
        else:
            fresh[place[0]] = {"group": "OR", "filters": [top, condition]}
    elif len(place) == 1:
        fresh.insert(place[0] + 1, condition)
    else:
        alternatives = fresh[place[0]]["filters"]
        one = alternatives[place[1]]
        if "filters" in one:
            one["filters"].append(condition)
        else:
            alternatives[place[1]] = {"group": "AND", "filters": [one, condition]}
    return tidy(fresh)


def switched(tree: Tree, place: Place) -> Tree:
    """The tree in which AND and OR before a part have changed places."""
    fresh = copy.deepcopy(tree)
    number = place[-1]
    if number < 1 or at(fresh, place) is None:
        return fresh
    if len(place) == 1:
        first, second = (
            part["filters"] if part.get("group") == "OR" else [part] for part in fresh[number - 1 : number + 1]
        )
        fresh[number - 1 : number + 1] = [{"group": "OR", "filters": [*first, *second]}]
    else:
        parts = fresh[place[0]]["filters"]
        fresh[place[0] : place[0] + 1] = [
            {"group": "OR", "filters": parts[:number]},
            {"group": "OR", "filters": parts[number:]},
        ]
    return tidy(fresh)


def tidy(tree: Tree) -> Tree:
    """Without empty groups, groups of one, and groups inside groups of the same kind."""
    return list(_tidy(tree, "AND"))


def _tidy(parts: Tree, joined: str) -> Iterator[Any]:
    for part in parts:
        if not isinstance(part, dict) or "filters" not in part:
            yield part
            continue
        own = str(part.get("group", "AND")).upper()
        inner = list(_tidy(part["filters"], own)) if isinstance(part["filters"], list) else []
        if len(inner) == 1 or own == joined:
            yield from inner
        elif inner:
            yield {"group": own, "filters": inner}


def _siblings(tree: Tree, place: Place) -> Any:
    if not place:
        return None
    if len(place) == 1:
        return tree
    parent = at(tree, place[:-1])
    return parent.get("filters") if isinstance(parent, dict) else None
