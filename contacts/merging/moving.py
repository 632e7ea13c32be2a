"""What hangs on contacts changes hands: every foreign key to a contact, of every installed model, table by table.

Models take part without being named here. Two class methods are asked for where a model has them:
`repeated_in_merge(contact_ids)`, a Q of rows that say nothing any more once these contacts are one, and
`remark_on_merge(contact_ids)`, a sentence for the reviewer, or "".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models import Case, F, IntegerField, Q, Value, When, Window
from django.db.models.functions import FirstValue, RowNumber

from contacts.models import Contact, Merge


@dataclass(frozen=True)
class Source:
    """A foreign key whose rows move."""

    model: Any  # a model class
    field: Any

    @property
    def name(self) -> str:
        return f"{self.model._meta.label}.{self.field.name}"

    @property
    def table(self) -> str:
        return connection.ops.quote_name(self.model._meta.db_table)

    @property
    def column(self) -> str:
        return connection.ops.quote_name(self.field.column)

    @property
    def pk(self) -> str:
        return connection.ops.quote_name(self.model._meta.pk.column)

    @property
    def pk_type(self) -> str:
        return str(self.model._meta.pk.db_type(connection))

    @property
    def key_type(self) -> str:
        return str(self.field.target_field.db_type(connection))

    @property
    def label(self) -> str:
        """ "Notes", for people."""
        words = str(self.model._meta.verbose_name_plural)
        return words[:1].upper() + words[1:]


@cache
def sources(model: type[models.Model] = Contact) -> tuple[Source, ...]:
    """Every foreign key that points at `model`, hidden ones and those of many-to-many tables included."""
    found = []
    relations: list[Any] = list(model._meta.get_fields(include_hidden=True))
    for relation in relations:
        if not (relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one)):
            continue
        other = relation.related_model
        if not other._meta.managed or other._meta.proxy or isinstance(other._meta.pk, models.CompositePrimaryKey):
            continue
        found.append(Source(other, relation.field))
    return tuple(sorted(found, key=lambda one: one.name))


def count(contact_ids: Sequence[str]) -> dict[str, int]:
    """{label: rows} that hang on these contacts, only what there is. One query."""
    parts: list[str] = []
    params: list[Any] = []
    for source in sources():
        parts.append(f"SELECT %s, count(*) FROM {source.table} WHERE {source.column} = ANY(%s)")  # noqa: S608
        params += [source.label, list(contact_ids)]
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        found: dict[str, int] = {}
        for label, number in cursor.fetchall():
            found[label] = found.get(label, 0) + number
    return {label: number for label, number in found.items() if number}


def remarks(contact_ids: Sequence[str]) -> list[str]:
    """What the models have to say before these contacts become one."""
    told = [
        source.model.remark_on_merge(contact_ids) for source in sources() if hasattr(source.model, "remark_on_merge")
    ]
    return [sentence for sentence in dict.fromkeys(told) if sentence]


def move(merge: Merge) -> tuple[dict[str, int], int]:
    """Give the master what the absorbed contacts own. Harmless to repeat.

    Returns:
        {label: rows that moved}, and how many rows were left out because they would have repeated another one.
    """
    everybody = [merge.master, *merge.absorbed]
    counts: dict[str, int] = {}
    left_out = 0
    for source in sources():
        for pk, kept, was in _repeated(source, everybody):
            _drop(merge, source, pk, kept, was)
            left_out += 1
        number = _hand_over(merge, source)
        if number:
            counts[source.label] = counts.get(source.label, 0) + number
    return counts, left_out


def give_back(merge: Merge) -> None:
    """Return to the absorbed contacts what they owned and still belongs to the master, and what had been left out."""
    mine = {source.name: source for source in _logged(merge)}
    for source in mine.values():
        _restore(merge, source)
    for source in mine.values():
        with connection.cursor() as cursor:
            cursor.execute(
                f"""UPDATE {source.table} AS t SET {source.column} = m.was::{source.key_type}
                FROM contacts_mergemove AS m
                WHERE m.merge_id = %s AND m.source = %s AND m.dropped IS NULL
                AND t.{source.pk} = m.row_id::{source.pk_type} AND t.{source.column} = m.now::{source.key_type}""",  # noqa: S608
                [merge.pk, source.name],
            )
            cursor.execute(  # what another merge left out meanwhile comes back to whom it belongs now
                """UPDATE contacts_mergemove AS d SET dropped = jsonb_set(d.dropped, ARRAY[%s], to_jsonb(m.was)), was = m.was
                FROM contacts_mergemove AS m
                WHERE m.merge_id = %s AND m.source = %s AND m.dropped IS NULL AND d.row_id = m.row_id
                AND d.source = m.source AND d.merge_id <> m.merge_id AND d.dropped IS NOT NULL AND d.dropped ->> %s = m.now""",
                [source.field.column, merge.pk, source.name, source.field.column],
            )


def settle_left_out(merge: Merge) -> None:
    """Rows a merge had left out because of another merge that is now undone take their place with the master."""
    for source in _logged(merge):
        _restore(merge, source, owner=merge.master)


def _logged(merge: Merge) -> list[Source]:
    names = set(merge.moves.values_list("source", flat=True).distinct())
    own = [source for source in sources() if source.name in names]
    children = [child for source in sources() for child in sources(source.model) if child.name in names]
    return list(dict.fromkeys([*own, *children]))


def _hand_over(merge: Merge, source: Source) -> int:
    """One statement: the rows of a table move and are noted down."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH chosen AS MATERIALIZED (
                SELECT {source.pk} AS pk, {source.column} AS was FROM {source.table}
                WHERE {source.column} = ANY(%s) FOR NO KEY UPDATE),
            moved AS (
                UPDATE {source.table} AS t SET {source.column} = %s FROM chosen WHERE t.{source.pk} = chosen.pk
                RETURNING chosen.pk, chosen.was)
            INSERT INTO contacts_mergemove (merge_id, source, row_id, was, now)
            SELECT %s, %s, pk::text, was, %s FROM moved ON CONFLICT DO NOTHING""",  # noqa: S608
            [merge.absorbed, merge.master, merge.pk, source.name, merge.master],
        )
        return int(cursor.rowcount)


def _repeated(source: Source, everybody: list[str]) -> list[tuple[Any, Any, str]]:
    """(row, the row it repeats or None, owner) of rows that cannot all belong to one contact."""
    name, model = source.field.name, source.model
    rows = model._base_manager.filter(**{f"{name}__in": everybody})
    first = Case(
        *(When(**{source.field.attname: pk}, then=Value(at)) for at, pk in enumerate(everybody)),
        output_field=IntegerField(),
    )
    found: dict[Any, tuple[Any, Any, str]] = {}
    if hasattr(model, "repeated_in_merge"):
        for pk, owner in rows.filter(model.repeated_in_merge(everybody)).values_list("pk", source.field.attname):
            found[pk] = (pk, None, owner)
    for others, condition in _unique_with(source):
        order = [first.asc(), F("pk").asc()]
        partition = others or [Value(1)]
        counted = (
            rows.filter(condition)
            .exclude(pk__in=list(found))
            .annotate(
                turn_in_merge=Window(RowNumber(), partition_by=partition, order_by=order),
                kept_in_merge=Window(FirstValue("pk"), partition_by=partition, order_by=order),
            )
            .filter(turn_in_merge__gt=1)
        )
        for pk, kept, owner in counted.values_list("pk", "kept_in_merge", source.field.attname):
            found.setdefault(pk, (pk, kept, owner))
    return list(found.values())


def _unique_with(source: Source) -> Iterable[tuple[list[Any], Q]]:
    """For every uniqueness rule with the contact in it: what else is in it, and for which rows it counts."""
    names = {source.field.name, source.field.attname}
    if source.field.unique:
        yield [], Q()
    groups = [tuple(group) for group in source.model._meta.unique_together]
    constraints: list[Any] = list(source.model._meta.constraints)
    for constraint in constraints:
        if not isinstance(constraint, models.UniqueConstraint):
            continue
        if constraint.expressions:
            parts: list[Any] = list(constraint.expressions)
            mine = [part for part in parts if isinstance(part, F) and str(getattr(part, "name", "")) in names]
            if mine:
                yield [part for part in parts if part not in mine], constraint.condition or Q()
        elif names & set(constraint.fields):
            others = [name for name in constraint.fields if name not in names]
            yield others, (constraint.condition or Q()) & _filled(others)
    for group in groups:
        if names & set(group):
            others = [name for name in group if name not in names]
            yield others, _filled(others)


def _filled(names: list[str]) -> Q:
    """Rows with nothing in a column repeat nobody."""
    return Q(**{f"{name}__isnull": False for name in names})


def _drop(merge: Merge, source: Source, pk: Any, kept: Any, was: str) -> None:
    """Keep the whole row in the log and take it out; what hangs on it goes to the row it repeats."""
    with connection.cursor() as cursor:
        for child in sources(source.model) if kept is not None else ():
            cursor.execute(
                f"""WITH moved AS (
                    UPDATE {child.table} SET {child.column} = %s WHERE {child.column} = %s RETURNING {child.pk} AS pk)
                INSERT INTO contacts_mergemove (merge_id, source, row_id, was, now)
                SELECT %s, %s, pk::text, %s, %s FROM moved ON CONFLICT DO NOTHING""",  # noqa: S608
                [kept, pk, merge.pk, child.name, str(pk), str(kept)],
            )
        cursor.execute(
            f"""INSERT INTO contacts_mergemove (merge_id, source, row_id, was, now, dropped)
            SELECT %s, %s, t.{source.pk}::text, %s, %s, to_jsonb(t) FROM {source.table} AS t WHERE t.{source.pk} = %s
            ON CONFLICT DO NOTHING""",  # noqa: S608
            [merge.pk, source.name, was, merge.master, pk],
        )
        cursor.execute(f"DELETE FROM {source.table} WHERE {source.pk} = %s", [pk])  # noqa: S608


def _restore(merge: Merge, source: Source, owner: str = "") -> None:
    """Put rows back that had been left out, for their former owner or for `owner`, where what they refer to still exists."""
    quote = connection.ops.quote_name
    fields = [field for field in source.model._meta.local_concrete_fields if not field.generated]
    columns = ", ".join(quote(field.column) for field in fields)
    values = ", ".join(
        f"m.now::{source.key_type}" if owner and field == source.field else f"r.{quote(field.column)}"
        for field in fields
    )
    there = "".join(_is_there(field) for field in fields if field.is_relation)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH back AS (
                INSERT INTO {source.table} ({columns}) SELECT {values} FROM contacts_mergemove AS m,
                LATERAL jsonb_populate_record(NULL::{source.table}, m.dropped) AS r
                WHERE m.merge_id = %s AND m.source = %s AND m.dropped IS NOT NULL{there}
                ON CONFLICT DO NOTHING RETURNING {source.pk} AS pk)
            UPDATE contacts_mergemove AS m SET dropped = NULL FROM back
            WHERE m.merge_id = %s AND m.source = %s AND m.row_id = back.pk::text""",  # noqa: S608
            [merge.pk, source.name, merge.pk, source.name],
        )


def _is_there(field: Any) -> str:
    """SQL: what the foreign key of a kept row points at still exists."""
    quote = connection.ops.quote_name
    other, target = quote(field.related_model._meta.db_table), quote(field.target_field.column)
    held = f"r.{quote(field.column)}"
    return f" AND ({held} IS NULL OR EXISTS (SELECT 1 FROM {other} AS o WHERE o.{target} = {held}))"  # noqa: S608
