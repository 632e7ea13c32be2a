"""Where a request comes from."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

IPV6_NETWORK = 64  # one household or server: a single machine owns all of it


def client_address(request: HttpRequest) -> str:
    """The caller's IP address, or "" when it is unknown (a Unix socket).

    Each of the TRUSTED_PROXIES proxies in front of us appends the address it was called from to X-Forwarded-For, so the
    client is that many places from the right. What stands further left was sent by the client and is never believed.
    """
    proxies = settings.TRUSTED_PROXIES
    if proxies > 0:
        hops = [hop for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= proxies:
            return plain_address(hops[-proxies])
    return plain_address(request.META.get("REMOTE_ADDR", ""))


def network_of(request: HttpRequest) -> str:
    """What throttling counts by: an IPv4 address, or the /64 network of an IPv6 address."""
    address = client_address(request)
    if ":" not in address:
        return address or "unknown"
    return str(ipaddress.ip_network(f"{address}/{IPV6_NETWORK}", strict=False).network_address)


def plain_address(text: str) -> str:
    """An address without port, brackets or zone; "" when `text` holds none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
