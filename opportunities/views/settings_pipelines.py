"""Settings, Pipelines: the list, the editor of one with its stages, who sees it, its deletion and its return."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from contacts.models.trash import KEPT_FOR
from core import clock, ids, scope
from core.errors import Invalid, NotFound, Refused
from core.pages import allowed, is_partial, link
from objects import dialogs
from opportunities import pipelines
from opportunities.models import Opportunity, Pipeline
from opportunities.pipelines import MOST_PIPELINES, MOST_STAGES, TINTS
from opportunities.settings_forms import (
    DUPLICATES,
    TINT_CHOICES,
    PipelineForm,
    ShareForm,
    row_of,
    show_errors,
    stage_rows,
    stages_in,
)

WRITE = "pipelines.write"
CONFIRM = "DELETE"
CRUMB = {"settings_title": "Pipelines"}
FRESH = {"allows_going_back": True, "show_in_funnel": True, "show_in_pie_chart": True, "duplicates": ""}


@allowed(WRITE)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Pipelines in their order, then those deleted in the last thirty days. Four queries."""
    seen = Opportunity.objects.live().visible_to(scope.current().actor).order_by().values("pk")
    counted = Count("opportunities", filter=Q(opportunities__in=seen), distinct=True)
    rows = list(
        Pipeline.objects.live()
        .annotate(number=counted)
        .order_by("position", "pk")
        .prefetch_related("stages")[:MOST_PIPELINES]
    )
    for row in rows:
        row.link = f"{settings.BASE_URL}{board_of(row.pk)}"
        row.menu = menu_of(row)
    gone = Pipeline.objects.filter(deleted_at__gte=clock.now() - KEPT_FOR).order_by("-deleted_at", "-pk")
    context = {"rows": rows, "gone": list(gone[:MOST_PIPELINES])}
    return render(request, "opportunities/settings/pipelines.html", context)


def board_of(pk: str) -> str:
    """The board of a pipeline."""
    return f"{link('opportunities:board')}?pipeline={pk}"


def menu_of(row: Pipeline) -> list[dict[str, Any]]:
    return [
        {"label": "Edit", "icon": "pencil", "url": link("settings:pipeline_edit", row.pk)},
        {"label": "Duplicate", "icon": "copy", "post": link("settings:pipeline_duplicate", row.pk)},
        {"label": "Permissions", "icon": "lock", "get": link("settings:pipeline_share", row.pk)},
        {"label": "Open the board", "icon": "board", "url": board_of(row.pk)},
        {"rule": True},
        {"label": "Delete", "icon": "trash", "bad": True, "get": link("settings:pipeline_delete", row.pk)},
    ]


