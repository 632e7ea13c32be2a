"""What the pages of opportunities show just now: pipeline, filters, order and page size, all kept in the address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from core import scope
from core.pages import link
from opportunities import ordering
from opportunities.models import Pipeline, may_see_values
from opportunities.narrowing import Chip, Narrowing, chips, narrowing_from
from opportunities.ordering import Order
from opportunities.views.finding import VALUES, pipelines, visible

PAGE_SIZES = (20, 50, 100)
VIEWS = [
    ("board", "Board", "board"),
    ("list", "List", "menu"),
    ("forecast", "Forecast", "chart"),
]
LAST_PIPELINE = "opportunities_pipeline"  # in the session


@dataclass
class Look:
    """`pipeline` is None on a list of all of them."""

    view: str
    pipelines: list[Pipeline]
    pipeline: Pipeline | None
    narrowing: Narrowing
    sort: str
    size: int = 50
    at: str = ""
    order: Order = field(init=False)
    down: bool = field(init=False)

    def __post_init__(self) -> None:
        self.order, self.down = ordering.split(self.sort, self.default_sort)

    @property
    def default_sort(self) -> str:
        return ordering.BOARD_ORDER if self.view == "board" else "-created"

    @property
    def is_arranged(self) -> bool:
        """Whether cards lie as people arranged them, so that a place among them means something."""
        return self.sort == ordering.BOARD_ORDER

    def others(self, **changes: Any) -> list[tuple[str, str]]:
        """The members of the address beside the filters."""
        held = {
            "pipeline": self.pipeline.pk if self.pipeline else "",
            "sort": self.sort if self.sort != self.default_sort else "",
            "rows": str(self.size) if self.size != 50 else "",
            **{name: str(value) for name, value in changes.items()},
        }
        return [(name, value) for name, value in held.items() if value]

    def members(self, **changes: Any) -> list[tuple[str, str]]:
        return [*self.others(**changes), *self.narrowing.members()]

    def url(self, view: str = "", **changes: Any) -> str:
        """The address of this look, or of another view of it; `changes` set members, "" drops one."""
        if view and view != self.view:
            changes = {"sort": "", "rows": "", **changes}
        query = urlencode(self.members(**changes))
        return link(f"opportunities:{view or self.view}") + (f"?{query}" if query else "")

    def query(self, **changes: Any) -> str:
        return urlencode(self.members(**changes))

    def rows(self) -> Any:
        """The opportunities that match; no query yet."""
        rows = visible()
        if self.pipeline:
            rows = rows.filter(pipeline=self.pipeline)
        return self.narrowing.applied(rows)

    def chips(self) -> list[Chip]:
        return chips(self.narrowing, link(f"opportunities:{self.view}"), self.others())

    def head(self) -> dict[str, Any]:
        """What the head and the filter bar of each view show."""
        actor = scope.current().actor
        views = [each for each in VIEWS if each[0] != "forecast" or actor.may(VALUES)]
        return {
            "look": self,
            "pipeline": self.pipeline,
            "pipeline_menu": self._pipeline_menu(),
            "views": [
                {"label": label, "icon": icon, "url": self.url(name), "current": name == self.view}
                for name, label, icon in views
            ],
            "chips": self.chips(),
            "is_filtered": not self.narrowing.is_default,
            "may_write": actor.may("opportunities.write"),
            "may_manage": actor.may("pipelines.write"),
            "sees_values": may_see_values(actor),
            "reset_url": link(f"opportunities:{self.view}")
            + (f"?pipeline={self.pipeline.pk}" if self.pipeline else ""),
        }

    def _pipeline_menu(self) -> list[dict[str, Any]]:
        every = {"label": "All pipelines", "url": self.url(pipeline=""), "current": self.pipeline is None}
        items = [
            {"label": one.name, "url": self.url(pipeline=one.pk), "current": self.pipeline is one}
            for one in self.pipelines
        ]
        return items if self.view == "board" else [every, *items]

    def sorts(self) -> list[dict[str, Any]]:
        """The orders to choose from, with those of money left out for who may not see it."""
        sees = may_see_values(scope.current().actor)
        found = []
        for name in ordering.ON_BOARD:
            order = ordering.ORDERS[name]
            if order.needs_values and not sees:
                continue
            sort = f"-{name}" if order.is_down else name
            found.append({"label": order.label, "url": self.url(sort=sort), "current": self.sort.lstrip("-") == name})
        return found


def look_from(request: HttpRequest, view: str, given: QueryDict | None = None) -> Look:
    """The look that an address (or a form that carries one) asks for. One query; what cannot be read is left out."""
    members = request.GET if given is None else given
    known = pipelines()
    wanted = members.get("pipeline", "")
    chosen = next((one for one in known if one.pk == wanted), None)
    if chosen is None and view == "board" and known:
        last = request.session.get(LAST_PIPELINE, "")
        chosen = next((one for one in known if one.pk == last), known[0])
    if chosen is not None and request.session.get(LAST_PIPELINE) != chosen.pk:
        request.session[LAST_PIPELINE] = chosen.pk
    sort = members.get("sort", "")
    order = ordering.ORDERS.get(sort.lstrip("-")) if sort[:1] != "-" or sort[1:2] != "-" else None
    if order is None or (order.needs_values and not may_see_values(scope.current().actor)):
        sort = ordering.BOARD_ORDER if view == "board" else "-created"
    rows = members.get("rows", "")
    return Look(
        view=view,
        pipelines=known,
        pipeline=chosen,
        narrowing=narrowing_from(members),
        sort=sort,
        size=int(rows) if rows in map(str, PAGE_SIZES) else 50,
        at=members.get("at", "")[:2100],
    )
