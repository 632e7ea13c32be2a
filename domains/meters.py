"""What of this app is counted against a company's plan."""

from __future__ import annotations

from billing.meters import define
from domains.models import Domain


def domains(company_id: str) -> int:
    """All of a company, whatever state they are in."""
    rows = Domain.objects.everywhere(reason="a plan counts all of a company")
    return int(rows.filter(location__company_id=company_id).count())


define("web_domains", "Web domains", "web domain", domains, "New domains are refused")
