"""Numbers of invoices and credit notes: unique, in order, without gaps."""

from __future__ import annotations

from django.db import connection

from core import clock


def take(prefix: str) -> str:
    """The next number of this year's series, INV-2026-00001. Call it last: the series is locked until the commit."""
    key = f"{prefix}-{clock.now():%Y}"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_series (key, last) VALUES (%s, 1) "
            "ON CONFLICT (key) DO UPDATE SET last = billing_series.last + 1 RETURNING last",
            [key],
        )
        (last,) = cursor.fetchone()
    return f"{key}-{last:05d}"
