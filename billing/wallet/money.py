"""Amounts of the wallet: a micro is the millionth part of a dollar."""

from __future__ import annotations

CENT = 10_000
DOLLAR = 1_000_000


def exact(micros: int) -> str:
    """$12.345678: at least two decimals, at most six, nothing rounded."""
    whole, rest = divmod(abs(micros), DOLLAR)
    decimals = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' if micros < 0 else ''}${whole:,}.{decimals}"


def cents(micros: int) -> int:
    """Rounded half up, away from nothing: 5,000 micros are one cent, and -5,000 are minus one."""
    rounded = (abs(micros) + CENT // 2) // CENT
    return -rounded if micros < 0 else rounded


def plain(micros: int) -> str:
    """12.345678 for files: six decimals, no sign of currency."""
    whole, rest = divmod(abs(micros), DOLLAR)
    return f"{'-' if micros < 0 else ''}{whole}.{rest:06d}"
