"""What happens in the background: exports are written and expire; accounts whose time has come are deleted."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import OperationalError, transaction

from accounts import current
from accounts.models import Location
from billing import lifecycle
from billing.models import Subscription
from core import clock, scope
from core.errors import Problem
from core.tasks import task
from privacy import emptying, exporting, purging, telling, warning
from privacy.erasing import process
from privacy.models import DataExport, Deletion, Erasure, PrivacyRequest
from privacy.models.data_export import OPEN

log = logging.getLogger(__name__)
MOST_AT_ONCE = 200
STALE = dt.timedelta(hours=4)
NEARLY_AT_ONCE = dt.timedelta(minutes=10)  # an erasure has long been done by then


@task
def purge_due() -> None:
    """Start or go on with the deletion of every account that is to be deleted and under no legal hold."""
    rows = Subscription.objects.everywhere(reason="all companies").filter(state=lifecycle.DELETING, is_kept=False)
    for company_id in rows.order_by("delete_after").values_list("company_id", flat=True)[:MOST_AT_ONCE]:
        purge.delay(company_id)
    waiting = Deletion.objects.everywhere(reason="all companies").filter(state="done", told_at=None)
    for pk in waiting.order_by("done_at").values_list("pk", flat=True)[:MOST_AT_ONCE]:
        tell.delay(pk)


@task
def empty_due() -> None:
    """Start or go on with every location that was deleted more than a week ago."""
    ahead = max(clock.ahead.values(), default=clock.NONE)
    rows = Location.objects.everywhere(reason="all companies").filter(is_active=False, delete_after__isnull=False)
    due = rows.filter(delete_after__lte=clock.now_for_all() + ahead).order_by("delete_after")
    for pk, company_id in due.values_list("pk", "company_id")[:MOST_AT_ONCE]:
        with scope.fresh(company_id=company_id):
            empty.delay(pk)


@task
def empty(place_id: str) -> None:
    """See `emptying.go_on`; in another task when it takes longer than one may."""
    if not emptying.go_on(place_id):
        empty.delay(place_id)


@task
def purge(company_id: str) -> None:
    """Delete an account for as long as a task may last, then go on in another. Two at once share the batches."""
    try:
        deletion = purging.begin(company_id)
        if deletion.state == "done":
            return
        is_gone = purging.go_on(deletion)
    except Problem as problem:
        log.info("company %s is not deleted: %s", company_id, problem.message)
        return
    if is_gone:
        tell.delay(deletion.pk)
    else:
        purge.delay(company_id)


@task(autoretry_for=(OSError,), retry_backoff=True, retry_backoff_max=600, max_retries=5)
def tell(deletion_id: str) -> None:
    """Mail the certificate to the former owner and admins, each once, and forget their addresses."""
    rows = Deletion.objects.everywhere(reason="the task names the row").select_for_update(skip_locked=True)
    while True:
        with transaction.atomic():
            deletion = rows.filter(pk=deletion_id, state="done", told_at=None).first()
            if deletion is None:
                return
            if not deletion.recipients:
                deletion.told_at = clock.now()
                deletion.save(update_fields=["told_at"])
                return
            email = deletion.recipients.pop()
            deletion.save(update_fields=["recipients"])
            telling.mail(
                email,
                "account_deleted",
                f"Your HoopAI account was deleted ({deletion.legal['name']})",
                attached=("certificate.json", purging.certificate(deletion), "application/json"),
                deletion=deletion,
            )


@task
def forget_remains() -> None:
    """Delete what was kept of accounts deleted seven years ago."""
    rows = Deletion.objects.everywhere(reason="all companies").filter(keep_until__lte=clock.now_for_all())
    for company_id in rows.order_by("keep_until").values_list("company_id", flat=True)[:MOST_AT_ONCE]:
        try:
            purging.forget(company_id)
        except Problem as problem:
            log.info("company %s: %s", company_id, problem.message)


@task(soft_time_limit=3 * 3600, time_limit=3 * 3600 + 60)
def export(job_id: str) -> None:
    """Write an export and mail its starter; harmless to repeat."""
    try:
        done = exporting.run(job_id)
    except OperationalError:
        raise
    except Exception as error:
        log.exception("export failed", extra={"export": job_id})
        reason = error.message if isinstance(error, Problem) else "The archive could not be written. Try again."
        if exporting.fail(job_id, reason):
            tell_of_export.delay(job_id)
        return
    if done is not None:
        tell_of_export.delay(job_id)


@task(autoretry_for=(OSError,), retry_backoff=True, retry_backoff_max=600, max_retries=5)
def tell_of_export(job_id: str) -> None:
    """See `exporting.tell`."""
    job = DataExport.objects.filter(pk=job_id).first()
    if job is not None:
        exporting.tell(job)


@task
def look_after_exports() -> None:
    """Erase the files of exports after seven days; give up on those that gave no sign for too long."""
    rows = DataExport.objects.everywhere(reason="retention is the same everywhere")
    over = rows.filter(state="ready", expires_at__lte=clock.now_for_all()).order_by("expires_at")
    still = rows.filter(state__in=OPEN, date_updated__lt=clock.now_for_all() - STALE).order_by("pk")
    for job in [*over[:MOST_AT_ONCE], *still[:MOST_AT_ONCE]]:
        with scope.fresh(company_id=job.company_id, location_id=job.location_id):
            if job.state == "ready":
                exporting.expire(job)
            elif exporting.fail(job.pk, "It took too long. Choose fewer record sets."):
                tell_of_export.delay(job.pk)


@task(
    autoretry_for=(OSError, OperationalError), retry_backoff=True, max_retries=5, soft_time_limit=3600, time_limit=3660
)
def erase(pk: str) -> None:
    """Erase a person, or go on with it; harmless to repeat."""
    if process.run(pk) is not None:
        tell_of_erasure.delay(pk)


@task(autoretry_for=(OSError,), retry_backoff=True, retry_backoff_max=600, max_retries=5)
def tell_of_erasure(pk: str) -> None:
    """Mail the certificate to the admin who erased, once."""
    with transaction.atomic():
        rows = Erasure.objects.select_related("owner").select_for_update(of=("self",), skip_locked=True)
        row = rows.filter(pk=pk, state="done", told_at=None).first()
        if row is None:
            return
        row.told_at = clock.now()
        row.save(update_fields=["told_at"])
        if row.owner is not None and row.owner.is_active:
            place = current.location()
            telling.mail(
                row.owner.email,
                "person_erased",
                f"{row} ({place.name})",
                attached=(f"erasure-{row.number}.json", process.certificate(row), "application/json"),
                row=row,
                place=place,
            )


@task
def look_after_erasures() -> None:
    """Go on with erasures that a crash left, and mail certificates that did not leave."""
    rows = Erasure.objects.everywhere(reason="all companies").filter(told_at=None).select_related("location")
    still = rows.filter(began_at__lt=clock.now_for_all() - NEARLY_AT_ONCE)
    for row in still.order_by("began_at")[:MOST_AT_ONCE]:
        with scope.fresh(company_id=row.location.company_id, location_id=row.location_id):
            (tell_of_erasure if row.is_done else erase).delay(row.pk)


@task
def warn_of_requests() -> None:
    """Warn of privacy requests that will soon be due or are: a task each, since each location has its own mails."""
    ahead = max(clock.ahead.values(), default=clock.NONE)
    rows = PrivacyRequest.objects.everywhere(reason="all companies").filter(alert_at__lte=clock.now_for_all() + ahead)
    for pk, place, company in rows.order_by("alert_at").values_list("pk", "location_id", "location__company_id")[:2000]:
        with scope.fresh(company_id=company, location_id=place):
            warn_of_request.delay(pk)


@task(autoretry_for=(OSError,), retry_backoff=True, retry_backoff_max=600, max_retries=5)
def warn_of_request(pk: str) -> None:
    """See `warning.warn`."""
    warning.warn(pk)
