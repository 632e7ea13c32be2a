"""What a company may do at all: the one answer that pages, the API and jobs ask for."""

from __future__ import annotations

from billing.models import Subscription


def level(company_id: str) -> str:
    """full, read_only, held or none. A company without a subscription has full access. One query."""
    held = _held(company_id)
    return held.access if held else "full"


def reason(company_id: str) -> tuple[str, object]:
    """Why access is not full and when the data may be deleted: (state or hold, moment or None); ("", None) when it is."""
    held = _held(company_id)
    if held is None or held.access == "full":
        return "", None
    return (held.state if held.hold == "none" else held.hold), held.delete_after


def _held(company_id: str) -> Subscription | None:
    rows = Subscription.objects.everywhere(reason="the company is named").filter(company_id=company_id)
    found: Subscription | None = rows.only("state", "hold", "delete_after", "company_id").first()
    return found
