"""What the pages of opportunities share: finding one, who works here, and answering a script or a plain form."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from accounts.models import User
from core import scope
from core.errors import NotFound
from core.pages import is_partial, link
from opportunities.models import Opportunity, Pipeline, Stage

READ, WRITE, BULK, VALUES = (
    "opportunities.readonly",
    "opportunities.write",
    "opportunities.bulk",
    "opportunities.values",
)
CHANGED = "opportunities:changed"  # the page's boards, lists and blocks fetch themselves anew
GONE = "This opportunity does not exist, or you may not see it."
MOST_PEOPLE = 200
MOST_PIPELINES = 200


def shown(pk: str) -> Opportunity:
    """The opportunity with stage, pipeline, contact, owner and company, if the actor may see it. One query.

    Raises:
        NotFound: otherwise; whether it exists is not told.
    """
    found: Opportunity | None = (
        visible()
        .select_related("stage", "pipeline", "contact", "assigned_to", "business", "lost_reason")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotFound(GONE)
    return found


def visible() -> Any:
    """The opportunities of the actor's, without the trash."""
    return Opportunity.objects.live().visible_to(scope.current().actor)


def pipelines() -> list[Pipeline]:
    """The pipelines the actor sees, in their order. One query."""
    return list(Pipeline.objects.live().visible_to(scope.current().actor)[:MOST_PIPELINES])


def stages_of(pipelines: list[Pipeline]) -> list[Stage]:
    """Their stages with `pipeline` filled in, pipeline by pipeline. One query."""
    places = {one.pk: place for place, one in enumerate(pipelines)}
    known = {one.pk: one for one in pipelines}
    found = list(Stage.objects.filter(pipeline__in=list(known))[:2000])
    for stage in found:
        stage.pipeline = known[stage.pipeline_id]
    return sorted(found, key=lambda stage: (places[stage.pipeline_id], stage.position, stage.pk))


def stage_named(pk: str) -> Stage:
    """A stage of a pipeline that the actor sees.

    Raises:
        NotFound: there is none.
    """
    seen = Pipeline.objects.live().visible_to(scope.current().actor).order_by()
    found: Stage | None = Stage.objects.filter(pk=pk, pipeline__in=seen.values("pk")).select_related("pipeline").first()
    if found is None:
        raise NotFound("There is no such stage.")
    return found


def people() -> list[User]:
    """Who works at the location, by name, at most 200. One query."""
    return list(User.objects.working_at(scope.location_id()).order_by("first_name", "last_name", "pk")[:MOST_PEOPLE])


def telling(response: HttpResponse, *events: str, toast: str = "", undo: str = "") -> HttpResponse:
    """Let the page know what happened: names of events, and a sentence with or without a way back."""
    told: dict[str, Any] = dict.fromkeys(events, "")
    if toast:
        told["toast"] = {"text": toast, "level": "ok", **({"undo_url": undo} if undo else {})}
    response["HX-Trigger"] = json.dumps(told)
    return response


def done(request: HttpRequest, sentence: str, url: str, undo: str = "", *events: str) -> HttpResponse:
    """Close the dialog, say what was done and have the page look again; without a script, go to `url` and say it."""
    if is_partial(request):
        return telling(HttpResponse(), "dialog:close", CHANGED, *events, toast=sentence, undo=undo)
    messages.success(request, sentence, extra_tags=f"undo:{undo}" if undo else "")
    return redirect(url)


def members(request: HttpRequest) -> QueryDict:
    """What a form sent, and what the address of an undo carries."""
    given = request.POST.copy()
    given.update(request.GET)
    return given


def home(pk: str) -> str:
    return link("opportunities:show", pk)
