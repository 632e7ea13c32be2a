"""Whether the front server has a certificate for a name that browsers trust: a real TLS handshake with it."""

from __future__ import annotations

import datetime as dt
import socket
import ssl

from django.conf import settings

TIMEOUT = 60.0  # seconds: a server that gets certificates on demand does so during the handshake


class NoCertificate(Exception):
    """There is none that is valid for the name; the message says what came instead."""


def front() -> tuple[str, int]:
    """Host and port of the front server."""
    host, _, port = (settings.DOMAINS_FRONT or settings.DOMAINS_HOST).rpartition(":")
    return (host, int(port)) if host and port.isdigit() else (settings.DOMAINS_FRONT or settings.DOMAINS_HOST, 443)


def shake(host: str) -> dt.datetime:
    """Until when the certificate is valid that the front server shows for `host`.

    Raises:
        NoCertificate: none, one that is not trusted or for another name, or no server.
    """
    context = ssl.create_default_context(cafile=settings.DOMAINS_CA_BUNDLE or None)
    try:
        with (
            socket.create_connection(front(), timeout=TIMEOUT) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            shown = secure.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        raise NoCertificate(f"The certificate shown for {host} is not valid: {error.verify_message}.") from error
    except ssl.SSLError as error:
        raise NoCertificate(f"The server has no certificate for {host} yet.") from error
    except TimeoutError as error:
        raise NoCertificate(f"The server did not show a certificate for {host} in {TIMEOUT:g} seconds.") from error
    except OSError as error:
        raise NoCertificate("The server that answers for domains could not be reached.") from error
    return dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), dt.UTC)
