"""Host names: as people type them, as they are kept (lower-case ASCII), and which of them may be added."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

import idna
from django.conf import settings
from publicsuffixlist import PublicSuffixList

from core.errors import Invalid

LONGEST = 253
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
SCHEME = re.compile(r"https?://", re.IGNORECASE)


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    """Every name under which others can have one, those of companies such as github.io included."""
    return PublicSuffixList(accept_unknown=False)


@lru_cache(maxsize=1)
def _registries() -> PublicSuffixList:
    """Only those of registries: what a registrar sells lies right below them."""
    return PublicSuffixList(accept_unknown=False, only_icann=True)


def cleaned(text: str) -> str:
    """The host name that somebody typed, as it is kept. The address of a page's beginning is taken for its host.

    Raises:
        Invalid: it is no name that can be added; the sentence says why.
    """
    typed = SCHEME.sub("", text.strip(), count=1).rstrip("/").removesuffix(".")
    if not typed:
        raise Invalid({"host": "Give a domain, such as www.example.com."})
    if "*" in typed:
        raise Invalid({"host": "A wildcard cannot be connected. Add each name by itself."})
    if _is_address(typed):
        raise Invalid({"host": "An IP address cannot be connected. Give a domain, such as www.example.com."})
    if re.search(r"[\s/:@?#\\\x00]", typed):
        raise Invalid({"host": "Give the domain alone, without path, port or spaces: www.example.com."})
    try:
        host = idna.encode(typed, uts46=True).decode().lower().removesuffix(".")
    except (idna.IDNAError, UnicodeError):
        host = ""
    labels = host.split(".")
    if len(host) > LONGEST or not all(LABEL.fullmatch(label) for label in labels):
        raise Invalid({"host": "This is no domain. Use letters, digits, hyphens and dots: www.example.com."})
    if len(labels) < 2 or _suffixes().publicsuffix(host) is None:
        raise Invalid({"host": f"“{labels[-1][:63]}” is no ending that domains can have. Check the spelling."})
    if _suffixes().privatesuffix(host) is None:
        raise Invalid({"host": f"{shown(host)} is an ending that many share. Add a name of your own below it."})
    if registrable(host) in {registrable(own) or own for own in own_hosts()} or host in own_hosts():
        raise Invalid({"host": "This name belongs to HoopAI itself. Add one of your own."})
    return host


def _is_address(typed: str) -> bool:
    try:
        ipaddress.ip_address(typed.strip("[]"))
    except ValueError:
        return False
    return True


def own_hosts() -> set[str]:
    """The names this installation answers to itself, and where custom domains point."""
    found = {urlsplit(settings.BASE_URL).hostname or "", settings.API_HOST, settings.DOMAINS_HOST}
    found |= set(settings.ALLOWED_HOSTS)
    return {name.partition(":")[0].lower().strip(".") for name in found} - {"", "*"}


def registrable(host: str) -> str:
    """What one owner has: example.co.uk of shop.example.co.uk; "" where nobody can have one."""
    return _suffixes().privatesuffix(host) or ""


def is_root(host: str) -> bool:
    """Whether a name is what a registrar sells, so that it needs an A record: no CNAME may stand there."""
    return bool(_registries().privatesuffix(host) == host)


def twin(host: str) -> str:
    """The same name with or without www, where these two come as a pair; else ""."""
    if is_root(host):
        return f"www.{host}"
    rest = host.removeprefix("www.")
    return rest if rest != host and is_root(rest) else ""


def shown(host: str) -> str:
    """A kept name for people: with its letters instead of punycode."""
    try:
        return str(idna.decode(host))
    except (idna.IDNAError, UnicodeError):
        return host


def part_before(host: str) -> str:
    """What many DNS providers ask for instead of the whole name: "www", "@" for a root."""
    zone = _registries().privatesuffix(host) or host
    return "@" if host == zone else host.removesuffix(f".{zone}")
