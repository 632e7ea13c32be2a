"""When a condition on a score becomes true: what a workflow's trigger asks of a `contact.score_changed` entry."""

from __future__ import annotations

from collections.abc import Callable

COMPARES: dict[str, Callable[[int, int], bool]] = {
    "eq": lambda score, bound: score == bound,
    "not_eq": lambda score, bound: score != bound,
    "gt": lambda score, bound: score > bound,
    "gte": lambda score, bound: score >= bound,
    "lt": lambda score, bound: score < bound,
    "lte": lambda score, bound: score <= bound,
    "empty": lambda score, _: score == 0,
    "not_empty": lambda score, _: score > 0,
}


def crosses(before: int, after: int, operator: str, value: int = 0) -> bool:
    """Whether the condition holds after the change and did not before.

    Raises:
        KeyError: no such operator.
    """
    holds = COMPARES[operator]
    return holds(after, value) and not holds(before, value)
