"""Stopping an account, by an operator, and letting it go on. Nothing else lifts a hold: paying does not."""

from __future__ import annotations

import datetime as dt
from typing import Any

from billing import notices
from billing.holding import held
from core import clock, scope
from core.errors import Invalid, Refused
from support.models import Hold
from support.tasks import mail_ban

COPY_FOR = dt.timedelta(days=30)  # after a ban, the owner may have a copy of the data; then it is deleted
LONGEST_REASON = 1000


def of(company_id: str) -> Hold | None:
    """The hold that is on a company, if one is. One query."""
    rows = Hold.objects.everywhere(reason="the company is named").filter(company_id=company_id, lifted_at=None)
    found: Hold | None = rows.first()
    return found


def put(company_id: str, kind: str, reason: str) -> Hold:
    """Put a company on hold ("policy") or ban it ("ban", for good), with a reason that its people read.

    A policy hold can become a ban. After a ban nobody signs in, nothing is charged, and the data is deleted when the
    thirty days of the offer of a copy are over.

    Raises:
        Invalid: no reason. Refused: it is banned already, on hold already, or being deleted.
        NotFound: the company has taken no plan.
    """
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid({"reason": "Say why, in at most 1,000 characters. The customer reads it."})
    with held(company_id) as row:
        before = of(company_id)
        if before is not None and (before.kind == "ban" or before.kind == kind):
            raise Refused("This account is banned." if before.kind == "ban" else "This account is on hold already.")
        if before is not None:
            _end(before)
        fields: dict[str, Any] = {"delete_after": clock.now() + COPY_FOR} if kind == "ban" else {}
        row.stop(kind, reason, **fields)
        hold: Hold = Hold.record_new(
            company=row.company, kind=kind, reason=reason, set_by=scope.current().actor.name[:200], facts={"kind": kind}
        )
        if kind == "ban":
            mail_ban.delay(hold.pk)
        else:
            notices.tell(company_id, "account_held", hold.pk, reason=reason)
    return hold


def lift(hold: Hold) -> None:
    """Let the company go on where it stood.

    Raises:
        Refused: it is a ban, or was lifted before.
    """
    with held(hold.company_id) as row:
        hold.lock()
        if hold.kind == "ban":
            raise Refused("A ban is never lifted.")
        if not hold.is_on:
            raise Refused("This hold was lifted before.")
        _end(hold)
        row.go_on()
        notices.tell(hold.company_id, "hold_lifted", hold.pk)


def allow_export(hold: Hold, may: bool = True) -> None:
    """Let the people of a company on hold export its data, or stop that."""
    if not hold.is_on or hold.kind != "policy":
        raise Refused("This is decided while a policy hold is on.")
    hold.change("hold.export_allowed" if may else "hold.export_stopped", may_export=may)


def _end(hold: Hold) -> None:
    by = scope.current().actor.name[:200]
    # a ban that follows a policy hold takes its place
    hold.change("hold.lifted", lifted_at=clock.now(), lifted_by=by)
