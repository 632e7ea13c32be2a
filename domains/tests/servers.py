"""Servers on this machine: one that speaks DNS, and one that shows certificates as a front server does."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any, Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import trustme


class Zones:
    """A resolver over UDP: `zones.set("www.example.com", CNAME="…")`; names it does not know do not exist."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.asked: list[tuple[str, str]] = []
        self.is_silent = False  # answers nothing
        self.is_failing = False  # answers SERVFAIL
        self.on_question: Callable[[], Any] | None = None  # done once, before the first answer
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def set(self, name: str, **records: Any) -> None:
        """Give a name these records and no others."""
        self.clear(name)
        for kind, values in records.items():
            self.records[name, kind] = [values] if isinstance(values, str) else list(values)

    def clear(self, name: str) -> None:
        for key in [key for key in self.records if key[0] == name]:
            del self.records[key]

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.socket.close()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.socket.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                data, sender = self.socket.recvfrom(4096)
            except OSError:
                return
            if self.on_question is not None:
                deed, self.on_question = self.on_question, None
                deed()
            if not self.is_silent:
                with contextlib.suppress(OSError):
                    self.socket.sendto(self._answer(dns.message.from_wire(data)).to_wire(), sender)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if self.is_failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
            return answer
        question = query.question[0]
        name = question.name.to_text().rstrip(".").lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        for _ in range(10):
            values = self.records.get((name, kind))
            alias = self.records.get((name, "CNAME"))
            if values is None and alias and kind != "CNAME":
                self._put(answer, name, "CNAME", alias)
                name = alias[0].rstrip(".")
                continue
            if values:
                self._put(answer, name, kind, values)
            elif not any(known == name or known.endswith(f".{name}") for known, _ in self.records):
                answer.set_rcode(dns.rcode.NXDOMAIN)
            return answer
        return answer

    @staticmethod
    def _put(answer: dns.message.Message, name: str, kind: str, values: list[str]) -> None:
        if kind == "CNAME":
            values = [f"{one.rstrip('.')}." for one in values]
        answer.answer.append(dns.rrset.from_text(f"{name}.", 60, dns.rdataclass.IN, kind, *values))


class Front:
    """A TLS server that shows, for the name it is asked for, a certificate of its own authority, if it may have one.

    `may(host)` decides at each handshake, as the question of a front server with certificates on demand does.
    """

    def __init__(self, may: Callable[[str], bool]) -> None:
        self.may = may
        self.authority = trustme.CA()
        self.shows: dict[str, ssl.SSLContext] = {}  # instead of one of its own making
        self.asked: list[str] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.sni_callback = self._choose
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def certificate(self, *names: str, authority: trustme.CA | None = None, **more: Any) -> ssl.SSLContext:
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        (authority or self.authority).issue_cert(*names, **more).configure_cert(found)
        return found

    def _choose(self, connection: Any, host: str | None, _: ssl.SSLContext) -> int | None:
        self.asked.append(host or "")
        if not host or not self.may(host):
            return int(ssl.ALERT_DESCRIPTION_INTERNAL_ERROR)
        connection.context = self.shows.get(host) or self.certificate(host)
        return None

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.socket.close()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.socket.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self.socket.accept()
            except OSError:
                return
            with contextlib.suppress(OSError, ssl.SSLError), plain:
                plain.settimeout(60)
                self.context.wrap_socket(plain, server_side=True).close()
