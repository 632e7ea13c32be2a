"""Settings -> Webhooks -> Log: what was sent, how it was answered, and sending it again."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import current
from core import clock, ids
from core.errors import Invalid
from core.pages import is_partial, link
from journal.timeline import first_id
from webhooks import events, reach, replaying, sending, signing, tasks
from webhooks.models import Delivery, Endpoint, SigningKey
from webhooks.models.delivery import STATUSES
from webhooks.queueing import Claimed
from webhooks.views.endpoints import MANAGE, MOST_SHOWN

PAGE = 50


class Wanted:
    """The filters of the log."""

    def __init__(self, query: Any) -> None:
        self.event = query.get("event", "") if query.get("event", "") in events.EVENTS else ""
        self.status = query.get("status", "") if query.get("status", "") in dict(STATUSES) else ""
        self.resource = query.get("resource", "").strip()[:40].replace("\x00", "")
        self.endpoint = query.get("endpoint", "") if ids.is_id(query.get("endpoint", "")) else ""
        self.before = query.get("before", "") if ids.is_id(query.get("before", "")) else ""

    def narrowed(self, rows: Any) -> Any:
        if self.event:
            rows = rows.filter(event=self.event)
        if self.status:
            rows = rows.filter(status=self.status)
        if self.resource:
            rows = rows.filter(resource_id=self.resource)
        if self.endpoint:
            rows = rows.filter(endpoint_id=self.endpoint)
        return rows.filter(pk__lt=self.before) if self.before else rows

    def as_query(self, **more: str) -> str:
        held = {
            "event": self.event,
            "status": self.status,
            "resource": self.resource,
            "endpoint": self.endpoint,
            **more,
        }
        return urlencode({name: value for name, value in held.items() if value})

    def __bool__(self) -> bool:
        return bool(self.event or self.status or self.resource or self.endpoint)


@MANAGE
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Everything sent about this location, newest first."""
    wanted = Wanted(request.GET)
    every = Delivery.objects.select_related("endpoint", "endpoint__app").defer("payload")
    found = list(wanted.narrowed(every).order_by("-pk")[: PAGE + 1])
    rows, more = found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else ""
    context = {
        "rows": rows,
        "wanted": wanted,
        "older_url": f"?{wanted.as_query(before=more)}" if more else "",
        "first_url": f"?{wanted.as_query()}",
        "statuses": STATUSES,
        "areas": events.offered(for_app=True),
        "endpoints": reach.seen(request.user).order_by("pk")[:MOST_SHOWN],
        "has_dead": Delivery.objects.dead().exists(),
        "replay_url": f"{link('settings:webhook_replay_many')}?{wanted.as_query()}",
        "zone": current.location().timezone,
    }
    name = "webhooks/log.html#rows" if is_partial(request) and wanted.before else "webhooks/log.html"
    return render(request, name, context)


@MANAGE
@require_safe
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """One delivery: what was sent, what came back, every attempt."""
    row = _one(pk)
    is_managed = reach.managed(request.user).filter(pk=row.endpoint_id).exists()
    context = {
        "row": row,
        "may_replay": is_managed,
        "body": json.dumps(json.loads(row.payload), indent=2, ensure_ascii=False),
        "headers": _headers(row, is_managed),
        "tries": [{**one, "at": dt.datetime.fromisoformat(one["at"])} for one in reversed(row.tries)],
        "waits_for": _before(row),
        "next_at": row.line.next_at if row.is_open and row.attempts and row.line else None,
    }
    if is_partial(request):
        return render(request, "webhooks/delivery.html#state", context, status=200 if row.is_open else 286)
    return render(request, "webhooks/delivery.html", context)


@MANAGE
@require_POST
def replay(request: HttpRequest, pk: str) -> HttpResponse:
    """Send one again."""
    row = _one(pk)
    reach.one_managed(request.user, row.endpoint_id)
    if replaying.again([row]):
        tasks.wake()
        messages.success(request, "It is sent again, with a new timestamp and signature.")
    else:
        messages.error(request, "It is still under way.")
    return redirect(link("settings:webhook_delivery", row.pk))


