"""Pagers: one keyset inside, the contract's outer forms outside. Numbers may come as text; a query ignores the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models
from django.http import HttpRequest

from api.bodies import Body
from api.fields import Anything, Id, List, Number

FARTHEST = 10_000


def skip_limit(default: int, most: int) -> type[Body]:
    """A query of `skip` and `limit`, to inherit from: `class TagsQuery(skip_limit(25, 100)): …`."""

    class SkipLimit(Body):
        skip = Number(least=0, most=1_000_000, whole=True, text=True, default=0)
        limit = Number(least=1, most=most, whole=True, text=True, default=default)

    return SkipLimit


def start_after(default: int, most: int) -> type[Body]:
    """A query of `limit`, `startAfter` (epoch milliseconds) and `startAfterId`."""

    class StartAfter(Body):
        limit = Number(least=1, most=most, whole=True, text=True, default=default)
        startAfter = Number(least=0, most=253_402_300_799_999, whole=True, text=True)
        startAfterId = Id()

    return StartAfter


def page_or_search_after(most: int) -> type[Body]:
    """A body of `pageLimit` with `page` or `searchAfter`."""

    class PageOrSearchAfter(Body):
        pageLimit = Number(least=1, most=most, whole=True, text=True, required=True, example=20)
        page = Number(least=1, most=FARTHEST, whole=True, text=True, example=1)
        searchAfter = List(Anything(str, int, float, bool, deepest=0), most=4)

        @classmethod
        def check(cls, values: dict[str, Any]) -> list[str]:
            if "page" in values and "searchAfter" in values:
                return ["page must not be used together with searchAfter"]
            if values.get("page", 1) * values["pageLimit"] > FARTHEST:
                return [f"page must not reach beyond {FARTHEST} results: use searchAfter"]
            return []

    return PageOrSearchAfter


def cut(rows: models.QuerySet[Any], values: dict[str, Any]) -> list[Any]:
    """The rows of a `skip` and `limit` query."""
    first = values["skip"]
    return list(rows[first : first + values["limit"]])


def next_url(request: HttpRequest, **changes: Any) -> str:
    """The absolute address of this request on our own host, with some members of its query changed."""
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = str(value)
    return f"{request.build_absolute_uri(request.path)}?{query.urlencode()}"


def start_after_meta(
    request: HttpRequest, page: list[Any], has_more: bool, total: int, mark: Callable[[Any], tuple[int, str]]
) -> dict[str, Any]:
    """The `meta` of a list read by `startAfter` and `startAfterId`.

    Args:
        page: the rows shown, without the one read to know whether more follow.
        mark: (epoch milliseconds, id) of a row.
    """
    current = request.GET.get("page", "")
    number = int(current) if current.isascii() and current.isdigit() and len(current) < 6 else 1
    meta: dict[str, Any] = {
        "total": total,
        "nextPageUrl": None,
        "startAfterId": None,
        "startAfter": None,
        "currentPage": number,
        "nextPage": None,
        "prevPage": number - 1 if number > 1 else None,
    }
    if has_more and page:
        after, after_id = mark(page[-1])
        meta |= {
            "startAfter": after,
            "startAfterId": after_id,
            "nextPage": number + 1,
            "nextPageUrl": next_url(request, startAfter=after, startAfterId=after_id, page=number + 1),
        }
    return meta
