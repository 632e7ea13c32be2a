"""Following bulk actions: the list of them, one of them, how far it is, and stopping or undoing it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import current
from accounts import names as people
from contacts import bulk
from contacts.filters import sorting
from contacts.models import BulkAction, BulkActionRow, Contact, Tag
from contacts.models.bulk_action import ENDED, KINDS, STATUSES
from contacts.tasks.exports import KEPT_FOR
from contacts.views.lists import sections
from core import ids, scope
from core.dates import parse_date
from core.errors import Forbidden, NotFound
from core.pages import allowed, is_partial, link

ON_A_PAGE = 50
LEVELS = {
    "completed": "ok",
    "completed_with_errors": "warn",
    "failed": "bad",
    "processing": "info",
    "queued": "",
    "cancelled": "",
}
OUTCOMES = {"done": "ok", "failed": "bad", "skipped": ""}
PAST = {
    "add_tags": "Tagging",
    "remove_tags": "Untagging",
    "delete": "Deleting",
    "restore": "Restoring",
    "export": "Exporting",
}


def may(kind: str) -> None:
    """Raise Forbidden unless the actor may start such an action, NotFound where there is none of the kind."""
    if kind not in bulk.ABILITIES:
        raise NotFound("There is no such action.")
    if not scope.current().actor.may(bulk.ABILITIES[kind]):
        raise Forbidden("You do not have the permission for this. An admin of this location can grant it.")


def people_words(count: int) -> str:
    if count == 1:
        return "1 contact"
    return f"{count:,} contacts" if count < sorting.COUNTED else "more than 10,000 contacts"


def visible(pk: str) -> BulkAction:
    """A bulk action the actor may see; raises NotFound otherwise."""
    actions = bulk.last_undo(BulkAction.objects.visible_to(scope.current().actor))
    found: BulkAction | None = actions.filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such bulk action, or you may not see it.")
    return found


def told(action: BulkAction) -> dict[str, Any]:
    """A bulk action as rows, toasts and its own page show it."""
    actor = scope.current().actor
    handled = action.done + action.failed + action.skipped
    is_undone = getattr(action, "undone_id", None) is not None
    may_act = action.kind in bulk.ABILITIES and actor.may(bulk.ABILITIES[action.kind])
    return {
        "action": action,
        "handled": handled,
        "level": LEVELS.get(action.status, ""),
        "status": dict(STATUSES).get(action.status, action.status),
        "kind": bulk.LABELS.get(action.kind, action.kind),
        "doing": PAST.get(action.kind, "Working on"),
        "people": people_words(action.total),
        "can_undo": bulk.can_undo(action, actor) and not is_undone,
        "is_undone": is_undone,
        "can_cancel": not action.has_ended and (may_act or action.owner_id == actor.user_id),
        "can_retry": action.status == "failed" and may_act,
        "can_download": bool(action.file) and actor.may("contacts.export"),
        "kept_until": (action.ended_at + KEPT_FOR) if action.ended_at else None,
        "failed_level": "bad" if action.failed else "",
        "reasons": sorted(action.reasons.items(), key=lambda pair: -pair[1]),
    }


def started(request: HttpRequest, action: BulkAction) -> HttpResponse:
    if not is_partial(request):
        return redirect(link("contacts:bulk_action", action.pk))
    response = render(request, "contacts/bulk/started.html", told(action))
    response["HX-Trigger"] = json.dumps({"dialog:close": "", "bulk:started": action.pk})
    return response


@require_GET
@allowed("contacts.readonly")
def actions(request: HttpRequest) -> HttpResponse:
    """All bulk actions, newest first, by kind, status, person and date."""
    actor = scope.current().actor
    found = BulkAction.objects.visible_to(actor)
    wanted = {
        name: request.GET.get(name, "").replace("\x00", "") for name in ("kind", "status", "owner", "since", "until")
    }
    if wanted["kind"]:
        found = found.filter(kind=wanted["kind"])
    if wanted["status"]:
        found = found.filter(
            status__in=("queued", "processing") if wanted["status"] == "running" else [wanted["status"]]
        )
    if wanted["owner"]:
        found = found.filter(owner_id=wanted["owner"])
    zone = current.location().zone
    problem = ""
    for name, look_up, days in (("since", "gte", 0), ("until", "lt", 1)):
        if wanted[name]:
            try:
                day = parse_date(wanted[name]) + dt.timedelta(days=days)
            except ValueError as error:
                problem = f"{wanted[name][:40]}: {error}"
                continue
            found = found.filter(**{f"date_added__{look_up}": dt.datetime.combine(day, dt.time(), zone)})
    before = request.GET.get("before", "")
    if ids.is_id(before):
        found = found.filter(pk__lt=before)
    rows = list(bulk.last_undo(found).order_by("-pk")[: ON_A_PAGE + 1])
    owners = people.of_users({row.owner_id for row in rows if row.owner_id})
    next_before = rows[ON_A_PAGE - 1].pk if len(rows) > ON_A_PAGE else ""
    filters = {name: value for name, value in wanted.items() if value}
    context = {
        "rows": [{**told(row), "owner": owners.get(row.owner_id or "")} for row in rows[:ON_A_PAGE]],
        "wanted": wanted,
        "is_filtered": bool(filters),
        "problem": problem,
        "kinds": [(kind, label) for kind, label in KINDS if kind != "import"],
        "statuses": [("running", "Running"), *[(key, label) for key, label in STATUSES if key in ENDED]],
        "owners": sorted(
            people.of_users(
                BulkAction.objects.visible_to(actor).values_list("owner_id", flat=True).distinct()[:100]
            ).items(),
            key=lambda pair: pair[1],
        ),
        "sections": sections("contacts:bulk_actions"),
        "bulk_url": link("contacts:bulk_actions"),
        "list_url": link("contacts:list"),
        "next_url": "?" + urlencode({**filters, "before": next_before}) if next_before else "",
        "first_url": link("contacts:bulk_actions") if before else "",
    }
    return render(request, "contacts/bulk/actions.html", context)


@require_GET
@allowed("contacts.readonly")
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """One bulk action: how far it is, why some were passed over, and what became of each contact."""
    action = visible(pk)
    outcome = request.GET.get("outcome", "")
    rows = BulkActionRow.objects.filter(action=action)
    rows = rows.filter(outcome=outcome) if outcome in OUTCOMES else rows.exclude(outcome="")
    after = request.GET.get("after", "")
    if ids.is_id(after):
        rows = rows.filter(pk__gt=after)
    page = list(rows.order_by("pk")[: ON_A_PAGE + 1])
    visible_contacts = Contact.objects.visible_to(scope.current().actor).filter(
        pk__in=[row.contact_id for row in page[:ON_A_PAGE]]
    )
    contacts = {row.pk: row for row in visible_contacts.only("first_name", "last_name", "email", "phone", "deleted_at")}
    last = page[ON_A_PAGE - 1].pk if len(page) > ON_A_PAGE else ""
    context = {
        **told(action),
        "owner": people.of_users([action.owner_id] if action.owner_id else []).get(action.owner_id or ""),
        "rows": [
            {"row": row, "contact": contacts.get(row.contact_id), "level": OUTCOMES.get(row.outcome, "")}
            for row in page[:ON_A_PAGE]
        ],
        "tags": list(Tag.objects.names_of(action.params.get("tags", ())).values()),
        "outcomes": [
            {
                "label": "All",
                "url": "?",
                "current": outcome not in OUTCOMES,
                "count": action.done + action.failed + action.skipped,
            },
            {"label": "Done", "url": "?outcome=done", "current": outcome == "done", "count": action.done},
            {"label": "Skipped", "url": "?outcome=skipped", "current": outcome == "skipped", "count": action.skipped},
            {"label": "Failed", "url": "?outcome=failed", "current": outcome == "failed", "count": action.failed},
        ],
        "next_url": "?" + urlencode({"outcome": outcome, "after": last}) if last else "",
        "sections": sections("contacts:bulk_actions"),
    }
    return render(request, "contacts/bulk/show.html", context)


@require_GET
@allowed("contacts.readonly")
def progress(request: HttpRequest, pk: str) -> HttpResponse:
    """How far it is, polled. `as` says where it is shown: toast, row or page. Polling stops when it has ended."""
    action = visible(pk)
    shape = request.GET.get("as", "")
    template = {"toast": "toast_inside", "row": "row_inside"}.get(shape, "summary")
    response = render(request, f"contacts/bulk/{template}.html", told(action), status=286 if action.has_ended else 200)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@allowed("contacts.readonly")
def cancel(request: HttpRequest, pk: str) -> HttpResponse:
    action = visible(pk)
    if action.owner_id != scope.current().actor.user_id:
        may(action.kind)
    bulk.cancel(action)
    return followed(request, action, "Cancelled; what was done stays")


@require_POST
@allowed("contacts.readonly")
def retry(request: HttpRequest, pk: str) -> HttpResponse:
    action = visible(pk)
    may(action.kind)
    bulk.retry(action)
    return followed(request, action, "Started again")


@require_POST
@allowed("contacts.readonly")
def undo(request: HttpRequest, pk: str) -> HttpResponse:
    """Take back what a bulk action changed."""
    action = visible(pk)
    inverse = bulk.undo(action)
    if not is_partial(request):
        return redirect(link("contacts:bulk_action", inverse.pk))
    response = render(request, "contacts/bulk/started.html", told(inverse))
    response["HX-Trigger"] = json.dumps({"dialog:close": "", "bulk:started": inverse.pk})
    return response


def followed(request: HttpRequest, action: BulkAction, words: str) -> HttpResponse:
    if not is_partial(request):
        return redirect(link("contacts:bulk_action", action.pk))
    response = HttpResponse(status=204)
    response["HX-Trigger"] = json.dumps({"toast": {"text": words, "level": "ok"}, "bulk:changed": action.pk})
    response["HX-Refresh"] = "true"
    return response
