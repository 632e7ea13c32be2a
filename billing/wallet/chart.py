"""The bars of what was spent by day, as numbers for a drawing, and in words for those who do not see it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from billing.wallet.money import exact

WIDE, HIGH, TOP, GAP = 640, 120, 12, 4


def of(spent: list[tuple[dt.date, int]]) -> dict[str, Any]:
    """Bars of [(day, micros)], a line at the highest, and the same in words; `is_empty` when nothing was spent."""
    most = max((micros for _, micros in spent), default=0)
    whole = sum(micros for _, micros in spent)
    each = WIDE / max(len(spent), 1)
    bars = [
        {
            "x": round(place * each + GAP / 2, 1),
            "y": round(TOP + HIGH - _height(micros, most), 1),
            "width": round(each - GAP, 1),
            "height": _height(micros, most),
            "day": day,
            "text": exact(micros),
            "is_named": place % 7 == 0,
        }
        for place, (day, micros) in enumerate(spent)
    ]
    return {
        "is_empty": not whole,
        "bars": bars,
        "spent": [bar for bar, (_, micros) in zip(bars, spent, strict=True) if micros],
        "most": exact(most),
        "whole": exact(whole),
        "days": len(spent),
        "wide": WIDE,
        "base": TOP + HIGH,
        "high": TOP + HIGH + 24,
        "top": TOP,
    }


def _height(micros: int, most: int) -> float:
    return round(max(HIGH * micros / most, 2), 1) if micros and most else 0
