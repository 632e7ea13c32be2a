"""One batch of staged rows written to contacts: inserts, updates with what they overwrote, journal. SQL over
`contacts_importrow` (s) and `contacts_contact` (c); every statement names the location.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from contacts.identity import TEXTS
from contacts.importing.deciding import ROW_ID
from contacts.importing.keys import Key
from contacts.models import Contact, Import
from contacts.models.addresses import MOST
from core import clock, scope
from journal.writing import write_selected

JOINED = chr(31)  # between the members of several arrays; no value holds it


@dataclass
class Batch:
    """Rows (after, upto] of an import, with what its check settled."""

    batch: Import
    after: int
    upto: int
    keys: Sequence[Key]

    @property
    def names(self) -> list[str]:
        """The staged columns."""
        return [name for name in self.batch.plan["columns"] if name != "ref"]

    @property
    def prefix(self) -> str:
        return str(self.batch.plan["prefix"])

    @property
    def rows(self) -> list[Any]:
        """Parameters of WHERE."""
        return [self.batch.pk, self.batch.location_id, self.after, self.upto]

    @property
    def facts(self) -> str:
        return json.dumps({"import": self.batch.pk, "name": self.batch.name})


# Contacts are fetched by id, one probe per row: without fresh statistics the planner would rather walk the whole location.
BY_ID = "SELECT * FROM contacts_contact AS k WHERE k.id = m.contact_id AND k.location_id = %s AND k.deleted_at IS NULL OFFSET 0"
RANGE = "s.import_id = %s AND s.location_id = %s AND s.number > %s AND s.number <= %s"


def lock_identities(location_id: str) -> None:
    """Until the transaction ends nobody else adds contacts to the location or changes their e-mail or phone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", [location_id])


def apply(part: Batch) -> bool:
    """Write one batch, in the caller's transaction.

    Returns:
        Whether rows had to be decided anew because contacts changed since the check.
    """
    lock_identities(part.batch.location_id)
    changed = decide_anew(part) if part.keys else False
    if insert(part):
        _journal_created(part)
    if update(part):
        write_selected(
            "contact.updated",
            "contact",
            f"SELECT s.contact_id AS subject_id, s.contact_id AS contact_id, s.before AS changes, %s::jsonb AS facts "
            f"FROM contacts_importrow AS s WHERE {RANGE} AND s.before IS NOT NULL",
            [part.facts, *part.rows],
        )
    return changed


