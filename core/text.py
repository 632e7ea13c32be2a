"""Text as people type it, made safe to keep and to show."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import nh3

TAGS = {"p", "br", "b", "strong", "i", "em", "u", "s", "ul", "ol", "li", "a", "blockquote", "code", "pre", "h3", "h4"}


def clean_html(text: str) -> str:
    """Rich text with everything but plain formatting taken out; plain text stays as it is."""
    text = text.replace("\x00", "")
    if not re.search(r"[<&]", text):
        return text
    return nh3.clean(text, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto", "tel"})


def words_of(markup: str) -> str:
    """Rich text as one line of plain text."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def is_web_address(text: str) -> bool:
    """Whether `text` is an http address or a bare host name such as example.com."""
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in ("", "http", "https") and "." in host and not re.search(r"\s", text)


def slug(name: str) -> str:
    """A key from a name: lower case, underscores."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:100]
