"""The life of an export: started once an account, written by a worker, mailed as a link, gone after seven days."""

from __future__ import annotations

import datetime as dt
import logging
import tempfile

from django.conf import settings
from django.core.cache import cache
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts import current, hipaa
from accounts.models import Company, User
from billing.readers import admins_of
from contacts.models import Contact
from core import clock, ids, scope
from core.errors import Forbidden, Invalid, Refused
from journal.recorded import quietly
from privacy import archive, person_archive, record_sets, telling
from privacy.models import DataExport
from privacy.models.data_export import FORMATS, KEPT_FOR, OPEN
from support import copies, holds

log = logging.getLogger(__name__)
IN_MEMORY = 4 * 1024 * 1024  # bytes; a larger archive lies on disk while it is written
BETWEEN = dt.timedelta(hours=24)  # two exports of everything
MANY_CONTACTS = 1000
PROGRESS_KEPT = 6 * 3600  # seconds


class Stopped(Exception):
    """Somebody cancelled the export, or its account is being deleted."""


def start(
    sets: list[str],
    formats: list[str],
    since: dt.date | None = None,
    until: dt.date | None = None,
    with_files: bool = True,
    purpose: str = "",
) -> DataExport:
    """Begin to export record sets of the location in scope; all of them are "everything".

    Args:
        purpose: why; asked for in HIPAA mode.

    Raises:
        Invalid: nothing was chosen, or something the actor may not read, the days are the wrong way round, or no purpose
            where one is asked for.
        Refused: an export of the account runs, or everything was exported within 24 hours.
    """
    actor, place = scope.current().actor, current.location()
    chosen = [one.key for one in record_sets.SETS if one.key in sets]
    if not chosen or set(sets) - set(record_sets.readable(actor)):
        raise Invalid({"sets": "Choose what to export."})
    kinds = [kind for kind, _ in FORMATS if kind in formats]
    if not kinds:
        raise Invalid({"formats": "Choose CSV, JSON or both."})
    if since and until and until < since:
        raise Invalid({"until": "The last day is before the first."})
    purpose = hipaa.purpose(purpose)
    is_everything = len(chosen) == len(record_sets.readable(actor)) and not since and not until
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=place.company_id)  # one start of an account at a time
        company = DataExport.objects.everywhere(reason="one export of an account at a time").filter(
            company_id=place.company_id
        )
        if company.filter(state__in=OPEN, of_person=False).exists():
            raise Refused("An export of this account is running. Wait for it, or cancel it.")
        recent = DataExport.objects.filter(is_everything=True, state__in=[*OPEN, "ready", "expired"])
        if is_everything and recent.filter(date_added__gt=clock.now() - BETWEEN).exists():
            raise Refused("Everything can be exported once in 24 hours. Choose fewer record sets, or wait.")
        try:
            with transaction.atomic():
                return DataExport.record_new(
                    company=Company(pk=place.company_id),
                    owner_id=actor.user_id,
                    owner_name=actor.name[:200],
                    is_everything=is_everything,
                    sets=chosen,
                    formats=kinds,
                    since=since,
                    until=until,
                    with_files=with_files,
                    purpose=purpose,
                )
        except IntegrityError:
            raise Refused("An export of this account is running. Wait for it, or cancel it.") from None


def start_of_person(contact: Contact, purpose: str = "") -> DataExport:
    """Begin to export everything that is held about one person, as far as the actor may see it. The same while one runs.

    Raises:
        Forbidden: the actor may not read contacts. Invalid: no purpose, where HIPAA mode asks for one.
    """
    actor, place = scope.current().actor, current.location()
    chosen = [key for key in person_archive.SETS if key in record_sets.readable(actor)]
    if "contacts" not in chosen:
        raise Forbidden("You may not see contacts.")
    purpose = hipaa.purpose(purpose)
    with transaction.atomic():
        Contact.objects.select_for_update().only("pk").get(pk=contact.pk)
        held: DataExport | None = DataExport.objects.filter(
            contact=contact, owner_id=actor.user_id, state__in=OPEN
        ).first()
        if held is not None:
            return held
        return DataExport.record_new(
            company=Company(pk=place.company_id),
            owner_id=actor.user_id,
            owner_name=actor.name[:200],
            contact=contact,
            of_person=True,
            sets=chosen,
            formats=["json"],
            purpose=purpose,
        )


def progress_of(job: DataExport) -> int:
    """How far an export is, in per cent."""
    return 100 if not job.is_open else int(cache.get(_key(job.pk)) or 0)


def _key(pk: str) -> str:
    return f"data-export:{pk}"


