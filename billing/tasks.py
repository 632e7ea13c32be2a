"""What happens to meters by the clock."""

from __future__ import annotations

import logging

from billing import limits, methods, notices, papers, refunding, turning  # noqa: F401  their tasks are registered
from billing.gateways import sandbox  # noqa: F401  likewise
from billing.meters import COUNTED
from billing.models import Meter
from billing.wallet import tasks as wallet_tasks  # noqa: F401  likewise
from core.tasks import task

log = logging.getLogger(__name__)


@task
def recount() -> None:
    """Compare every meter with the rows it stands for, nightly; a difference is corrected and told to the log. Files
    that nobody needs any more go the same night."""
    meters = Meter.objects.everywhere(reason="all companies' meters").filter(name__in=COUNTED)
    for company_id, name in meters.order_by("pk").values_list("company_id", "name").iterator(chunk_size=1000):
        off = limits.recount(company_id, name)
        if off:
            log.warning("meter %s of company %s was off by %d", name, company_id, off)
    papers.sweep.delay()
