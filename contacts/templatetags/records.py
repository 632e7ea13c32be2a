"""How the pages of a record write phones, rich text and ways of entry."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from contacts import pictures
from contacts.models import Contact
from core.phones import pretty
from core.templatetags.ui import avatar, dash, drawn
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


@register.simple_tag
def activity_line(told: Any) -> SafeString:
    """One entry of the activity (`panels.Told`). Built here: a record has fifty, and nodes of a template cost four times
    as much."""
    line = told.line
    what = f"{line.sentence[:1].upper()}{line.sentence[1:]}"
    details = [
        format_html(
            '<small class="clip">{}: {}{}</small>', label[:1].upper() + label[1:], f"{old} → " if old else "", new
        )
        for label, old, new in line.changes[:2]
        if new and line.kind == "change"
    ]
    return format_html(
        '<li class="timeline__item"><span class="timeline__icon">{}</span>'
        '<div class="timeline__text">{}{}<small>{}{}</small></div>{}</li>',
        drawn(line.icon, 14, "", ""),
        format_html('<a class="strong" href="{}">{}</a>', told.url, what) if told.url
        else format_html('<span class="strong">{}</span>', what),
        SafeString("".join(details)),
        line.actor,
        f", {via(line.via)}" if line.via != "ui" else "",
        clock_of(line.at),
    )  # fmt: skip


@register.simple_tag
def fact(item: Any) -> SafeString:
    """One entry of the thread that is no note (`thread.Item`), built here for the same reason."""
    line = item.line
    changes = [
        format_html(
            '<span class="change">{}: <del>{}</del>{}<ins>{}</ins></span>',
            label[:1].upper() + label[1:], dash(old), drawn("arrow-right", 12, "became", ""), dash(new),
        )
        for label, old, new in item.changes[:4]
    ]  # fmt: skip
    return format_html(
        '<div class="fact">{}<span><b>{}</b> {}{}{}</span>{}</div>',
        drawn(line.icon, 14, "", ""),
        line.actor,
        line.sentence,
        format_html(' <span class="muted">({})</span>', via(line.via)) if line.via != "ui" else "",
        SafeString("".join(changes)),
        clock_of(item.at),
    )


def clock_of(at: dt.datetime) -> SafeString:
    """The hour and minute of a moment where the viewer is, with the day as its title."""
    local = localtime(at)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(), f"{local.day} {local:%B %Y, %H:%M}", f"{local:%H:%M}",
    )  # fmt: skip


@register.filter
def via(name: str) -> str:
    """The door through which somebody acted, in words."""
    return VIAS.get(name, name)


@register.simple_tag
def contact_avatar(contact: Contact, size: int = 24) -> Any:
    """The picture of a contact, or initials."""
    return avatar(contact, contact.pk, size, pictures.address(contact))
