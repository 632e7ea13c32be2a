"""Template tags of the interface: icons, avatars, form controls, counts. They know no domain word."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby
from typing import Any, cast

from django import template
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    RadioSelect,
    Select,
    SelectMultiple,
    Textarea,
)
from django.template import Context, Node
from django.template.base import Parser, TextNode, Token
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

register = template.Library()

TINTS = 8
EXACT_UP_TO = 9_999
LEVEL_ICONS = {
    "ok": "check-circle",
    "success": "check-circle",
    "info": "info",
    "warn": "warning",
    "warning": "warning",
    "bad": "x-circle",
    "error": "warning",
    "debug": "info",
}
NOTHING = SafeString(
    '<span class="empty-value"><span aria-hidden="true">–</span><span class="visually-hidden">empty</span></span>'
)
LEVELS = {"success": "ok", "warning": "warn", "error": "bad", "debug": "info"}


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "", css: str = "") -> SafeString:
    """An icon of the sprite: `{% icon "phone" %}`; `label` only where no words stand beside it."""
    return drawn(name, size, str(label), css)


def once_when_constant(name: str) -> None:
    """Draw a tag whose arguments are all written out once, when the template is read: a page has two hundred icons."""
    compile_tag = register.tags[name]

    def compiled(parser: Parser, token: Token) -> Node:
        node: Any = compile_tag(parser, token)
        given = [*node.args, *node.kwargs.values()]
        if node.target_var or any(one.filters or one.is_var and one.var.lookups for one in given):
            return cast(Node, node)
        named = {key: value.resolve(Context()) for key, value in node.kwargs.items()}
        return TextNode(node.func(*(one.resolve(Context()) for one in node.args), **named))

    register.tag(name, compiled)


once_when_constant("icon")


@lru_cache(2048)  # a page of a list has a hundred of them, and each asks the static files for its address
def drawn(name: str, size: int, label: str, css: str) -> SafeString:
    """The markup of `icon`."""
    classes = " ".join(part for part in ("icon", f"icon-{size}" if size != 16 else "", css) if part)
    href = f"{static('icons/sprite.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><title>{}</title><use href="{}"></use></svg>',
            classes,
            label,
            label,
            href,
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', classes, href)


@register.filter
def initials(name: object) -> str:
    """One or two capitals for a name: first letters of the first and the last word."""
    words = [word for word in str(name or "").split() if word[0].isalnum()]
    if not words:
        return "?"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()


def tint_number(key: object) -> int:
    """The avatar tint of an id, from 0; the same id always has the same tint."""
    return zlib.crc32(str(key).encode()) % TINTS


@register.filter
def tint(key: object) -> str:
    """The class of the avatar tint of an id: tint-3."""
    return f"tint-{tint_number(key)}"


@register.simple_tag
def avatar(name: object, key: object = "", size: int = 24, image: str = "", title: bool = False) -> SafeString:
    """Initials on a tint derived from `key` (an id), or a picture. Decorative unless `title` is asked for."""
    classes = f"avatar {tint(key or name)}" + (f" avatar--{size}" if size != 24 else "")
    told = SafeString('aria-hidden="true"')
    if title:
        told = format_html('role="img" aria-label="{}" title="{}"', name, name)
    if image:
        return format_html('<span class="{}" {}><img src="{}" alt="" loading="lazy"></span>', classes, told, image)
    return format_html('<span class="{}" {}>{}</span>', classes, told, initials(name))


@register.filter
def counted(number: object) -> str:
    """A count as lists show it: exact to 9,999, then "10,000+"; text passes through; None is empty."""
    if number is None or number == "":
        return ""
    try:
        value = int(str(number))
    except ValueError:
        return str(number)
    return f"{value:,}" if value <= EXACT_UP_TO else f"{EXACT_UP_TO + 1:,}+"


@register.filter
def thousands(number: Any) -> str:
    """A whole number with commas: 1204 is "1,204"."""
    return f"{int(number):,}" if number not in (None, "") else ""


@register.filter
def dash(value: object) -> object:
    """The value, or an en dash in the colour of an empty value."""
    if value in (None, "", [], (), {}):
        return NOTHING
    return value


@register.simple_tag
def keys(combination: str) -> SafeString:
    """Keys to press: `{% keys "Ctrl K" %}`; Enter and arrows become icons."""
    drawn = {"Enter": "enter", "Up": "arrow-up", "Down": "arrow-down", "Left": "arrow-left", "Right": "arrow-right"}
    caps = [(icon(drawn[key], 12) if key in drawn else key,) for key in combination.split()]
    drawn_caps = format_html_join("", '<kbd class="key">{}</kbd>', caps)
    return format_html('<span class="keys" aria-hidden="true">{}</span>', drawn_caps)


once_when_constant("keys")


@register.filter
def level(tags: object) -> str:
    """The meaning of a Django message's tags: ok, info, warn or bad."""
    words = str(tags or "info").split()
    return next((LEVELS.get(word, word) for word in words if word in LEVEL_ICONS), "info")


