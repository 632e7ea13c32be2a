"""What the composition does by the clock."""

from __future__ import annotations

import datetime as dt

from celery import shared_task
from django.db.models import Q

from accounts import hipaa
from accounts.models import Company, Location
from billing import limits
from core import clock, scope
from journal import timeline, verbs
from journal.models import Entry

BATCH = 2000
AT_ONCE = 200  # batches of a night; the rest is for the next one
WHOLE = "the log of a whole company, as far as its plan keeps it"


@shared_task(name="hoopai.prune_audit", soft_time_limit=3300, time_limit=3600)
def prune_audit() -> int:
    """Delete the entries of settings and access that are older than a company keeps them: as its plan says, or HIPAA
    mode. Returns how many.

    Entries about contacts stay: timelines and "as it was" are made of them. Repeating it deletes nothing more.
    """
    names = [verb.name for verb in verbs.VERBS.values() if verb.kind in ("settings", "account")]
    gone = 0
    for company in Company.objects.order_by("pk").values_list("pk", flat=True).iterator():
        with scope.fresh(company_id=company):
            days = hipaa.audit_days(limits.cap("audit_days"))
        if days:
            before = timeline.first_id(clock.now() - dt.timedelta(days=days))
            gone += _forget(company, names, before)
    return gone


def _forget(company: str, names: list[str], before: str) -> int:
    every = Entry.objects.everywhere(reason=WHOLE)
    places = [None, *_places(company)]
    gone = 0
    for place in places:
        own = Q(location_id=place) if place else Q(location_id=None, company_id=company)
        old = every.filter(own, verb__in=names, contact_id=None, pk__lt=before)
        for _ in range(AT_ONCE):
            batch = list(old.order_by("pk").values_list("pk", flat=True)[:BATCH])
            gone += every.filter(pk__in=batch).delete()[0]
            if len(batch) < BATCH:
                break
    return gone


def _places(company: str) -> list[str]:
    return list(Location.objects.everywhere(reason=WHOLE).filter(company_id=company).values_list("pk", flat=True))
