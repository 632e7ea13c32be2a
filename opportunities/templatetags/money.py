"""How pages write amounts, which are held in cents."""

from __future__ import annotations

from django import template

from opportunities import money

register = template.Library()
register.filter("money", money.shown)
register.filter("rounded", money.rounded)
