"""Rows that change contacts: new values over what is held, and the differences, as SQL. The same SQL makes the preview.

Over `contacts_importrow` (s), merged rows (m), contacts (c) and their new primaries (p).
"""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

from contacts.identity import TEXTS
from contacts.importing.batches import BY_ID, RANGE, Batch
from contacts.models.addresses import MOST
from core import clock

JOINED = chr(31)  # between the members of several arrays; no value holds it


def update(part: Batch) -> int:
    """Existing contacts get the values of their rows; each row keeps what it overwrote. Returns how many rows changed something."""
    differences, params = changes_sql(part, lock=True)
    columns, _ = updated(part.names)
    sets = ", ".join(f"{column} = d.new_{name}" for name, (column, _) in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH {differences},
            written AS (UPDATE contacts_contact AS c SET {sets}, date_updated = %s FROM d
                WHERE c.id = d.id AND c.location_id = d.location_id AND d.changes <> '{{}}'::jsonb),
            kept AS (UPDATE contacts_importrow AS s SET before = d.changes FROM d
                WHERE s.import_id = d.import_id AND s.location_id = d.location_id AND s.number = d.number
                AND d.changes <> '{{}}'::jsonb RETURNING 1)
            SELECT count(*) FROM kept""",
            [*params, clock.now()],
        )
        changed: int = cursor.fetchone()[0]
        return changed


def preview_changes(part: Batch, numbers: list[int]) -> dict[int, dict[str, list[Any]]]:
    """{row: {field: [old, new]}} of what these rows would change in contacts that exist. Writes nothing."""
    if not numbers:
        return {}
    differences, params = changes_sql(part, lock=False, only=numbers)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {differences} SELECT number, changes::text FROM d", params)
        return {number: json.loads(changes) for number, changes in cursor.fetchall()}


def changes_sql(part: Batch, lock: bool, only: list[int] | None = None) -> tuple[str, list[Any]]:
    """The CTEs m (one merged row per contact), n (old and new values) and d (with `changes`), and their parameters."""
    names = part.names
    columns, primaries = updated(names)
    merged = {name: _kept_out(name, f"s.{name}") for name in names}
    if only is None and _has_repeats(part):
        source = (
            "SELECT s.contact_id, max(s.number) AS number, "
            + ", ".join(f"{_merged(name, value)} AS {name}" for name, value in merged.items())
            + f" FROM contacts_importrow AS s WHERE {RANGE} AND s.outcome IN ('update', 'duplicate') GROUP BY s.contact_id"
        )
        params = list(part.rows)
    else:
        source = (
            "SELECT s.contact_id, s.number, "
            + ", ".join(f"{value} AS {name}" for name, value in merged.items())
            + f" FROM contacts_importrow AS s WHERE {RANGE} AND s.outcome IN ('update', 'duplicate')"
        )
        params = list(part.rows)
        if only is not None:
            source += " AND s.number = ANY(%s)"
            params.append(only)
    olds = ", ".join(f"c.{column} AS old_{name}" for name, (column, _) in columns.items())
    news = ", ".join(f"{value} AS new_{name}" for name, (_, value) in columns.items())
    differences = " || ".join(difference(name) for name in columns)
    text = f"""
        m AS ({source}),
        n AS (SELECT c.id, c.location_id, %s AS import_id, m.number, {olds}, {news} FROM m
              CROSS JOIN LATERAL ({BY_ID}{" FOR NO KEY UPDATE" if lock else ""}) AS c
              CROSS JOIN LATERAL ({primaries}) AS p),
        d AS MATERIALIZED (SELECT n.*, {differences} AS changes FROM n)"""
    return text, [*params, part.batch.pk, part.batch.location_id]


def _has_repeats(part: Batch) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) > count(DISTINCT s.contact_id) FROM contacts_importrow AS s WHERE {RANGE} AND s.outcome IN ('update', 'duplicate')",
            part.rows,
        )
        return bool(cursor.fetchone()[0])


def _kept_out(name: str, value: str) -> str:
    if name in ("email", "phone"):
        return f"CASE WHEN '{name}' = ANY(s.withheld) THEN NULL ELSE {value} END"
    if name == "custom":
        return (
            f"CASE WHEN s.withheld IS NULL THEN {value} "
            f"ELSE {value} - ARRAY(SELECT substr(w, 8) FROM unnest(s.withheld) AS w) END"
        )
    return value


def _merged(name: str, value: str) -> str:
    """SQL that folds one column of several rows of a contact into one value, later rows last."""
    if name in ("tags", "more_emails", "more_phones"):
        joined = f"string_agg(array_to_string({value}, '{JOINED}'), '{JOINED}' ORDER BY s.number)"
        return f"string_to_array({joined}, '{JOINED}')::varchar[]"
    if name in ("custom", "dnd_settings"):
        return (
            "(SELECT jsonb_object_agg(e.key, e.value ORDER BY a.n) FROM "
            f"unnest(array_agg({value} ORDER BY s.number)) WITH ORDINALITY AS a(doc, n), jsonb_each(a.doc) AS e)"
        )
    if name == "dnd":
        return f"bool_or({value})"
    return f"(array_agg({value} ORDER BY s.number DESC) FILTER (WHERE ({value}) IS NOT NULL))[1]"


def updated(names: list[str]) -> tuple[dict[str, tuple[str, str]], str]:
    """What these staged columns touch.

    Returns:
        {field of Contact: (its column, SQL of its new value over m, c and p)}, and the SELECT of p: the new primaries.
    """
    found: dict[str, tuple[str, str]] = {}
    primaries: list[str] = []
    for name in names:
        if name in TEXTS or name in ("country", "timezone", "type"):
            found[name] = (name, f"coalesce(m.{name}, c.{name})")
    for name in ("email", "phone"):
        held = (
            "m.email = ANY(c.more_emails)"
            if name == "email"
            else ("c.more_phones @> jsonb_build_array(jsonb_build_object('number', m.phone))")
        )
        new = (
            f"CASE WHEN m.{name} IS NOT NULL AND m.{name} <> c.{name} AND NOT {held} AND NOT EXISTS (SELECT 1 FROM contacts_contact AS o "
            f"WHERE o.location_id = c.location_id AND o.deleted_at IS NULL AND o.{name} = m.{name} AND o.{name} <> '' AND o.id <> c.id) "
            f"THEN m.{name} ELSE c.{name} END"
        )
        primaries.append(f"({new}) AS {name}")
        found[name] = (name, f"p.{name}")
        found[f"{name}_validity"] = (
            f"{name}_validity",
            f"CASE WHEN p.{name} = c.{name} THEN c.{name}_validity ELSE '' END",
        )
        more = f"more_{name}s"
        joined = emails_sql if name == "email" else phones_sql
        found[more] = (
            more,
            f"CASE WHEN m.{more} IS NULL THEN c.{more} ELSE {joined(f'm.{more}', f'p.{name}', f'c.{more}')} END",
        )
    if "date_of_birth" in names:
        found["date_of_birth"] = (
            "date_of_birth",
            "CASE WHEN m.date_of_birth IS NULL THEN c.date_of_birth ELSE nullif(m.date_of_birth, '0001-01-01'::date) END",
        )
    if "assigned_to" in names:
        owner = "(SELECT u.id FROM accounts_user AS u WHERE u.id = m.assigned_to)"
        new = f"CASE WHEN m.assigned_to = '' THEN NULL ELSE coalesce({owner}, c.assigned_to_id) END"
        found["assigned_to"] = ("assigned_to_id", new)
        found["followers"] = ("followers", "array_remove(c.followers, coalesce(m.assigned_to, ''))")
    if "tags" in names:
        found["tags"] = (
            "tags",
            "c.tags || ARRAY(SELECT t FROM unnest(m.tags) WITH ORDINALITY AS u(t, n) WHERE NOT t = ANY(c.tags) GROUP BY t ORDER BY min(n))",
        )
    if "custom" in names:
        found["custom"] = (
            "custom",
            "CASE WHEN m.custom IS NULL THEN c.custom ELSE jsonb_strip_nulls(c.custom || m.custom) END",
        )
    if "dnd" in names:
        found["dnd"] = ("dnd", "c.dnd OR coalesce(m.dnd, false)")
    if "dnd_settings" in names:
        found["dnd_settings"] = (
            "dnd_settings",
            "c.dnd_settings || coalesce((SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(m.dnd_settings) AS e "
            "WHERE coalesce(c.dnd_settings -> e.key ->> 'status', '') NOT IN ('active', 'permanent')), '{}'::jsonb)",
        )
    return found, f"SELECT {', '.join(primaries)}"


def difference(name: str) -> str:
    """SQL: {name: [old, new]} where they differ, else an empty object; of objects only the members that differ."""
    old, new = f"n.old_{name}", f"n.new_{name}"
    if name in ("custom", "dnd_settings"):
        return (
            f"CASE WHEN {old} = {new} THEN '{{}}'::jsonb ELSE (SELECT jsonb_build_object('{name}', jsonb_build_array("
            f"jsonb_object_agg(k, {old} -> k), jsonb_object_agg(k, {new} -> k))) "
            f"FROM jsonb_object_keys({old} || {new}) AS k WHERE {old} -> k IS DISTINCT FROM {new} -> k) END"
        )
    return f"CASE WHEN {old} IS DISTINCT FROM {new} THEN jsonb_build_object('{name}', jsonb_build_array({old}, {new})) ELSE '{{}}'::jsonb END"


def emails_sql(added: str, primary: str, held: str) -> str:
    """SQL: the additional addresses `held`, then those `added` that are neither held nor primary, up to the limit."""
    return (
        f"({held} || ARRAY(SELECT e FROM unnest({added}) WITH ORDINALITY AS u(e, n) "
        f"WHERE e IS DISTINCT FROM {primary} AND NOT e = ANY({held}) GROUP BY e ORDER BY min(n) "
        f"LIMIT greatest(0, {MOST - 1} - cardinality({held}))))"
    )


def phones_sql(added: str, primary: str, held: str) -> str:
    return (
        f"({held} || coalesce((SELECT jsonb_agg(jsonb_build_object('number', p, 'label', '') ORDER BY n) FROM "
        f"(SELECT p, min(n) AS n FROM unnest({added}) WITH ORDINALITY AS u(p, n) WHERE p IS DISTINCT FROM {primary} "
        f"AND NOT {held} @> jsonb_build_array(jsonb_build_object('number', p)) GROUP BY p ORDER BY 2 "
        f"LIMIT greatest(0, {MOST - 1} - jsonb_array_length({held}))) AS fresh), '[]'::jsonb))"
    )
