"""Numbers nobody has: each country's regulator keeps a range free for film, radio and examples."""

from __future__ import annotations

US_AREAS = [503, 971, 541, 458, 206, 360, 509, 253, 425, 415, 510, 628, 707, 916, 208, 702, 775, 303, 312, 617, 646,
    718, 213, 310, 323, 619, 858, 512, 713, 214]  # fmt: skip


def us(number: int) -> str:
    """555-0100 to 555-0199 in thirty area codes: 3,000 numbers."""
    return f"+1{US_AREAS[number // 100 % len(US_AREAS)]}55501{number % 100:02d}"


def gb(number: int) -> str:
    """Ofcom's mobile range for drama: 07700 900000 to 900999."""
    return f"+447700900{number % 1000:03d}"


def fr(number: int) -> str:
    """ARCEP's mobile range for audiovisual works: 06 39 98 xx xx."""
    return f"+3363998{number % 10_000:04d}"


def de(number: int) -> str:
    """The Bundesnetzagentur's Berlin range for drama: (0)30 23125 000 to 999."""
    return f"+493023125{number % 1000:03d}"


def se(number: int) -> str:
    """PTS's Stockholm range for fiction: 08-465 004 00 to 99."""
    return f"+468465004{number % 100:02d}"


def of_country(country: str, number: int) -> str:
    """A number of the country, or of one whose range is larger. Other numbers below 3,000 give other ones."""
    if number >= 1000 and country in ("GB", "DE"):
        return fr(number)
    makers = {"US": us, "GB": gb, "DE": de, "FR": fr, "ES": fr, "PT": fr}
    return makers.get(country, us)(number)
