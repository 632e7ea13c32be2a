"""What of this app is counted against a company's plan."""

from __future__ import annotations

from billing.meters import define
from webhooks.models import Endpoint


def endpoints(company_id: str) -> int:
    """Those of the company's locations and of its own apps."""
    rows = Endpoint.objects.everywhere(reason="a plan counts all of a company")
    return int(rows.filter(company_id=company_id).count())


define("webhook_endpoints", "Webhook endpoints", "webhook endpoint", endpoints, "New webhooks are refused")
