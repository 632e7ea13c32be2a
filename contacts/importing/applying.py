"""One batch of staged rows written to contacts: inserts, updates with what they overwrote, journal. SQL over
`contacts_importrow` (s) and `contacts_contact` (c); every statement names the location.
"""

from __future__ import annotations

from django.db import connection

from billing import limits
from contacts import attribution, suppressing
from contacts.identity import TEXTS
from contacts.importing.batches import RANGE, Batch
from contacts.importing.changing import emails_sql, phones_sql, update
from contacts.importing.deciding import ROW_ID
from contacts.models import Contact
from core import clock, scope
from journal.writing import write_selected


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
    turn_away(part)
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
    suppressing.heed_rows(part)
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


FULL = "The plan allows no more contacts"


def turn_away(part: Batch) -> int:
    """Count the batch's new contacts against the plan; those beyond it, by the order of the file, are left out with the
    rows that would have changed them.

    Returns:
        How many rows were left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM contacts_importrow AS s WHERE {RANGE} AND s.outcome = 'create'", part.rows
        )
        wanted: int = cursor.fetchone()[0]
        granted = limits.take_up_to("contacts", wanted)
        if granted == wanted:
            return 0
        cursor.execute(
            f"""
            WITH refused AS (
                SELECT number, contact_id FROM (
                    SELECT s.number, s.contact_id, row_number() OVER (ORDER BY s.number) AS place
                    FROM contacts_importrow AS s WHERE {RANGE} AND s.outcome = 'create') AS new
                WHERE place > %s)
            UPDATE contacts_importrow AS s SET outcome = 'reject', contact_id = NULL, matched_by = NULL,
                errors = coalesce(s.errors, '{{}}') || jsonb_build_object('', %s::text)
            WHERE s.import_id = %s AND s.location_id = %s
                AND (s.number IN (SELECT number FROM refused) OR s.contact_id IN (SELECT contact_id FROM refused))""",
            [*part.rows, granted, FULL, part.batch.pk, part.batch.location_id],
        )
        return int(cursor.rowcount)


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
        "first_attribution": attribution.created_by_hand("import"),
        "last_attribution": attribution.created_by_hand("import"),
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
        "CASE WHEN s.more_emails IS NULL THEN '{}' ELSE "
        + emails_sql("s.more_emails", "s.email", "'{}'::varchar[]")
        + " END"
    )
    given["more_phones"] = (
        "CASE WHEN s.more_phones IS NULL THEN '[]'::jsonb ELSE "
        + phones_sql("s.more_phones", "s.phone", "'[]'::jsonb")
        + " END"
    )
    others = {
        "type": ("type", "coalesce(s.type, 'lead')"),
        "date_of_birth": ("date_of_birth", "nullif(s.date_of_birth, '0001-01-01'::date)"),
        "assigned_to": ("assigned_to_id", "(SELECT u.id FROM accounts_user AS u WHERE u.id = s.assigned_to)"),
        "tags": ("tags", "coalesce(s.tags, '{}')"),
        "dnd": ("dnd", "coalesce(s.dnd, false)"),
        "dnd_settings": ("dnd_settings", "coalesce(s.dnd_settings, '{}')"),
        "custom": ("custom", "coalesce(jsonb_strip_nulls(s.custom), '{}')"),
    }
    return given | dict(others[name] for name in names if name in others)


def _journal_created(part: Batch) -> None:
    values = {
        "email": "nullif(s.email, '')",
        "phone": "nullif(s.phone, '')",
        **{
            name: f"nullif(s.{name}, '')"
            for name in part.names
            if name in (*TEXTS, "country", "timezone", "type", "assigned_to")
        },
        **{name: f"s.{name}" for name in part.names if name in ("tags", "custom")},
        **{name: f"nullif(s.{name}, '0001-01-01'::date)" for name in part.names if name == "date_of_birth"},
    }
    pairs = ", ".join(
        f"'{name}', CASE WHEN {value} IS NOT NULL THEN jsonb_build_array(NULL, {value}) END"
        for name, value in values.items()
    )
    write_selected(
        "contact.created",
        "contact",
        f"SELECT s.contact_id AS subject_id, s.contact_id AS contact_id, jsonb_strip_nulls(jsonb_build_object({pairs})) AS changes, "
        f"%s::jsonb AS facts FROM contacts_importrow AS s WHERE {RANGE} AND s.outcome = 'create' ORDER BY s.number",
        [part.facts, *part.rows],
    )
