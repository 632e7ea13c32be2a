"""What DNS says about a name, asked of real servers with a time-out on everything."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import lru_cache

import dns.exception
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver
from django.conf import settings

TIMEOUT = 3.0  # seconds for one server
LIFETIME = 6.0  # seconds for one question
IN_ALL = 25.0  # seconds for all questions about a name
HOPS = 8  # of a chain of CNAME records


@dataclass(frozen=True)
class Answers:
    """The records of a name. `is_known` is False when a server did not answer: then nothing follows from the rest."""

    cnames: tuple[str, ...] = ()  # the chain, from the name's own record on
    addresses: tuple[str, ...] = ()  # A, also those at the end of the chain
    six: tuple[str, ...] = ()  # AAAA, likewise
    texts: tuple[str, ...] = ()  # TXT at the name that proves ownership
    issuers: tuple[str, ...] | None = None  # of the nearest CAA records that name any; () forbids all, None allows all
    issuers_at: str = ""  # where these stand
    is_known: bool = True

    def seen(self) -> dict[str, list[str]]:
        """What was found, for the page."""
        found = {"CNAME": self.cnames[:1], "A": self.addresses, "AAAA": self.six, "TXT": self.texts}
        return {kind: list(values)[:20] for kind, values in found.items() if values}


class NoAnswer(Exception):
    """No server answered, or only with an error of its own."""


@dataclass
class Asker:
    """One look at a name: its questions share a time limit."""

    resolver: dns.resolver.Resolver
    ends: float = field(default_factory=lambda: time.monotonic() + IN_ALL)

    def ask(self, name: str, kind: str) -> list[str]:
        """The values of a record; empty where there is none. An alias is followed, except for CNAME itself.

        Raises:
            NoAnswer: nobody could say.
        """
        left = min(LIFETIME, self.ends - time.monotonic())
        if left <= 0:
            raise NoAnswer
        try:
            answer = self.resolver.resolve(
                dns.name.from_text(name), kind, raise_on_no_answer=False, lifetime=left, search=False
            )
        except dns.resolver.NXDOMAIN:
            return []
        except dns.exception.DNSException as error:
            raise NoAnswer from error
        return [_word(one) for one in answer.rrset or ()]


def _word(record: object) -> str:
    if hasattr(record, "strings"):
        return b"".join(record.strings).decode("utf-8", "replace").replace("\x00", "")[:500]
    return str(record).rstrip(".").lower()


@lru_cache(maxsize=8)
def _resolver(servers: tuple[str, ...]) -> dns.resolver.Resolver:
    if not servers:
        found = dns.resolver.Resolver()
    else:
        found = dns.resolver.Resolver(configure=False)
        found.nameservers = [_server(one) for one in servers]
    found.timeout, found.lifetime, found.cache = TIMEOUT, LIFETIME, None
    return found


def _server(text: str) -> dns.nameserver.Nameserver:
    """`address`, `address:port` or `[address]:port` of a server."""
    if text.startswith("["):
        address, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    else:
        address, _, port = text.partition(":") if text.count(":") == 1 else (text, "", "")
    return dns.nameserver.Do53Nameserver(address, int(port or 53))


def ask(host: str, proof: str = "") -> Answers:
    """Look at `host` and, where one is named, at the TXT record of `proof`. At most 25 seconds."""
    try:
        asker = Asker(_resolver(tuple(settings.DNS_SERVERS)))
        chain: list[str] = []
        at = host
        while len(chain) < HOPS and (found := asker.ask(at, "CNAME")) and found[0] not in (host, *chain):
            at = found[0]
            chain.append(at)
        issuers, issuers_at = _issuers(asker, host)
        return Answers(
            tuple(chain),
            tuple(sorted(asker.ask(host, "A"))),
            tuple(sorted(asker.ask(host, "AAAA"))),
            tuple(asker.ask(proof, "TXT")) if proof else (),
            issuers,
            issuers_at,
        )
    except (NoAnswer, dns.resolver.NoResolverConfiguration):
        return Answers(is_known=False)


def _issuers(asker: Asker, host: str) -> tuple[tuple[str, ...] | None, str]:
    """Who may issue for `host`: the nearest CAA records on the way up decide (RFC 8659)."""
    labels = host.split(".")
    for place in range(len(labels)):
        name = ".".join(labels[place:])
        records = [_caa(one) for one in asker.ask(name, "CAA")]
        if records:
            named = tuple(sorted({value for tag, value in records if tag == "issue" and value}))
            return (named if any(tag == "issue" for tag, _ in records) else None), name
    return None, ""


def _caa(text: str) -> tuple[str, str]:
    """(tag, issuer) of a record such as `0 issue "letsencrypt.org; policy=ev"`; the issuer is "" where none may."""
    _, tag, value = text.split(" ", 2)
    return tag.lower(), value.strip('"').partition(";")[0].strip().lower()
