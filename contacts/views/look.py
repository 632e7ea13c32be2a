"""What the list page shows just now: the list walked, its columns, page size and page, all kept in the address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from contacts import columns as columns_of
from contacts.columns import Column, Row
from contacts.filters import BadFilter, sorting
from contacts.models import SmartList
from contacts.models.smart_list import DEFAULT_COLUMNS
from contacts.walking import ListContext, context_from
from core.pages import link

PAGE_SIZES = (20, 50, 100)
REMEMBERED = "contacts_all"  # columns and page size of "All", in the session


@dataclass(frozen=True)
class Page:
    """Rows of one page. `first` is the number of its first row, from 1."""

    rows: list[Row]
    first: int
    previous: str = ""  # packed cursors, "" where there is no such page
    next: str = ""

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def is_whole(self) -> bool:
        return not self.previous and not self.next


@dataclass(frozen=True)
class Look:
    context: ListContext
    own_columns: tuple[str, ...] = ()  # only where they differ from the saved ones
    own_rows: int = 0
    remembered: tuple[tuple[str, ...], int] = ((), 0)
    after: str = ""
    before: str = ""

    @property
    def smart_list(self) -> Any:
        return self.context.smart_list

    @property
    def column_names(self) -> list[str]:
        saved = self.smart_list.columns if self.smart_list else self.remembered[0] or DEFAULT_COLUMNS
        return list(self.own_columns or saved)

    @cached_property
    def columns(self) -> list[Column]:
        """One query when custom fields are among them."""
        return columns_of.chosen(self.column_names)

    @property
    def page_size(self) -> int:
        saved = self.smart_list.page_size if self.smart_list else self.remembered[1]
        return self.own_rows or (saved if saved in PAGE_SIZES else 50)

    @property
    def is_unsaved(self) -> bool:
        """Whether something differs from the saved list (or, on "All", from all contacts newest first)."""
        context, saved = self.context, self.smart_list
        if saved is None:
            return bool(context.own_filters) or bool(context.own_sort)
        return (
            (context.own_filters is not None and context.own_filters != saved.filters)
            or (bool(context.own_sort) and context.own_sort != saved.sort)
            or (bool(self.own_columns) and list(self.own_columns) != saved.columns)
            or (bool(self.own_rows) and self.own_rows != saved.page_size)
        )

    def members(self) -> dict[str, str]:
        """What an address needs to come back to this look, without the page."""
        own = {"columns": ",".join(self.own_columns), "rows": str(self.own_rows) if self.own_rows else ""}
        return self.context.members() | {name: value for name, value in own.items() if value}

    def url(self, name: str = "contacts:list", **changes: Any) -> str:
        """The address of this look; `changes` set members, "" drops one. `name` may be another page of the list."""
        members = {**self.members(), **{key: str(value) for key, value in changes.items()}}
        query = urlencode({key: value for key, value in members.items() if value})
        return link(name) + (f"?{query}" if query else "")

    def with_filters(self, filters: list[Any]) -> str:
        """The address of this look with other filters."""
        is_saved = filters == (self.smart_list.filters if self.smart_list else [])
        return self.url(filters="" if is_saved else sorting.pack(filters))

    def here(self) -> str:
        """The address of this very page."""
        page = {
            "after": self.after,
            "before": self.before,
            "n": self.context.place if self.after or self.before else "",
        }
        return self.url(**page)

    def page(self) -> Page:
        """The rows of the page. One query, whatever the size.

        Raises:
            BadFilter: filters, order or page of the address cannot be used.
        """
        orders, size = self.context.orders, self.page_size
        backwards = bool(self.before)
        found = sorting.sort(self.context.queryset(), orders, backwards)
        if self.after or self.before:
            found = sorting.after(found, orders, sorting.unpack(self.after or self.before), backwards)
        wanted = dict.fromkeys([*columns_of.reads(self.columns), *(one.alias for one in orders)])
        rows = list(found.values(*wanted)[: size + 1])
        more = len(rows) > size
        rows = rows[:size]
        if backwards:
            rows.reverse()
        has_previous = bool(rows) and (more if backwards else bool(self.after))
        has_next = bool(rows) and (True if backwards else more)
        first = max(1, self.context.place) if (self.after or self.before) and has_previous else 1
        return Page(
            rows,
            first if rows else 0,
            sorting.pack(sorting.cursor_of(orders, rows[0])) if has_previous else "",
            sorting.pack(sorting.cursor_of(orders, rows[-1])) if has_next else "",
        )


def look_from(request: HttpRequest, given: QueryDict | None = None, known: Iterable[SmartList] = ()) -> Look:
    """The look that an address (or a form that carries it) asks for. Never raises; see `context_from`."""
    members = request.GET if given is None else given
    context = context_from(members, known)
    kept = request.session.get(REMEMBERED) or {}
    rows = members.get("rows", "")
    names = [name for name in members.get("columns", "").split(",") if name][: columns_of.MOST]
    look = Look(
        context=context,
        own_columns=tuple(names),
        own_rows=int(rows) if rows in map(str, PAGE_SIZES) else 0,
        remembered=(tuple(kept.get("columns", ())), kept.get("rows", 0)),
        after=members.get("after", "")[:4000],
        before=members.get("before", "")[:4000],
    )
    if (look.after or look.before) and not context.problem:
        try:
            sorting.unpack(look.after or look.before)
        except BadFilter as error:
            look = replace(look, context=replace(context, problem=error.message))
    return look
