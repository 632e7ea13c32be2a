"""What happens in the background: replies and bans are mailed, missed targets flagged, solved tickets closed."""

from __future__ import annotations

from django.db import transaction

from core import clock, scope
from core.tasks import task
from support import letters
from support.models import Hold, Reply, Ticket
from support.models.ticket import REOPENS_FOR, UNANSWERED

MOST_AT_ONCE = 500


@task(autoretry_for=(OSError,), retry_backoff=True, retry_backoff_max=600, max_retries=5)
def mail_reply(pk: str) -> None:
    """Mail a reply of support to whoever opened the ticket, once."""
    with transaction.atomic():
        rows = Reply.objects.everywhere(reason="the task names the reply").select_related("ticket")
        said = rows.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk, mailed_at=None).first()
        if said is not None:
            with scope.use(company_id=said.company_id):
                letters.tell_of(said)
                said.mailed_at = clock.now()
                said.save(update_fields=["mailed_at"])


@task(autoretry_for=(OSError,), retry_backoff=True, retry_backoff_max=600, max_retries=5)
def mail_ban(pk: str) -> None:
    """Mail the owner of a banned account, once, that a copy of the data can be had."""
    with transaction.atomic():
        rows = Hold.objects.everywhere(reason="the task names the hold").select_related("company")
        rows = rows.select_for_update(skip_locked=True, of=("self",))
        hold = rows.filter(pk=pk, kind="ban", mailed_at=None).first()
        if hold is not None:
            with scope.use(company_id=hold.company_id):
                letters.tell_of_ban(hold)
                hold.change(mailed_at=clock.now())


@task
def look() -> None:
    """Find missed targets, tickets solved two weeks ago, and mails that a crash left unsent."""
    now = clock.now_for_all() + max(clock.ahead.values(), default=clock.NONE)
    every = Ticket.objects.everywhere(reason="all companies' tickets").order_by("pk")
    late = every.filter(first_reply_at=None, is_late=False, state__in=UNANSWERED, due_at__lt=now)
    old = every.filter(state="solved", solved_at__lte=now - REOPENS_FOR)
    for row in late[:MOST_AT_ONCE]:
        with scope.fresh(company_id=row.company_id, location_id=row.location_id):
            row.flag_late()
    for row in old[:MOST_AT_ONCE]:
        with scope.fresh(company_id=row.company_id, location_id=row.location_id):
            row.close()
    unsent = Reply.objects.everywhere(reason="all companies' mails").filter(is_support=True, mailed_at=None)
    for pk in unsent.order_by("at").values_list("pk", flat=True)[:MOST_AT_ONCE]:
        mail_reply.delay(pk)
    banned = Hold.objects.everywhere(reason="all companies' bans").filter(kind="ban", mailed_at=None)
    for pk in banned.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE]:
        mail_ban.delay(pk)
