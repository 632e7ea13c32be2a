"""How the pages of a record write phones, rich text and ways of entry."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString

from contacts import pictures
from contacts.models import Contact
from core.phones import pretty
from core.templatetags.ui import avatar
from core.text import clean_html

register = template.Library()
VIAS = {
    "ui": "by hand",
    "api": "API",
    "import": "import",
    "task": "automatic",
    "admin": "operator",
    "bulk": "bulk action",
    "workflow": "workflow",
}


@register.filter
def phone(number: str) -> str:
    """An E.164 number as people write it."""
    return pretty(number).replace("-", " ") if number else ""


@register.filter
def rich(markup: str) -> SafeString:
    """Formatted text, cleaned once more on its way out so that nothing else than formatting can get through."""
    return SafeString(clean_html(markup or ""))


@register.filter
def via(name: str) -> str:
    """The door through which somebody acted, in words."""
    return VIAS.get(name, name)


@register.simple_tag
def contact_avatar(contact: Contact, size: int = 24) -> Any:
    """The picture of a contact, or initials."""
    return avatar(contact, contact.pk, size, pictures.address(contact))
