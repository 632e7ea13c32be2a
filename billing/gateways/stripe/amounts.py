"""Our amounts are hundredths of a currency's unit; Stripe wants the smallest coin there is."""

from __future__ import annotations

# Stripe, "Supported currencies", 2026-10. ISK and UGX have no coins either, but Stripe keeps two decimals of them.
WITHOUT_COINS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)  # fmt: skip
IN_THOUSANDTHS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
WHOLE_UNITS_ONLY = frozenset({"ISK", "UGX"})


def smallest(cents: int, currency: str) -> int:
    """Hundredths of a unit as Stripe counts them: yen whole, dollars in cents, dinars in thousandths.

    Raises:
        ValueError: the currency has no coin that small.
    """
    name = currency.upper()
    if name in IN_THOUSANDTHS:
        return cents * 10
    if name in WITHOUT_COINS | WHOLE_UNITS_ONLY and cents % 100:
        raise ValueError(f"{name} has no hundredths")
    return cents // 100 if name in WITHOUT_COINS else cents
