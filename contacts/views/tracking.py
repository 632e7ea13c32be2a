"""Following bulk actions: the list of them, one of them, how far it is; pausing, stopping, trying again, undoing."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import current, hipaa
from accounts import names as people
from contacts import bulk, bulk_kinds, bulk_schedule
from contacts.filters import sorting
from contacts.models import BulkAction, BulkActionRow, Contact
from contacts.models.bulk_action import RUNNING, STATUSES
from contacts.tasks.exports import KEPT_FOR
from contacts.views.lists import sections
from core import clock, ids, scope
from core.dates import parse_date
from core.errors import Invalid, NotFound, Refused
from core.pages import allowed, is_partial, link

ON_A_PAGE = 50
LEVELS = {
    "completed": "ok",
    "completed_with_errors": "warn",
    "failed": "bad",
    "processing": "info",
    "queued": "",
    "paused": "warn",
    "cancelled": "",
}
OUTCOMES = {"done": "ok", "failed": "bad", "skipped": ""}


def may(kind: str) -> None:
    """Raise Forbidden unless the actor may start such an action, NotFound where there is none of the kind."""
    if kind not in bulk_kinds.KINDS:
        raise NotFound("There is no such action.")
    bulk.require(bulk_kinds.KINDS[kind])


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
    kind = bulk_kinds.KINDS.get(action.kind)
    is_undone = getattr(action, "undone_id", None) is not None
    may_act = kind is not None and actor.may(kind.ability)
    may_steer = may_act or action.owner_id == actor.user_id
    return {
        "action": action,
        "handled": action.handled,
        "level": LEVELS.get(action.status, ""),
        "status": status_words(action),
        "kind": bulk_kinds.label_of(action.kind),
        "icon": kind.icon if kind else "bolt",
        "doing": kind.doing if kind else "Working on",
        "people": people_words(action.total),
        "when_words": bulk_schedule.words(action),
        "can_undo": bulk.can_undo(action, actor) and not is_undone,
        "is_undone": is_undone,
        "can_cancel": not action.has_ended and may_steer,
        "can_pause": bulk.can_pause(action) and may_steer,
        "can_resume": action.status == "paused" and may_steer,
        "can_edit": bulk.can_reschedule(action) and may_steer,
        "can_retry": action.has_ended
        and (action.status == "failed" or action.failed > 0)
        and may_act
        and not is_undone,
        "retry_label": "Try again" if action.status == "failed" else "Retry failed",
        "can_download": bool(action.file) and actor.may("contacts.export"),
        "kept_until": (action.ended_at + (hipaa.LINKS_FOR if hipaa.is_on() else KEPT_FOR)) if action.ended_at else None,
        "failed_level": "bad" if action.failed else "",
        "reasons": sorted(action.reasons.items(), key=lambda pair: -pair[1]),
    }


def status_words(action: BulkAction) -> str:
    """Its status; of what waits for its time, that it is scheduled."""
    if action.status == "queued" and action.is_waiting(clock.now()):
        return "Scheduled"
    return dict(STATUSES).get(action.status, action.status)


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
        found = found.filter(status__in=RUNNING if wanted["status"] == "running" else [wanted["status"]])
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
        "kinds": [(kind.key, kind.label) for kind in bulk_kinds.KINDS.values() if not kind.opens],
        "statuses": [("running", "Queued or processing"), *STATUSES],
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
    kind = bulk_kinds.KINDS.get(action.kind)
    wanted = {name: request.GET.get(name, "").replace("\x00", "")[:300] for name in ("outcome", "reason", "q")}
    if wanted["outcome"] not in OUTCOMES:
        wanted["outcome"] = ""
    rows = results(action, wanted)
    after = request.GET.get("after", "")
    if ids.is_id(after):
        rows = rows.filter(pk__gt=after)
    page = list(rows.order_by("pk")[: ON_A_PAGE + 1])
    names = names_of(action, [row.subject_id for row in page[:ON_A_PAGE]])
    last = page[ON_A_PAGE - 1].pk if len(page) > ON_A_PAGE else ""
    filters = {name: value for name, value in wanted.items() if value}
    counts = [("All", "", action.handled), ("Done", "done", action.done)]
    counts += [("Skipped", "skipped", action.skipped), ("Failed", "failed", action.failed)]
    deeds = told(action)
    context = {
        **deeds,
        "deeds": deeds,
        "owner": people.of_users([action.owner_id] if action.owner_id else []).get(action.owner_id or ""),
        "rows": [
            {"row": row, "named": names.get(row.subject_id), "level": OUTCOMES.get(row.outcome, "")}
            for row in page[:ON_A_PAGE]
        ],
        "pairs": [pair for pair in kind.told(action.params) if pair[1]] if kind else [],
        "outcomes": [
            {
                "label": label,
                "url": "?" + urlencode({**{k: v for k, v in filters.items() if k == "q"}, "outcome": outcome}),
                "current": outcome == wanted["outcome"],
                "count": count,
            }
            for label, outcome, count in counts
        ],
        "wanted": wanted,
        "is_filtered": bool(filters),
        "is_searchable": kind is None or kind.subject == "contact",
        "next_url": "?" + urlencode({**filters, "after": last}) if last else "",
        "first_url": "?" + urlencode(filters) if after else "",
        "sections": sections("contacts:bulk_actions"),
    }
    return render(request, "contacts/bulk/show.html", context)


def results(action: BulkAction, wanted: dict[str, str]) -> Any:
    """The rows whose turn has come, by outcome, reason and the words of a search."""
    rows = BulkActionRow.objects.filter(action=action)
    rows = rows.filter(outcome=wanted["outcome"]) if wanted["outcome"] else rows.exclude(outcome="")
    if wanted["reason"]:
        rows = rows.filter(reason=wanted["reason"])
    if wanted["q"].strip():
        found = Contact.objects.visible_to(scope.current().actor).search(wanted["q"])
        rows = rows.filter(subject_id__in=found.order_by().values("pk"))
    return rows


def names_of(action: BulkAction, subjects: list[str]) -> dict[str, tuple[str, str]]:
    """{id: (name, address)} of what the rows name, as far as the actor sees it; what is in the trash has no address."""
    kind = bulk_kinds.KINDS.get(action.kind)
    if kind is not None and kind.names is not None:
        return kind.names(subjects)
    rows = Contact.objects.visible_to(scope.current().actor).filter(pk__in=subjects)
    return {
        row.pk: (str(row), "" if row.deleted_at else link("contacts:show", row.pk))
        for row in rows.only("first_name", "last_name", "email", "phone", "deleted_at")
    }


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


def steered(pk: str) -> BulkAction:
    """A bulk action the actor may stop and steer: their own, or of a kind they may start.

    Raises:
        NotFound, Forbidden.
    """
    action = visible(pk)
    if action.owner_id != scope.current().actor.user_id:
        may(action.kind)
    return action


@require_POST
@allowed("contacts.readonly")
def cancel(request: HttpRequest, pk: str) -> HttpResponse:
    action = steered(pk)
    bulk.cancel(action)
    return followed(request, action, "Cancelled; what was done stays")


@require_POST
@allowed("contacts.readonly")
def pause(request: HttpRequest, pk: str) -> HttpResponse:
    action = steered(pk)
    bulk.pause(action)
    return followed(request, action, "Paused")


@require_POST
@allowed("contacts.readonly")
def resume(request: HttpRequest, pk: str) -> HttpResponse:
    action = steered(pk)
    bulk.resume(action)
    return followed(request, action, "Resumed")


@require_http_methods(["GET", "POST"])
@allowed("contacts.readonly")
def schedule(request: HttpRequest, pk: str) -> HttpResponse:
    """When it runs: its whole schedule before it starts, of a drip that has started its batches. Nothing else."""
    action = steered(pk)
    when = bulk_schedule.of(action)
    status = 200
    if request.method == "POST":
        try:
            when = bulk_schedule.When(request.POST)
            refuse_others(request)
            given = when.schedule()
            if is_fixed(action):
                given = {"mode": None, "start_at": None, **pace_alone(request)}
            bulk.reschedule(action, **given)
            return followed(request, action, "Schedule changed")
        except (Invalid, Refused) as error:
            if not is_partial(request):
                raise
            status = 422
            errors = error.errors if isinstance(error, Invalid) else {"": error.message}
            for name, sentence in errors.items():
                if when.is_bound and not when.errors.get(name):
                    when.add_error(name if name in when.fields else None, sentence)
    elif not bulk.can_reschedule(action):
        raise Refused("Nothing about when this runs can be changed any more.")
    context = {
        "action_url": link("contacts:bulk_schedule", action.pk),
        "when": when,
        "fixed": is_fixed(action),
        **told(action),
    }
    return render(request, "contacts/bulk/schedule.html", context, status=status)


def is_fixed(action: BulkAction) -> bool:
    """Whether it has started, so that only its batches may change."""
    return bool(action.handled) or action.started_at is not None


def pace_alone(request: HttpRequest) -> dict[str, Any]:
    given = request.POST.copy()
    given["mode"] = "drip"
    return {"pace": bulk_schedule.When(given).schedule()["pace"]}


def refuse_others(request: HttpRequest) -> None:
    """Raise Refused where more is sent than a schedule: what an action does and to whom never changes."""
    own = {*bulk_schedule.When.base_fields, "csrfmiddlewaretoken"}
    if set(request.POST) - own:
        raise Refused(bulk.ONLY_BATCHES if "mode" not in request.POST else "Only when it runs can be changed.")


@require_POST
@allowed("contacts.readonly")
def retry(request: HttpRequest, pk: str) -> HttpResponse:
    """Go on with what failed as a whole, or try the contacts again that failed."""
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
