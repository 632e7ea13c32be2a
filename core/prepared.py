"""A hot query compiled once: the ORM writes the SQL, later calls only bind the location and the arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.query import get_related_populators

from core import scope

_LOCATION = "\x01location\x01"
_COMPANY = "\x01company\x01"


@dataclass(frozen=True)
class _Statement:
    sql: str
    params: list[Any]
    compiler: Any
    converters: Any
    names: list[str]  # of the columns: of values(), else of the model
    first: int  # where the model's columns begin
    beside: list[Any]  # what fills in the rows that select_related names


class Prepared:
    """`build(*arguments)` makes a queryset in the location in scope; text arguments must reach the SQL as they are. The
    statement is compiled at first use, with marks in place of the arguments, and kept: what `build` reads elsewhere, the
    actor above all, must not change it.

    Location and company are bound at every call, and without them `scope.NoLocation` is raised as by any queryset.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self.build = build
        self.statement: _Statement | None = None

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """The rows as dicts, of a values() queryset."""
        held, found = self._fetch(arguments)
        return [dict(zip(held.names, row, strict=True)) for row in found]

    def objects(self, *arguments: str) -> list[Any]:
        """The rows as objects of the model, with their annotations and what select_related names."""
        held, found = self._fetch(arguments)
        model, end = held.compiler.klass_info["model"], held.first + len(held.names)
        made = []
        for row in found:
            one = model.from_db(connection.alias, held.names, row[held.first : end])
            for populator in held.beside:
                populator.populate(row, one)
            for name, place in held.compiler.annotation_col_map.items():
                setattr(one, name, row[place])
            made.append(one)
        return made

    def first(self, *arguments: str) -> Any:
        """The first of `objects`, or None."""
        return next(iter(self.objects(*arguments)), None)

    def _fetch(self, arguments: tuple[str, ...]) -> tuple[_Statement, Any]:
        if self.statement is None:
            self.statement = self._compile(len(arguments))
        held = self.statement
        places = {_mark(number): value for number, value in enumerate(arguments)}
        if _LOCATION in held.params:
            places[_LOCATION] = scope.location_id()
        if _COMPANY in held.params:
            places[_COMPANY] = scope.company_id()
        params = [places.get(param, param) if type(param) is str else param for param in held.params]
        with connection.cursor() as cursor:
            cursor.execute(held.sql, params)
            found: Any = cursor.fetchall()
        return held, held.compiler.apply_converters(found, held.converters) if held.converters else found

    def _compile(self, count: int) -> _Statement:
        with scope.use(location_id=_LOCATION, company_id=_COMPANY):
            query = self.build(*(_mark(number) for number in range(count))).query
            compiler = query.get_compiler(connection=connection)
            sql, params = compiler.as_sql()
        converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
        names, first, beside = list(query.selected or [*query.values_select, *query.annotation_select]), 0, []
        if query.default_cols:
            places = compiler.klass_info["select_fields"]
            first = places[0]
            names = [column[0].target.attname for column in compiler.select[first : places[-1] + 1]]
            beside = get_related_populators(compiler.klass_info, compiler.select, connection.alias)  # type: ignore[call-arg]
        return _Statement(sql, list(params), compiler, converters, names, first, beside)


def _mark(number: int) -> str:
    return f"\x01{number}\x01"
