"""A hot query compiled once: the ORM writes the SQL, later calls only bind the location and the arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from core import scope

_LOCATION = "\x01location\x01"


class Prepared:
    """`build(*arguments)` makes a values() queryset in the location in scope; text arguments must reach the SQL as they
    are. The statement is compiled at first use, with marks in place of the arguments, and kept.

    The location is bound at every call, and without one `scope.NoLocation` is raised as by any queryset.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, dict[str, Any]]]) -> None:
        self.build = build
        self.compiled: tuple[str, list[Any], list[str], Any, Any] | None = None

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """The rows as dicts."""
        if self.compiled is None:
            self.compiled = self._compile(len(arguments))
        sql, params, names, compiler, converters = self.compiled
        places = {_LOCATION: scope.location_id(), **{_mark(number): value for number, value in enumerate(arguments)}}
        with connection.cursor() as cursor:
            cursor.execute(sql, [places.get(param, param) if type(param) is str else param for param in params])
            found: Any = cursor.fetchall()
        if converters:
            found = compiler.apply_converters(found, converters)
        return [dict(zip(names, row, strict=True)) for row in found]

    def _compile(self, count: int) -> tuple[str, list[Any], list[str], Any, Any]:
        with scope.use(location_id=_LOCATION):
            query = self.build(*(_mark(number) for number in range(count))).query
            compiler = query.get_compiler(connection=connection)
            sql, params = compiler.as_sql()
        names = list(query.selected or [*query.values_select, *query.annotation_select])
        converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
        return sql, list(params), names, compiler, converters


def _mark(number: int) -> str:
    return f"\x01{number}\x01"
