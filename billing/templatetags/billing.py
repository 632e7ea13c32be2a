"""Amounts in templates."""

from __future__ import annotations

from django import template

from billing.money import dollars

register = template.Library()


@register.filter
def money(cents: int | None) -> str:
    """$1,234.50; an en dash for nothing known."""
    return "–" if cents is None else dollars(cents)


@register.filter
def round_money(cents: int) -> str:
    """$297 where there are no cents."""
    return dollars(cents).removesuffix(".00")
