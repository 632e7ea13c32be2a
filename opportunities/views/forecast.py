"""The forecast: months as bars and as a table, by category, and the stages as a funnel and a ring."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import current
from core import clock, ids
from core.pages import allowed, link
from opportunities import forecasting, money
from opportunities.forecasting import Forecast, StageSums, Sums
from opportunities.models.opportunity import CATEGORIES
from opportunities.narrowing import NOBODY
from opportunities.views.finding import VALUES, people, stages_of, visible
from opportunities.views.look import Look, look_from

PERIODS = {
    "month": "This month",
    "quarter": "This quarter",
    "6": "6 months",
    "12": "12 months",
    "year": "This year",
}
HEIGHT, BASE = 180, 200  # of the tallest bar, and where bars stand
LEFT, FULL = 72, 1080  # where the first bar stands, and how wide the picture is
CATEGORY_LABELS = {name: label for name, label in CATEGORIES if name != "omitted"}
BY = {"weighted": "Weighted", "category": "By category"}


@require_GET
@allowed(VALUES)
def index(request: HttpRequest) -> HttpResponse:
    """Filtered by pipeline, owner and period: five queries beside those of the frame."""
    look = look_from(request, "forecast")
    period = request.GET.get("period", "")
    period = period if period in PERIODS else "6"
    owner = request.GET.get("owner", "")
    owner = owner if ids.is_id(owner) or owner == NOBODY else ""
    by = "category" if request.GET.get("by") == "category" else "weighted"
    rows = visible()
    if look.pipeline:
        rows = rows.filter(pipeline=look.pipeline)
    if owner:
        rows = rows.filter(assigned_to=None) if owner == NOBODY else rows.filter(assigned_to=owner)
    first, number = span(period, clock.today(current.location().zone))
    found = forecasting.forecast(rows, first, number)
    chosen = [look.pipeline] if look.pipeline else look.pipelines[:1]
    stages = forecasting.by_stage(
        rows.filter(pipeline=chosen[0]) if chosen else rows.none(), stages_of(chosen) if chosen else []
    )
    keep = {"owner": owner, "period": period if period != "6" else ""}
    context = {
        **look.head(),
        "found": found,
        "period": period,
        "periods": PERIODS.items(),
        "owner": owner,
        "people": people(),
        "by": by,
        "bys": [
            {"label": label, "url": look.url(by=name if name != "weighted" else "", **keep), "current": by == name}
            for name, label in BY.items()
        ],
        "chart": chart(found, by),
        "this_month": clock.today(current.location().zone).replace(day=1),
        "categories": categories(found.whole),
        "stages": stages,
        "stage_pipeline": chosen[0] if chosen else None,
        "funnel": funnel(stages),
        "ring": ring(stages),
        "overdue_url": link("opportunities:list") + f"?close_to={yesterday()}{_with(look, owner)}",
        "members": [("by", by)] if by != "weighted" else [],
    }
    response = render(request, "opportunities/forecast.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def _with(look: Look, owner: str) -> str:
    return (f"&pipeline={look.pipeline.pk}" if look.pipeline else "") + (f"&owner={owner}" if owner else "")


def yesterday() -> dt.date:
    return clock.today(current.location().zone) - dt.timedelta(days=1)


def span(period: str, today: dt.date) -> tuple[dt.date, int]:
    """The first day and the number of months of a period."""
    month = today.replace(day=1)
    if period == "month":
        return month, 1
    if period == "quarter":
        return month.replace(month=(month.month - 1) // 3 * 3 + 1), 3
    if period == "year":
        return month.replace(month=1), 12
    return month, int(period)


def parts_of(sums: Sums, by: str) -> list[tuple[str, str, int]]:
    """(class, label, cents) of a bar from the bottom up."""
    if by == "category":
        return [
            ("won", "Won", sums.won),
            ("commit", "Commit", sums.commit),
            ("best_case", "Best case", sums.best_case),
            ("pipeline", "Pipeline", sums.pipeline),
        ]
    return [("won", "Won", sums.won), ("weighted", "Weighted", sums.open_weighted)]


def chart(found: Forecast, by: str) -> dict[str, Any]:
    """Bars with everything the picture needs, and the lines behind them."""
    most = max([sum(part[2] for part in parts_of(sums, by)) for _, sums in found.months] or [0])
    top = round_up(most)
    step = max(80, (FULL - LEFT) / max(len(found.months), 1))
    wide = min(96, step * 0.6)
    bars = []
    for place, (month, sums) in enumerate(found.months):
        left, y, drawn = LEFT + place * step + (step - wide) / 2, float(BASE), []
        for css, label, cents in parts_of(sums, by):
            height = cents / top * HEIGHT if top else 0
            if height:
                y -= height
                drawn.append(
                    {
                        "css": css,
                        "y": f"{y:.1f}",
                        "height": f"{height:.1f}",
                        "title": f"{label}: {money.rounded(cents)}",
                    }
                )
        bars.append(
            {"left": f"{left:.1f}", "centre": f"{left + wide / 2:.1f}", "month": month, "parts": drawn, "top": f"{y - 6:.1f}",
             "sum": short(sum(part[2] for part in parts_of(sums, by)))}
        )  # fmt: skip
    return {
        "bars": bars,
        "wide": f"{wide:.1f}",
        "width": round(LEFT + len(bars) * step),
        "lines": [{"y": BASE - HEIGHT * step / 4, "text": short(top * step // 4)} for step in range(5)] if top else [],
        "legend": [(css, label) for css, label, _ in parts_of(Sums(), by)],
        "is_empty": not top,
    }


def round_up(cents: int) -> int:
    """The next of 1, 2, 2.5, 5 or 10 times a power of ten, so that the lines have round figures."""
    if cents <= 0:
        return 0
    power = 1
    while power * 10 < cents:
        power *= 10
    return next(step for step in (power, power * 2, power * 5 // 2, power * 5, power * 10) if step >= cents)


def short(cents: int) -> str:
    """An amount for a narrow place: "$12.5k"."""
    whole = cents / 100
    for size, mark in ((1e9, "b"), (1e6, "m"), (1e3, "k")):
        if whole >= size:
            text = f"{whole / size:.1f}".removesuffix(".0")
            return f"{money.sign()}{text}{mark}"
    return f"{money.sign()}{whole:.0f}"


def categories(sums: Sums) -> list[dict[str, Any]]:
    """What is won and the open amounts by category; those up to Commit are the floor."""
    rows = [("won", "Won", sums.won), *((name, label, getattr(sums, name)) for name, label in CATEGORY_LABELS.items())]
    most = max(cents for _, _, cents in rows)
    running, found = 0, []
    for name, label, cents in rows:
        running += cents
        found.append({"css": name, "label": label, "cents": cents, "running": running, "most": most})
    return found


def funnel(stages: list[StageSums]) -> list[dict[str, Any]]:
    """Of each stage that is shown in funnels: how many opportunities got at least there, as a bar around the middle."""
    shown = [each for each in stages if each.stage.pipeline.show_in_funnel and each.stage.show_in_funnel]
    reached, found = 0, []
    for each in reversed(shown):
        reached += each.open + each.won
        found.append({"stage": each.stage, "number": reached})
    found.reverse()
    most = found[0]["number"] if found else 0
    for place, row in enumerate(found):
        width = row["number"] / most * 320 if most else 0
        row |= {"width": f"{max(width, 2):.1f}", "left": f"{160 - max(width, 2) / 2:.1f}", "y": place * 36}
        row["share"] = round(100 * row["number"] / most) if most else 0
    return found


def ring(stages: list[StageSums]) -> dict[str, Any]:
    """The open opportunities of the stages that are shown in pie charts, as arcs of 100 units."""
    shown = [each for each in stages if each.stage.pipeline.show_in_pie_chart and each.stage.show_in_pie_chart]
    whole = sum(each.open for each in shown)
    begin, arcs = 0.0, []
    for place, each in enumerate(shown):
        share = 100 * each.open / whole if whole else 0
        arcs.append(
            {"stage": each.stage, "number": each.open, "percent": round(share), "css": place % 8,
             "length": f"{max(share - (0.6 if len(shown) > 1 else 0), 0):.2f}", "begin": f"{-begin:.2f}"}
        )  # fmt: skip
        begin += share
    return {"arcs": arcs, "whole": whole}