@allowed(WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """A name and at least one stage; three empty ones to begin with."""
    form = PipelineForm(request.POST or None, initial={"show_in_funnel": True, "show_in_pie_chart": True})
    rows = stage_rows(request.POST) if request.method == "POST" else [_fresh(place) for place in range(3)]
    if request.method == "POST" and "more" not in request.POST and form.is_valid():
        try:
            row = pipelines.add(stages=stages_in(rows), **form.cleaned_data)
        except Invalid as error:
            show_errors(form, error)
        except Refused as error:
            form.add_error(None, error.message)
        else:
            return dialogs.done(request, link("settings:pipelines"), f"The pipeline {row} is there.")
    return _editor(request, form, rows)


@allowed(WRITE)
@require_POST
def sample(request: HttpRequest) -> HttpResponse:
    """The pipeline to begin with; then its board, where the first opportunity can be added."""
    row = pipelines.add_sample()
    return dialogs.done(request, board_of(row.pk), f"The pipeline {row} is there.")


@allowed(WRITE)
def edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Everything of a pipeline in one form. A stage that goes while it holds opportunities asks where they go."""
    row = find(pk)
    names = ("name", "colour_mode", "own_probability", "show_in_funnel", "show_in_pie_chart")
    form = PipelineForm(request.POST or None, initial={name: getattr(row, name) for name in names})
    held = list(row.stages.all())
    if request.method != "POST":
        return _editor(request, form, [row_of(stage) for stage in held], row)
    rows = stage_rows(request.POST)
    context: dict[str, Any] = {}
    if "more" not in request.POST and form.is_valid():
        chosen = dict(zip(request.POST.getlist("gone"), request.POST.getlist("to"), strict=False))
        try:
            pipelines.edit(row, stages_in(rows), chosen, **form.cleaned_data)
        except Invalid as error:
            if "destinations" in error.errors:
                context = _leaving(row, held, rows, chosen)
            show_errors(form, error)
        except Refused as error:
            form.add_error(None, error.message)
        else:
            return dialogs.done(request, link("settings:pipelines"), f"The pipeline {row} is saved.")
    return _editor(request, form, rows, find(pk), **context)


def _leaving(row: Pipeline, held: list[Any], rows: list[dict[str, Any]], chosen: dict[str, str]) -> dict[str, Any]:
    """The stages that would go and still hold opportunities, and those they could go to."""
    kept = {one["id"] for one in rows}
    counts = pipelines.held_by(row)
    return {
        "leaving": [
            {"id": stage.pk, "name": stage.name, "number": counts[stage.pk], "to": chosen.get(stage.pk, "")}
            for stage in held
            if stage.pk not in kept and counts.get(stage.pk)
        ],
        "targets": [one for one in rows if one["id"]],
    }


def _editor(
    request: HttpRequest, form: PipelineForm, rows: list[dict[str, Any]], row: Pipeline | None = None, **more: Any
) -> HttpResponse:
    if "more" in request.POST:
        rows = [*rows, _fresh(len(rows))]
    for one in rows:
        if row is not None and one["id"]:
            one["link"] = f"{settings.BASE_URL}{link('opportunities:list')}?pipeline={row.pk}&stage={one['id']}"
    context = {
        "form": form,
        "pipeline": row,
        "stages": rows or [_fresh(0)],
        "tints": TINT_CHOICES,
        "duplicates": DUPLICATES,
        "settings_url": link("settings:pipelines"),
        **CRUMB,
        **more,
    }
    return render(request, "opportunities/settings/pipeline.html", context, status=422 if form.errors else 200)


def _fresh(place: int) -> dict[str, Any]:
    return {**FRESH, "mark": ids.new_id(), "id": "", "name": "", "colour": TINTS[place % len(TINTS)], "probability": ""}


@allowed(WRITE)
@require_GET
def stage(request: HttpRequest) -> HttpResponse:
    """One more row of the stage editor."""
    number = request.GET.get("place", "")
    place = (
        int(number)
        if number.isascii() and number.isdigit() and len(number) < 4
        else ids.ALPHABET.index(ids.new_id()[-1])
    )
    context = {
        "one": _fresh(place),
        "tints": TINT_CHOICES,
        "duplicates": DUPLICATES,
        "is_new": True,
        "most": MOST_STAGES,
    }
    return render(request, "opportunities/settings/stage.html", context)


@allowed(WRITE)
@require_POST
def order(request: HttpRequest) -> HttpResponse:
    """Take over the order of the pipelines."""
    pipelines.arrange(request.POST.getlist("ids")[:MOST_PIPELINES])
    return HttpResponse(status=204)


@allowed(WRITE)
@require_POST
def duplicate(request: HttpRequest, pk: str) -> HttpResponse:
    """A copy without opportunities, opened to be named."""
    try:
        copy = pipelines.duplicate(find(pk))
    except Refused as error:
        if is_partial(request):
            return HttpResponse(error.message, status=400, content_type="text/plain")
        messages.error(request, error.message)
        return redirect(link("settings:pipelines"))
    return dialogs.done(
        request, link("settings:pipeline_edit", copy.pk), "This is the copy. Give it a name of its own."
    )


@allowed(WRITE)
def share(request: HttpRequest, pk: str) -> HttpResponse:
    """Who sees the pipeline and what is in it, beside admins."""
    row = find(pk)
    form = ShareForm(request.POST if request.method == "POST" else None, pipeline=row)
    if request.method == "POST" and form.is_valid():
        try:
            pipelines.share(row, form.cleaned_data["people"], form.cleaned_data["teams"])
        except Invalid as error:
            show_errors(form, error)
        else:
            seen = "some people" if row.people or row.teams else "everybody"
            return dialogs.done(request, link("settings:pipelines"), f"{row} is now open to {seen}.")
    context = {
        "title": f"Who sees {row}?",
        "text": "Admins always do. With nobody chosen, everybody who may see opportunities does.",
        "form": form,
        "action": link("settings:pipeline_share", row.pk),
    }
    return dialogs.ask(request, "components/dialog.html", context, 422 if form.errors else 200)


@allowed(WRITE)
def delete(request: HttpRequest, pk: str) -> HttpResponse:
    """Asks for a typed word and says how many opportunities go along."""
    row = find(pk)
    context: dict[str, Any] = {
        "pipeline": row,
        "number": Opportunity.objects.live().filter(pipeline=row).count(),
        "is_told": scope.current().actor.sees_everything,
        "action": link("settings:pipeline_delete", row.pk),
        "confirm_word": CONFIRM,
    }
    if request.method == "POST":
        if request.POST.get("confirm", "") == CONFIRM:
            pipelines.delete(row)
            return dialogs.done(
                request, link("settings:pipelines"), f"{row} is deleted. It can be restored for 30 days."
            )
        context["wrong"] = f"Type {CONFIRM} to confirm."
    template = "opportunities/settings/pipeline_delete.html"
    return dialogs.ask(request, template, context, 422 if "wrong" in context else 200)


@allowed(WRITE)
@require_POST
def restore(request: HttpRequest, pk: str) -> HttpResponse:
    """The pipeline comes back with what went with it."""
    row = Pipeline.objects.filter(pk=pk, deleted_at__isnull=False).first()
    if row is None:
        raise NotFound("This pipeline is not among the deleted ones.")
    try:
        back = pipelines.restore(row)
    except Refused as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{row} is back, with {back:,} opportunit{'y' if back == 1 else 'ies'}.")
    return redirect(link("settings:pipelines"))


def find(pk: str) -> Pipeline:
    row: Pipeline | None = Pipeline.objects.live().filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such pipeline.")
    return row
