"""The board: the page, more cards of a column, whether it has changed, which fields cards show, and moving a card."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts.views.walk import address
from core import ids, scope
from core.pages import allowed, is_partial, link
from objects import dialogs
from opportunities import arranging, cards
from opportunities.models import may_see_values
from opportunities.models.opportunity import STATUSES
from opportunities.views.finding import CHANGED, READ, WRITE, members, shown, stage_named, stages_of, telling
from opportunities.views.look import Look, look_from

COOKIE = "cards"
YEAR = 31_536_000
DEFAULT_FIELDS = ("contact", "value", "owner", "tags", "task")
ZONES = [
    ("won", "Won", "check-circle", "W"),
    ("lost", "Lost", "x-circle", "L"),
    ("abandoned", "Abandoned", "pause", "A"),
]


@require_GET
@allowed(READ)
def board(request: HttpRequest) -> HttpResponse:
    """The page; for a script only the columns, with as many cards as it has loaded (`more=stage:number,…`)."""
    look = look_from(request, "board")
    if look.pipeline is None:
        context = {**look.head(), "columns": [], "pipelines_url": address("settings:pipelines")}
        return render(request, "opportunities/board.html", context)
    version = cards.version()
    columns = cards.columns(
        look.rows(), stages_of([look.pipeline]), look.order, look.down, _numbers(request.GET.get("more", ""))
    )
    context = drawn(request, look, columns) | {"version": version}
    if is_partial(request):
        response = render(request, "opportunities/columns.html", context | around(look, columns) | {"is_fresh": True})
        response["Board-Version"] = version
    else:
        response = render(request, "opportunities/board.html", context | look.head() | around(look, columns))
    response["Cache-Control"] = "private, no-store"
    return response


def drawn(request: HttpRequest, look: Look, columns: list[cards.Column]) -> dict[str, Any]:
    """The columns with their cards as HTML. Two queries at most."""
    actor = scope.current().actor
    pen = cards.Pen(columns, fields_of(request))
    sees_values = may_see_values(actor)
    return {
        "look": look,
        "pipeline": look.pipeline,
        "columns": [
            {
                "stage": column.stage,
                "count": column.count,
                "total": column.total if sees_values else None,
                "weighted": column.weighted if sees_values else None,
                "cards": pen.column(column),
                "more_url": _more_url(look, column),
                "list_url": look.url("list", stage=column.stage.pk),
                "shown": len(column.cards),
            }
            for column in columns
        ],
        "may_write": actor.may(WRITE),
        "sees_values": sees_values,
    }


def around(look: Look, columns: list[cards.Column]) -> dict[str, Any]:
    """The figures in the head, what a card can be moved to, and the menu of orders. No query."""
    number = sum(column.count for column in columns)
    sees_values = may_see_values(scope.current().actor)
    return {
        "number": number,
        "sum": sum(column.total for column in columns) if sees_values else None,
        "weighted_sum": sum(column.weighted for column in columns) if sees_values else None,
        "statuses": " or ".join(label.lower() for name, label in STATUSES if name in look.narrowing.status),
        "sorts": look.sorts(),
        "sort_label": look.order.label,
        "zones": ZONES,
    }


def _more_url(look: Look, column: cards.Column) -> str:
    if not column.next:
        return ""
    return f"{link('opportunities:cards')}?{look.query()}&in={column.stage.pk}&behind={column.next}"


def _numbers(text: str) -> dict[str, int]:
    """{stage id: number} from "stage:150,stage:100"; anything else is left out."""
    found = {}
    for part in text[:4000].split(","):
        pk, _, number = part.partition(":")
        if ids.is_id(pk) and number.isdecimal() and len(number) < 5:
            found[pk] = max(int(number), cards.SHOWN)
    return found


def fields_of(request: HttpRequest) -> list[str]:
    """Which fields the cards show, as this browser remembers it."""
    chosen = request.COOKIES.get(COOKIE)
    if chosen is None:
        return list(DEFAULT_FIELDS)
    return [name for name in chosen.split(".") if name in cards.FIELDS]


@require_GET
@allowed(READ)
def more(request: HttpRequest) -> HttpResponse:
    """The next fifty cards of a column; without a script the list of that stage."""
    look = look_from(request, "board")
    stage = stage_named(request.GET.get("in", ""))
    if not is_partial(request) or look.pipeline is None or stage.pipeline_id != look.pipeline.pk:
        return redirect(look.url("list", stage=stage.pk))
    column = cards.more(look.rows(), stage, look.order, look.down, request.GET.get("behind", "")[:2100])
    pen = cards.Pen([column], fields_of(request))
    return render(
        request, "opportunities/more.html", {"cards": pen.column(column), "more_url": _more_url(look, column)}
    )


@require_GET
@allowed(READ)
def version(request: HttpRequest) -> HttpResponse:
    """Nothing (204) while the opportunities are those of `v`, else their present version. One query."""
    present = cards.version()
    if request.GET.get("v") == present:
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
    return JsonResponse({"version": present}, headers={"Cache-Control": "no-store"})


@require_http_methods(["GET", "POST"])
@allowed(READ)
def card_fields(request: HttpRequest) -> HttpResponse:
    """Choose what cards show; this browser keeps it for a year."""
    if request.method == "POST":
        chosen = [name for name in cards.FIELDS if name in request.POST.getlist("fields")]
        response = (
            telling(HttpResponse(), "dialog:close", CHANGED)
            if is_partial(request)
            else redirect(link("opportunities:board"))
        )
        response.set_cookie(COOKIE, ".".join(chosen), max_age=YEAR, samesite="Lax", secure=request.is_secure())
        return response
    held = fields_of(request)
    sees_values = may_see_values(scope.current().actor)
    choices = [(name, label, name in held) for name, label in cards.FIELDS.items() if name != "value" or sees_values]
    context = {"choices": choices, "action": link("opportunities:card_fields")}
    return dialogs.ask(request, "opportunities/card_fields.html", context)


@require_POST
@allowed(WRITE)
def move(request: HttpRequest, pk: str) -> HttpResponse:
    """Put a card into a stage: behind the card `behind` ("" is the top), at `position` (an undo), or at the end.

    The answer tells the board to look again and offers the way back.
    """
    opportunity = shown(pk)
    given = members(request)
    stage = stage_named(given.get("stage", ""))
    before, place = opportunity.stage, opportunity.position
    opportunity.move_to(stage, _place(given, opportunity.pk, stage.pk))
    sentence = f"{opportunity} moved to {stage}." if stage.pk != before.pk else f"{opportunity} moved within {stage}."
    undo = f"{link('opportunities:move', pk)}?stage={before.pk}&position={place!r}"
    if is_partial(request):
        if "position" in given:
            return telling(HttpResponse(), CHANGED, toast=f"{opportunity} is back in {stage}.")
        return telling(HttpResponse(), CHANGED, toast=sentence, undo=undo)
    messages.success(request, sentence)
    return redirect(link("opportunities:show", pk))


def _place(given: Any, pk: str, stage_id: str) -> float | None:
    """Where among the cards of the stage; None leaves it to the stage."""
    if "position" in given:
        return arranging.position_from(given["position"])
    if "behind" in given:
        return arranging.behind(stage_id, given["behind"], pk)
    return None
