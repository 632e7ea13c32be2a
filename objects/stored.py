"""Values of custom fields where they lie: set-based statements over a record's `custom` column.

Every statement names the location in scope. Those that change values write their journal entries themselves.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from core import clock, scope
from journal.writing import write_selected
from objects.models import CustomField
from objects.models.custom_field import MANY
from objects.types import RecordType

BATCH = 5000
EXAMPLES = 20

# What a value becomes: the labels named in `m` change, those that map to null go, an emptied value is NULL.
RELABELLED = """
    CASE jsonb_typeof(record.custom -> m.field) WHEN 'array' THEN (
        SELECT jsonb_agg(kept.label ORDER BY kept.place) FROM (
            SELECT label, min(place) AS place FROM (
                SELECT CASE WHEN m.labels ? held THEN m.labels ->> held ELSE held END AS label, place
                FROM jsonb_array_elements_text(record.custom -> m.field) WITH ORDINALITY AS items (held, place)
            ) AS mapped WHERE label IS NOT NULL GROUP BY label
        ) AS kept)
    ELSE to_jsonb(m.labels ->> (record.custom ->> m.field)) END"""
UNBOXED = "NULLIF((record.custom -> m.field) - ARRAY(SELECT jsonb_object_keys(m.labels)), '{}'::jsonb)"


def having(kind: RecordType, field: CustomField) -> Any:
    """The live records that have a value in the field."""
    return kind.model.objects.filter(kind.live).filter(custom__has_key=field.pk)


def count(kind: RecordType, field: CustomField) -> int:
    """How many live records have a value in the field."""
    return int(having(kind, field).count())


def holding(field: CustomField, option: dict[str, Any]) -> Q:
    """The records that hold an option: its label, or for a text box list something in its box."""
    if field.type == "TEXTBOX_LIST":
        return Q(**{f"custom__{field.pk}__has_key": option["key"]})
    return Q(custom__contains={field.pk: [option["label"]] if field.type in MANY else option["label"]})


def duplicates(kind: RecordType, field: CustomField) -> list[tuple[str, list[str]]]:
    """Up to twenty values that several live records share, case aside, with the ids of up to five of those records each."""
    rows = kind.model.objects.filter(kind.live).filter(custom__has_key=field.pk)
    sql, params = rows.order_by().values("pk", f"custom__{field.pk}").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT lower(chosen.value #>> '{{}}'), (array_agg(chosen.id ORDER BY chosen.id))[1:5], count(*)
                FROM ({sql}) AS chosen (id, value) GROUP BY 1 HAVING count(*) > 1
                ORDER BY count(*) DESC, 1 LIMIT %s""",  # noqa: S608  the queryset's own SQL, with its parameters
            [*params, EXAMPLES],
        )
        return [(str(value), list(pks)) for value, pks, _ in cursor.fetchall()]


def relabel(kind: RecordType, field: CustomField, mapping: dict[str, str | None], most: int = BATCH) -> int:
    """Rewrite up to `most` records' values by `mapping` {old label: new label, or None to blank it}, one entry each.

    For a text box list the keys of `mapping` are box keys, and their texts go.

    Returns:
        How many records were rewritten; less than `most` means that none is left. Repeating it does no harm.
    """
    if not mapping:
        return 0
    boxes = field.type == "TEXTBOX_LIST"
    found = " OR ".join(["record.custom -> %s ? %s" if boxes else "record.custom @> %s"] * len(mapping))
    bound: list[Any] = []
    for old in mapping:
        bound += [field.pk, old] if boxes else [json.dumps({field.pk: [old] if field.type in MANY else old})]
    select = f"""
        SELECT record.id, record.custom -> m.field AS old, {UNBOXED if boxes else RELABELLED} AS new
        FROM {kind.table} AS record CROSS JOIN (SELECT %s::text AS field, %s::jsonb AS labels) AS m
        WHERE record.location_id = %s AND ({found}) ORDER BY record.id LIMIT %s FOR UPDATE OF record"""  # noqa: S608
    params = [field.pk, json.dumps(mapping), scope.location_id(), *bound, most]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE relabelled ON COMMIT DROP AS {select}", params)
        entries = f"""
            SELECT record.id AS subject_id, {kind.contact_column} AS contact_id,
                jsonb_build_object('custom', jsonb_build_array(
                    jsonb_build_object(%s::text, record.old), jsonb_build_object(%s::text, record.new))) AS changes,
                '{{}}'::jsonb AS facts
            FROM relabelled AS record"""  # noqa: S608
        write_selected(f"{kind.model.NOUN}.updated", kind.model.NOUN, entries, [field.pk, field.pk])
        cursor.execute(
            f"""UPDATE {kind.table} AS record SET date_updated = %s, custom = CASE WHEN change.new IS NULL
                    THEN record.custom - %s ELSE jsonb_set(record.custom, ARRAY[%s], change.new) END
                FROM relabelled AS change WHERE record.id = change.id AND record.location_id = %s""",  # noqa: S608
            [clock.now(), field.pk, field.pk, scope.location_id()],
        )
        done: int = cursor.rowcount
        cursor.execute("DROP TABLE relabelled")
    return done
