"""One look at a domain: DNS, then the certificate. Nothing is locked while servers are asked; harmless to repeat."""

from __future__ import annotations

import contextlib

from domains import asking, handshake, judging
from domains.lifecycle import ACTIVE, BROKEN, ISSUING_SSL, PENDING_DNS
from domains.models import Domain


def check(pk: str, *, by_clock: bool) -> None:
    """Look at a domain of the location in scope and move it on. One that is right goes on to its certificate at once;
    one that is removed meanwhile is left alone."""
    domain: Domain | None = Domain.objects.filter(pk=pk).first()
    if domain is not None:
        with contextlib.suppress(Domain.DoesNotExist):
            _look_at(domain, by_clock)


def _look_at(domain: Domain, by_clock: bool) -> None:
    if domain.state in (PENDING_DNS, ACTIVE, BROKEN):
        said = asking.ask(domain.host, domain.proof_at if domain.wanted.proof else "")
        domain.judge(judging.faults(domain.wanted, said), said.seen(), by_clock=by_clock)
    if domain.state == ISSUING_SSL:
        _certificate(domain, by_clock)
    elif domain.state == ACTIVE and by_clock:
        _look_after(domain)


def _certificate(domain: Domain, by_clock: bool) -> None:
    try:
        until = handshake.shake(domain.host)
    except handshake.NoCertificate as error:
        said = asking.ask(domain.host)
        because = [fault.text for fault in judging.faults(domain.wanted, said) if fault.code != "no_answer"]
        domain.miss(because[0] if because else str(error), by_clock=by_clock)
    else:
        domain.certify(until)


def _look_after(domain: Domain) -> None:
    """Note until when the certificate is valid; the front server renews it in time, and a lapse shows on the page."""
    try:
        domain.certify(handshake.shake(domain.host))
    except handshake.NoCertificate:
        return
