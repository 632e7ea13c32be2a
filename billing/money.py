"""Amounts as people read them."""

from __future__ import annotations


def dollars(cents: int) -> str:
    """$1,234.50; a leading minus for less than nothing."""
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"
