from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from domains.models import Domain
from domains.tests.servers import Front, Zones

TARGET, ADDRESS = "sites.example.net", "203.0.113.10"


@pytest.fixture(autouse=True)
def _here(settings: Any) -> None:
    """An installation at which domains can point; nobody asks the real DNS."""
    settings.DOMAINS_HOST, settings.DOMAINS_ADDRESS = TARGET, ADDRESS
    settings.DOMAINS_ISSUERS = ["letsencrypt.org"]
    settings.DOMAINS_FRONT = "127.0.0.1:9"
    settings.DNS_SERVERS = ["127.0.0.1:9"]


@pytest.fixture
def zones(settings: Any) -> Iterator[Zones]:
    """The DNS of the world."""
    with Zones() as found:
        settings.DNS_SERVERS = [found.address]
        found.set(TARGET, A=ADDRESS)
        yield found


@pytest.fixture
def front(settings: Any, tmp_path: Any) -> Iterator[Front]:
    """The front server; it may have a certificate for any name until a test says otherwise."""
    with Front(lambda host: True) as found:
        settings.DOMAINS_FRONT = found.address
        settings.DOMAINS_CA_BUNDLE = str(tmp_path / "authority.pem")
        found.authority.cert_pem.write_to_path(settings.DOMAINS_CA_BUNDLE)
        yield found


@pytest.fixture
def fresh_counts() -> None:
    cache.clear()


def again(row: Domain) -> Domain:
    """The row as the database has it now."""
    found: Domain = Domain.objects.everywhere(reason="test").get(pk=row.pk)
    return found
