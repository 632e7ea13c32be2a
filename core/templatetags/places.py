"""Addresses within the present location."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import template

from core.pages import link

register = template.Library()


@register.simple_tag
def place(name: str, *args: Any, **kwargs: Any) -> str:
    """{% place "contacts:show" contact.pk %}: like url, with the location filled in."""
    return link(name, *args, **kwargs)


@register.simple_tag(takes_context=True)
def with_query(context: Any, **changes: Any) -> str:
    """The present query string with some members changed; None or "" drops one."""
    held = context["request"].GET
    if not held:
        members = {key: value for key, value in changes.items() if value not in (None, "")}
        return f"?{urlencode(members)}"
    query = held.copy()
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = value
    return f"?{query.urlencode()}" if query else "?"