def run(job_id: str) -> DataExport | None:
    """Write the archive of an export in the scope of whoever started it, and make it ready. A restart begins anew.

    Returns:
        The export when this made it ready.
    """
    with _alone(job_id) as is_alone:
        job = DataExport.objects.filter(pk=job_id, state__in=OPEN).first() if is_alone else None
        if job is None:
            return None
        with quietly(reason="progress of the machinery"):
            DataExport.objects.filter(pk=job.pk).update(state="running", date_updated=clock.now())
        try:
            return _write(job)
        except Stopped:
            return None
        finally:
            cache.delete(_key(job_id))


def _write(job: DataExport) -> DataExport | None:
    shown = -1

    def progress(per_cent: int) -> None:
        nonlocal shown
        if per_cent != shown:
            shown = per_cent
            if cache.get(f"{_key(job.pk)}:stop"):
                raise Stopped
            cache.set(_key(job.pk), per_cent, PROGRESS_KEPT)

    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as binary:
        write = person_archive.write if job.of_person else archive.write
        counts, at = write(binary, job, progress)
        size = binary.tell()
        binary.seek(0)
        key = default_storage.save(f"data-exports/{job.location_id}/{job.pk}/{ids.new_id()}.zip", File(binary))
    try:
        with transaction.atomic():
            row = DataExport.objects.select_for_update().filter(pk=job.pk, state="running").first()
            if row is None:  # cancelled, or gone with its account
                raise Stopped
            now = clock.now()
            row.change(
                "data_export.ready", facts={"count": sum(counts.values())}, state="ready", file=key, size=size, counts=counts,
                snapshot_at=at, ready_at=now, expires_at=now + (hipaa.LINKS_FOR if hipaa.is_on() else KEPT_FOR),
            )  # fmt: skip
    except BaseException:
        default_storage.delete(key)
        raise
    return row


class _alone:
    """Whether no other worker has this export in hand; held until the block ends."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id

    def __enter__(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [_key(self.job_id)])
            self.held: bool = cursor.fetchone()[0]
        return self.held

    def __exit__(self, *_: object) -> None:
        if self.held and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [_key(self.job_id)])


def stop(job: DataExport) -> None:
    """Cancel an export; the worker notices within a per cent.

    Raises:
        Refused: it has ended.
    """
    job.cancel()
    cache.set(f"{_key(job.pk)}:stop", True, PROGRESS_KEPT)


def fail(job_id: str, reason: str) -> bool:
    """Note that an export failed. Returns whether it was still open."""
    with transaction.atomic():
        row = DataExport.objects.select_for_update().filter(pk=job_id, state__in=OPEN).first()
        if row is None:
            return False
        row.change("data_export.failed", state="failed", reason=reason[:300])
        return True


def again(job: DataExport) -> DataExport:
    """Start an export that failed or was cancelled once more, as the actor in scope.

    Raises:
        Refused: it did not fail, or another one runs. Invalid: the actor may no longer read all of it.
    """
    if job.state not in ("failed", "cancelled", "expired"):
        raise Refused("This export can be downloaded; start another one instead.")
    if job.of_person:
        if job.contact is None:
            raise Refused("This person is no longer here.")
        return start_of_person(job.contact, job.purpose)
    return start(job.sets, job.formats, job.since, job.until, job.with_files, job.purpose)


def expire(job: DataExport) -> None:
    """Erase the file of an export whose days are over."""
    with transaction.atomic():
        job.lock()
        if job.state == "ready" and job.expires_at is not None and job.expires_at <= clock.now():
            key = job.file
            job.change("data_export.expired", state="expired", file="")
            transaction.on_commit(lambda: default_storage.delete(key))


def page_of(job: DataExport) -> str:
    """The whole address of the page of exports, for mails; for the owner of a banned account the one without signing in."""
    hold = holds.of(job.company_id)
    if hold is not None and hold.kind == "ban":
        return settings.BASE_URL + reverse("data_copy", args=[copies.token_of(hold)])
    return settings.BASE_URL + reverse("settings:data_export", args=[job.location_id])


def tell(job: DataExport) -> None:
    """Mail the starter that it is ready or failed; and the owner of the account when many contacts left."""
    place = current.location()
    starter = User.objects.filter(pk=job.owner_id or "", is_active=True).first()
    what = "what you chose" if hipaa.is_on() else str(job)  # it may name a person
    context = {"job": job, "what": what, "place": place, "url": page_of(job)}
    if starter is not None:
        name = "export_ready" if job.state == "ready" else "export_failed"
        subject = "Your export is ready" if job.state == "ready" else "Your export failed"
        telling.mail(starter.email, name, f"{subject} ({place.name})", **context)
    contacts = max(job.counts.get("contacts.csv", 0), job.counts.get("contacts.json", 0))
    if job.state == "ready" and contacts > MANY_CONTACTS:
        company = Company.objects.select_related("owner").get(pk=job.company_id)
        owners = [company.owner] if company.owner and company.owner.is_active else admins_of(job.company_id)
        for owner in owners:
            telling.mail(
                owner.email,
                "export_large",
                f"{contacts:,} contacts were exported ({place.name})",
                contacts=contacts,
                **context,
            )