@register.filter
def level_icon(tags: object) -> str:
    """The icon of a meaning: ok, info, warn or bad (Django's message levels as well)."""
    return next((LEVEL_ICONS[word] for word in str(tags or "").split() if word in LEVEL_ICONS), "info")


@register.filter
def undo_of(tags: object) -> str:
    """The address that takes a deed back, from a message with extra_tags="undo:/l/…"."""
    return next((word.removeprefix("undo:") for word in str(tags or "").split() if word.startswith("undo:")), "")


@register.filter
def percent(part: Any, whole: Any) -> int:
    """How many percent `part` is of `whole`; 0 when there is no whole."""
    return round(100 * float(part) / float(whole)) if whole else 0


@register.filter
def meter_level(part: Any, whole: Any) -> str:
    """ok below 80 percent, warn from 80, bad from 100."""
    share = percent(part, whole)
    return "bad" if share >= 100 else "warn" if share >= 80 else "ok"


def control_class(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, (CheckboxInput, CheckboxSelectMultiple, RadioSelect)):
        return ""
    if isinstance(widget, Select):
        return "select"
    if isinstance(widget, Textarea):
        return "textarea"
    return "input"


@register.filter
def control_kind(field: BoundField) -> str:
    """How a field is laid out: `check`, `choices`, `many` or `box`."""
    widget = field.field.widget
    if isinstance(widget, SelectMultiple) and not isinstance(widget, CheckboxSelectMultiple):
        return "many"
    if isinstance(widget, (RadioSelect, CheckboxSelectMultiple)):
        return "choices"
    return "check" if isinstance(widget, CheckboxInput) else "box"


@register.simple_tag
def control(field: BoundField, **attrs: Any) -> SafeString:
    """The control of a bound field with our class, its error and its help tied to it. `_` in names becomes `-`."""
    given = {
        name.rstrip("_").replace("_", "-"): value for name, value in attrs.items() if value not in ("", None, False)
    }
    classes = (field.field.widget.attrs.get("class", ""), control_class(field), given.pop("class", ""))
    own = " ".join(part for part in classes if part)
    merged = {**({"class": own} if own else {}), **given}
    described = []
    if field.help_text:
        described.append(f"{field.id_for_label}_help")
    if field.errors:
        described.append(f"{field.id_for_label}_error")
        merged["aria-invalid"] = "true"
    if described:
        merged["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=merged)


@register.filter
def words(text: str) -> list[str]:
    """The words of a text, to loop over in a template."""
    return str(text).split()


@register.filter
def by_day(entries: Iterable[Any] | None) -> list[tuple[Any, list[Any]]]:
    """Entries (objects or dicts with an `at`) grouped by the day they happened on, order kept."""

    def day(entry: Any) -> Any:
        return localtime(entry["at"] if isinstance(entry, dict) else entry.at).date()

    return [(date, list(group)) for date, group in groupby(entries or (), day)]


@register.filter
def day_name(date: Any) -> str:
    """Today, Yesterday, or the day written out ("Tuesday 17 November", with the year if it is another one)."""
    today = localtime().date()
    ago = (today - date).days
    if ago == 0:
        return "Today"
    if ago == 1:
        return "Yesterday"
    words = f"{date:%A} {date.day} {date:%B}"
    return words if date.year == today.year else f"{words} {date.year}"