def decide_anew(part: Batch) -> bool:
    """Rows whose match came, went or moved since the check, by somebody else's hand, get their outcome again."""
    live = "c.location_id = s.location_id AND c.deleted_at IS NULL"
    finds, chain, sooner = [], [], []
    for number, key in enumerate(part.keys):
        if key.name == "id":
            continue
        row = key.row.replace("r.", "s.")
        match = f"c.{key.name} = {row} AND {key.guard}"
        if key.name.startswith("custom."):
            field = key.name[7:]
            match = f"c.custom @> jsonb_build_object('{field}', s.custom -> '{field}') AND s.custom ->> '{field}' IS NOT NULL"
        finds.append(
            f"(SELECT c.id FROM contacts_contact AS c WHERE {live} AND {match} AND left(c.id, 14) <> '{part.prefix}' "
            f"ORDER BY c.id LIMIT 1) AS held_{number}"
        )
        chain.append(f"held_{number}")
        sooner.append(f"WHEN matched_by = '{key.name}' THEN coalesce({', '.join(chain)})")
    if not finds:
        return False
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS import_moved")
        cursor.execute(
            f"""
            CREATE TEMP TABLE import_moved ON COMMIT DROP AS
            SELECT import_id, number, contact_id AS was, outcome AS planned, CASE WHEN outcome = 'create' OR NOT lives THEN coalesce({", ".join(chain)})
                ELSE CASE {" ".join(sooner)} END END AS now
            FROM (SELECT s.import_id, s.number, s.contact_id, s.outcome, s.matched_by, {", ".join(finds)},
                    s.outcome = 'create' OR EXISTS (SELECT 1 FROM contacts_contact AS c WHERE c.id = s.contact_id AND {live}) AS lives
                  FROM contacts_importrow AS s WHERE {RANGE} AND s.outcome IN ('create', 'update')) AS r
            WHERE (outcome = 'create' AND coalesce({", ".join(chain)}) IS NOT NULL) OR NOT lives
                OR (outcome = 'update' AND CASE {" ".join(sooner)} END <> contact_id)""",
            part.rows,
        )
        cursor.execute("SELECT count(*) FROM import_moved")
        if not cursor.fetchone()[0]:
            return False
        mode = part.batch.mode
        found, lost = ("skip", "skip") if mode == "create" else ("update", "skip" if mode == "update" else "create")
        cursor.execute(
            f"""
            UPDATE contacts_importrow AS s SET
                outcome = CASE WHEN m.now IS NULL THEN '{lost}' ELSE '{found}' END,
                contact_id = CASE WHEN m.now IS NOT NULL THEN {"NULL" if found == "skip" else "m.now"}
                    ELSE {"NULL" if lost == "skip" else f"'{part.prefix}' || {ROW_ID.format('s.number')}"} END,
                warnings = coalesce(s.warnings, '{{}}') || jsonb_build_object('', CASE
                    WHEN m.planned = 'create' THEN 'Somebody added this contact since the check'
                    WHEN m.now IS NULL THEN 'Somebody deleted the contact since the check'
                    ELSE 'Since the check the match belongs to another contact' END)
            FROM import_moved AS m WHERE s.import_id = m.import_id AND s.location_id = %s AND s.number = m.number""",
            [part.batch.location_id],
        )
        cursor.execute(
            """
            UPDATE contacts_importrow AS s SET contact_id = r.contact_id, outcome = CASE WHEN r.outcome = 'skip' THEN 'skip' ELSE s.outcome END
            FROM import_moved AS m JOIN contacts_importrow AS r ON r.import_id = m.import_id AND r.number = m.number
            WHERE s.import_id = m.import_id AND s.location_id = %s AND s.contact_id = m.was AND s.number > m.number
            AND s.outcome = 'duplicate'""",
            [part.batch.location_id],
        )
    return True


def insert(part: Batch) -> int:
    """New contacts, in the order of the file. Returns how many."""
    given = _inserted(part.names)
    now, actor = clock.now(), scope.current().actor.name[:200]
    fixed = {
        "location_id": part.batch.location_id,
        "created_via": "import",
        "created_by": actor,
        "date_added": now,
        "date_updated": now,
        "last_activity_at": now,
    }
    columns, values, params = [], [], []
    for field in Contact._meta.concrete_fields:
        if field.generated:
            continue
        columns.append(f'"{field.column}"')
        if field.column in given:
            values.append(given[field.column])
        else:
            values.append("%s")
            value = fixed.get(field.column, field.get_default())
            params.append(field.get_db_prep_save(value, connection))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO contacts_contact ({', '.join(columns)}) SELECT {', '.join(values)} "
            f"FROM contacts_importrow AS s WHERE {RANGE} AND s.outcome = 'create' ORDER BY s.number",
            [*params, *part.rows],
        )
        written: int = cursor.rowcount
        return written


def _inserted(names: list[str]) -> dict[str, str]:
    """{column of contacts_contact: SQL over s}."""
    given = {"id": "s.contact_id", "email": "coalesce(s.email, '')", "phone": "coalesce(s.phone, '')"}
    for name in names:
        if name in TEXTS or name in ("country", "timezone"):
            given[name] = f"coalesce(s.{name}, '')"
    given["more_emails"] = (
        "CASE WHEN s.more_emails IS NULL THEN '{}' ELSE " + _emails("s.more_emails", "s.email", "'{}'::varchar[]") + " END"
    )
    given["more_phones"] = (
        "CASE WHEN s.more_phones IS NULL THEN '[]'::jsonb ELSE " + _phones("s.more_phones", "s.phone", "'[]'::jsonb") + " END"
    )
    others = {
        "type": ("type", "coalesce(s.type, 'lead')"),
        "date_of_birth": ("date_of_birth", "nullif(s.date_of_birth, 'infinity'::date)"),
        "assigned_to": ("assigned_to_id", "(SELECT u.id FROM accounts_user AS u WHERE u.id = s.assigned_to)"),
        "tags": ("tags", "coalesce(s.tags, '{}')"),
        "dnd": ("dnd", "coalesce(s.dnd, false)"),
        "dnd_settings": ("dnd_settings", "coalesce(s.dnd_settings, '{}')"),
        "custom": ("custom", "coalesce(jsonb_strip_nulls(s.custom), '{}')"),
    }
    return given | dict(others[name] for name in names if name in others)