@MANAGE
@require_http_methods(["GET", "POST"])
def replay_many(request: HttpRequest) -> HttpResponse:
    """Ask which, then send them again: all that failed, or everything of a stretch of time."""
    problem = ""
    if request.method == "POST":
        try:
            count = _replay_chosen(request)
        except Invalid as error:
            problem = error.message
        else:
            what = f"{count:,} deliver{'y is' if count == 1 else 'ies are'} sent again."
            messages.success(request, what if count else "There was nothing to send again.")
            url = link("settings:webhook_log")
            return HttpResponse(headers={"HX-Redirect": url}) if is_partial(request) else redirect(url)
    zone = current.location().zone
    now = clock.now().astimezone(zone)
    context = {
        "action": link("settings:webhook_replay_many"),
        "endpoints": reach.managed(request.user).order_by("pk")[:MOST_SHOWN],
        "chosen": request.POST.get("endpoint", request.GET.get("endpoint", "")),
        "which": request.POST.get("which", "dead"),
        "since": request.POST.get("since", (now - dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")),
        "until": request.POST.get("until", now.strftime("%Y-%m-%dT%H:%M")),
        "zone": zone,
        "problem": problem,
        "template": "webhooks/replay.html",
    }
    status = 422 if problem else 200
    if is_partial(request):
        return render(request, "webhooks/replay.html", context, status=status)
    return render(request, "webhooks/dialog_page.html", context, status=status)


def _replay_chosen(request: HttpRequest) -> int:
    given = request.POST
    chosen = reach.managed(request.user)
    if given.get("endpoint"):
        chosen = chosen.filter(pk=reach.one_managed(request.user, given["endpoint"]).pk)
    rows = Delivery.objects.filter(endpoint__in=chosen, is_test=False, status="dead")
    first = last = ""
    if given.get("which") == "range":
        since, until = _moment(given.get("since", ""), "since"), _moment(given.get("until", ""), "until")
        if since >= until:
            raise Invalid({"until": "The end must be after the beginning."})
        first, last = first_id(since), first_id(until + dt.timedelta(minutes=1))
        rows = Delivery.objects.filter(endpoint__in=chosen, is_test=False, pk__gte=first, pk__lt=last)
        rows = rows.exclude(status="waiting")
    count = rows.count()
    if count:
        endpoint_ids = list(chosen.values_list("pk", flat=True)[: 2 * MOST_SHOWN])
        tasks.replay.apply_async([endpoint_ids, clock.now().isoformat(), first, last, not first])
    return int(count)


def _moment(text: str, field: str) -> dt.datetime:
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year <= 2200:
        raise Invalid({field: "Give a day and a time for the beginning and for the end."})
    return found.replace(tzinfo=current.location().zone) if found.tzinfo is None else found


def _one(pk: str) -> Delivery:
    row: Delivery | None = Delivery.objects.select_related("endpoint", "endpoint__app").filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _before(row: Delivery) -> Delivery | None:
    """The delivery of the same line that has to be done first."""
    line = row.line if row.is_open else None
    if line is None or line.head == row.pk:
        return None
    found: Delivery | None = Delivery.objects.filter(pk=line.head).first()
    return found


def _headers(row: Delivery, is_managed: bool) -> dict[str, str]:
    """The headers of the last attempt, or of the first that is to come; the signatures are for those who manage it."""
    endpoint: Endpoint = row.endpoint
    key = (endpoint.takes_next_key and SigningKey.next()) or SigningKey.current()
    held = Claimed(
        row.pk, row.endpoint_id, row.event, row.resource_id, row.sequence, row.payload, max(row.attempts, 1),
        row.is_test, row.location_id, row.sent_at or clock.now(), clock.now(),
    )  # fmt: skip
    headers = sending.request(held, endpoint, key)[1]
    signatures = (signing.ED25519, signing.RSA, signing.HMAC)
    return {name: value for name, value in headers.items() if is_managed or name not in signatures}
