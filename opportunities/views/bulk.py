"""Bulk changes of the list: asking, doing, and the file of an export."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_POST

from accounts import current, hipaa
from contacts.contact_form import say
from contacts.exporting import neutral
from contacts.models import Tag
from contacts.views.tagging import refuse_new
from core import clock, ids, scope
from core.errors import Forbidden, Invalid, NotFound, Problem
from core.pages import allowed, link
from objects import dialogs
from opportunities import bulk
from opportunities.models import LostReason, may_see_values
from opportunities.models.opportunity import STATUSES
from opportunities.normal import tag_rows
from opportunities.views.finding import BULK, READ, done, people, pipelines, stage_named, stages_of, visible
from opportunities.views.look import Look, look_from

CHUNK = 500


class Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


@require_POST
@allowed(BULK)
def ask(request: HttpRequest, deed: str) -> HttpResponse:
    """The dialog before a change of those chosen."""
    if deed not in bulk.DEEDS:
        raise NotFound("There is no such action.")
    return _dialog(request, deed)


@require_POST
@allowed(BULK)
def start(request: HttpRequest, deed: str) -> HttpResponse:
    """Change those chosen, all or none."""
    if deed not in bulk.DEEDS:
        raise NotFound("There is no such action.")
    look = look_from(request, "list", request.POST)
    try:
        number = _do(request, deed, bulk.frozen(chosen(request, look)))
    except NotFound:
        raise
    except Problem as error:
        return _dialog(request, deed, say(error.message), 422)
    words = f"{number:,} opportunit{'ies' if number != 1 else 'y'}"
    return done(request, f"{words} changed." if deed != "delete" else f"{words} moved to the trash.", look.url())


def _do(request: HttpRequest, deed: str, wanted: list[str]) -> int:
    given = request.POST
    if deed == "stage":
        return bulk.move(wanted, stage_named(given.get("stage", "")))
    if deed == "status":
        pk = given.get("reason", "")
        reason = LostReason.objects.filter(pk=pk).first() if ids.is_id(pk) else None
        return bulk.set_status(wanted, given.get("status", ""), reason)
    if deed == "owner":
        owner = given.get("owner", "")
        if owner and owner not in {person.pk for person in people()}:
            raise Invalid({"owner": "choose somebody who works here"})
        if not scope.current().actor.sees_everything and _not_own(wanted):
            raise Forbidden("Only the owner or somebody who sees all opportunities can change the owner.")
        return bulk.assign(wanted, owner or None)
    if deed == "delete":
        if given.get("confirm", "").strip() != "DELETE":
            raise Invalid({"confirm": "Type DELETE to confirm."})
        return bulk.trash(wanted)
    names = [name for name in given.getlist("tags") if name.strip()]
    if not names:
        raise Invalid({"tags": "Choose or type a tag."})
    if deed == "add_tags":
        refuse_new(names)
        return bulk.tag(wanted, tag_rows(names))
    folded = [" ".join(name.replace("\x00", "").split()).lower() for name in names]
    return bulk.untag(wanted, list(Tag.objects.filter(name__in=folded)))


def _not_own(wanted: list[str]) -> bool:
    return bool(visible().filter(pk__in=wanted).exclude(assigned_to=scope.current().actor.user_id).exists())


def chosen(request: HttpRequest, look: Look) -> Any:
    """Those ticked, or all of the list where `all` is given."""
    if request.POST.get("all"):
        return look.rows()
    wanted = [pk for part in request.POST.getlist("ids") for pk in part.split(",") if ids.is_id(pk)]
    return visible().filter(pk__in=wanted[: bulk.MOST + 1])


def _dialog(request: HttpRequest, deed: str, trouble: str = "", status: int = 200) -> HttpResponse:
    look = look_from(request, "list", request.POST)
    number = chosen(request, look).order_by().values("pk")[: bulk.MOST + 1].count()
    words = f"{number:,} opportunit{'ies' if number != 1 else 'y'}"
    label, submit = bulk.DEEDS[deed]
    context: dict[str, Any] = {
        "deed": deed,
        "title": f"{label}: {words}",
        "submit": f"{submit}: {words}" if deed != "delete" else f"Move {words} to trash",
        "kind": "danger" if deed == "delete" else "primary",
        "action": link("opportunities:bulk_start", deed),
        "hidden": [
            *look.members(),
            *([("all", "1")] if request.POST.get("all") else []),
            ("ids", ",".join(pk for part in request.POST.getlist("ids") for pk in part.split(",") if pk)),
        ],
        "trouble": trouble,
        "is_create": deed == "add_tags" and scope.current().actor.may("locations/tags.write"),
    }
    if deed == "stage":
        context["stages"] = stages_of(pipelines())
    elif deed == "owner":
        context["people"] = people()
    elif deed == "status":
        context |= {"statuses": STATUSES, "reasons": LostReason.objects.all()[:500]}
    return dialogs.ask(request, "opportunities/bulk.html", context, status)


@require_POST
@allowed(READ)
def export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Those chosen as CSV, ten thousand at most, five hundred in memory at a time."""
    actor = scope.current().actor
    if not actor.may("contacts.export"):
        raise Forbidden("You do not have the permission to export. An admin of this location can grant it.")
    hipaa.refuse_quick_export()
    look = look_from(request, "list", request.POST)
    lines = list(_lines(bulk.frozen(chosen(request, look))))
    sheet = csv.writer(Echo())
    response = StreamingHttpResponse(
        (chunk.encode() for chunk in ["\ufeff", *(sheet.writerow(line) for line in lines)]),
        content_type="text/csv; charset=utf-8",
    )
    response["Content-Disposition"] = f'attachment; filename="opportunities-{clock.today(current.location().zone)}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _lines(wanted: list[str]) -> Iterator[list[str]]:
    sees_values = may_see_values(scope.current().actor)
    yield [
        "Name", "Contact", "Contact e-mail", "Pipeline", "Stage", "Status", "Lost reason",
        *(["Value"] if sees_values else []), "Expected close", "Owner", "Tags", "Source", "Created", "Opportunity id",
    ]  # fmt: skip
    zone = current.location().zone
    labels = dict(STATUSES)
    for begin in range(0, len(wanted), CHUNK):
        rows = list(
            visible()
            .filter(pk__in=wanted[begin : begin + CHUNK])
            .select_related("contact", "pipeline", "stage", "lost_reason", "assigned_to")
            .order_by("-pk")
        )
        names = Tag.objects.names_of(pk for row in rows for pk in row.tags)
        for row in rows:
            yield [
                neutral(row.name),
                neutral(str(row.contact)),
                neutral(row.contact.email),
                neutral(row.pipeline.name),
                neutral(row.stage.name),
                labels[row.status],
                neutral(str(row.lost_reason or "")),
                *([f"{row.value:.2f}"] if sees_values else []),
                row.expected_close_on.isoformat() if row.expected_close_on else "",
                neutral(str(row.assigned_to or "")),
                neutral(", ".join(names[pk] for pk in row.tags if pk in names)),
                neutral(row.source),
                row.date_added.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
                row.pk,
            ]