def _emails(added: str, primary: str, held: str) -> str:
    """SQL: the additional addresses `held`, then those `added` that are neither held nor primary, up to the limit."""
    return (
        f"({held} || ARRAY(SELECT e FROM unnest({added}) WITH ORDINALITY AS u(e, n) "
        f"WHERE e IS DISTINCT FROM {primary} AND NOT e = ANY({held}) GROUP BY e ORDER BY min(n) "
        f"LIMIT greatest(0, {MOST - 1} - cardinality({held}))))"
    )


def _phones(added: str, primary: str, held: str) -> str:
    return (
        f"({held} || coalesce((SELECT jsonb_agg(jsonb_build_object('number', p, 'label', '') ORDER BY n) FROM "
        f"(SELECT p, min(n) AS n FROM unnest({added}) WITH ORDINALITY AS u(p, n) WHERE p IS DISTINCT FROM {primary} "
        f"AND NOT {held} @> jsonb_build_array(jsonb_build_object('number', p)) GROUP BY p ORDER BY 2 "
        f"LIMIT greatest(0, {MOST - 1} - jsonb_array_length({held}))) AS fresh), '[]'::jsonb))"
    )


def _journal_created(part: Batch) -> None:
    values = {
        "email": "nullif(s.email, '')",
        "phone": "nullif(s.phone, '')",
        **{name: f"nullif(s.{name}, '')" for name in part.names if name in (*TEXTS, "country", "timezone", "type", "assigned_to")},
        **{name: f"s.{name}" for name in part.names if name in ("tags", "custom")},
        **{name: f"nullif(s.{name}, 'infinity'::date)" for name in part.names if name == "date_of_birth"},
    }
    pairs = ", ".join(f"'{name}', CASE WHEN {value} IS NOT NULL THEN jsonb_build_array(NULL, {value}) END" for name, value in values.items())
    write_selected(
        "contact.created",
        "contact",
        f"SELECT s.contact_id AS subject_id, s.contact_id AS contact_id, jsonb_strip_nulls(jsonb_build_object({pairs})) AS changes, "
        f"%s::jsonb AS facts FROM contacts_importrow AS s WHERE {RANGE} AND s.outcome = 'create' ORDER BY s.number",
        [part.facts, *part.rows],
    )


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
        held = "m.email = ANY(c.more_emails)" if name == "email" else (
            "c.more_phones @> jsonb_build_array(jsonb_build_object('number', m.phone))"
        )
        new = (
            f"CASE WHEN m.{name} IS NOT NULL AND m.{name} <> c.{name} AND NOT {held} AND NOT EXISTS (SELECT 1 FROM contacts_contact AS o "
            f"WHERE o.location_id = c.location_id AND o.deleted_at IS NULL AND o.{name} = m.{name} AND o.{name} <> '' AND o.id <> c.id) "
            f"THEN m.{name} ELSE c.{name} END"
        )
        primaries.append(f"({new}) AS {name}")
        found[name] = (name, f"p.{name}")
        found[f"{name}_validity"] = (f"{name}_validity", f"CASE WHEN p.{name} = c.{name} THEN c.{name}_validity ELSE '' END")
        more = f"more_{name}s"
        joined = _emails if name == "email" else _phones
        found[more] = (more, f"CASE WHEN m.{more} IS NULL THEN c.{more} ELSE {joined(f'm.{more}', f'p.{name}', f'c.{more}')} END")
    if "date_of_birth" in names:
        found["date_of_birth"] = (
            "date_of_birth",
            "CASE WHEN m.date_of_birth IS NULL THEN c.date_of_birth ELSE nullif(m.date_of_birth, 'infinity'::date) END",
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
        found["custom"] = ("custom", "CASE WHEN m.custom IS NULL THEN c.custom ELSE jsonb_strip_nulls(c.custom || m.custom) END")
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
