"""Rounds of A and B in turn, and what is said of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any


def timed(work: Callable[[], Any]) -> float:
    """Seconds of wall clock that `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def in_turn(contestants: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each contestant in each round, after one round that is not counted."""
    for work in contestants.values():
        work()
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds):
        names = list(contestants) if number % 2 else list(reversed(contestants))
        for name in names:
            found[name].append(timed(contestants[name]))
    return found


def milliseconds(values: list[float]) -> dict[str, float]:
    """Median and p95 in milliseconds."""
    return {"median_ms": round(statistics.median(values) * 1000, 2), "p95_ms": round(quantile(values, 0.95) * 1000, 2)}


def spread(values: list[float]) -> float:
    """(max - min) / median of a floor: above 0.1 per half the run was noisy, and the result says so."""
    return round((max(values) - min(values)) / statistics.median(values), 2)
