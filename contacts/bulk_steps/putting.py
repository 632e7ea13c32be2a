"""Writing columns of contacts: what each row had before and has after is kept, so that it can be taken back.

A row's `was` is {"before": {column: value}, "after": {column: value}} by the journal's names, with only what changes. Of
the JSON columns (custom fields, do not disturb) the members are {key: value}; null is a member that is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from contacts.bulk_steps.chunks import HERE, ROWS_W, change, journal, run

TEXT, KEY, DAY, YES_NO, LIST, OBJECT = "text", "key", "day", "yes_no", "list", "object"
COLUMNS = {
    "assigned_to": ("assigned_to_id", KEY),
    "team": ("team_id", KEY),
    "business": ("business_id", KEY),
    "company_name": ("company_name", TEXT),
    "followers": ("followers", LIST),
    "date_of_birth": ("date_of_birth", DAY),
    "dnd": ("dnd", YES_NO),
    "has_unsubscribed": ("has_unsubscribed", YES_NO),
    "dnd_settings": ("dnd_settings", OBJECT),
    "inbound_dnd": ("inbound_dnd", OBJECT),
    "custom": ("custom", OBJECT),
    **{
        name: (name, TEXT)
        for name in (
            "first_name", "last_name", "type", "source", "address", "city", "state", "postal_code", "country",
            "website", "gender", "timezone",
        )
    },
}  # fmt: skip


def put(
    verb: str,
    names: Sequence[str],
    after: str,
    params: dict[str, Any],
    *,
    held: str,
    refusal: str = "''",
    joins: str = "",
) -> None:
    """Give every contact of the chunk its new values, with an entry each.

    Args:
        names: the columns that may change, as the journal calls them.
        after: SQL over w (the row), c (its contact) and `joins`: a jsonb object of the new values.
        held: why a contact that has them already is skipped.
        refusal: SQL likewise: a sentence where the contact may not be changed, else ''.
    """
    run(
        f"""UPDATE contacts_bulkactionrow r
        SET outcome = CASE WHEN found.refusal <> '' THEN 'failed' WHEN found.after = '{{}}' THEN 'skipped' ELSE 'done' END,
            reason = CASE WHEN found.refusal <> '' THEN found.refusal WHEN found.after = '{{}}' THEN %(held)s ELSE '' END,
            was = CASE WHEN found.refusal = '' AND found.after <> '{{}}'
                THEN jsonb_build_object('before', found.before, 'after', found.after) END
        FROM (
            SELECT w.id AS row_id, {refusal} AS refusal, new.after, old.before
            FROM contacts_bulkactionrow w
            JOIN contacts_contact c ON c.id = w.subject_id AND {HERE}
            {joins}
            CROSS JOIN LATERAL (SELECT {after} AS wanted) AS given
            CROSS JOIN LATERAL (SELECT {_differing(names)} AS after) AS new
            CROSS JOIN LATERAL (SELECT {_former(names)} AS before) AS old
            WHERE {ROWS_W}
        ) AS found
        WHERE r.id = found.row_id""",  # noqa: S608
        {**params, "held": held},
    )
    journal(
        verb,
        """(SELECT jsonb_object_agg(s.key, jsonb_build_array(r.was -> 'before' -> s.key, s.value))
            FROM jsonb_each(r.was -> 'after') AS s)""",
        "'{}'::jsonb",
        params,
    )
    change(", ".join(_assignment(name) for name in names), params)


def put_back(verb: str, groups: Iterable[Sequence[str]], params: dict[str, Any]) -> None:
    """Undo: give back what the action `params["undoes"]` replaced, where nobody has changed it since.

    Args:
        groups: columns that only make sense together: both come back or neither.
        params: beside the bounds, `present`: ids of people, teams and companies that there still are.
    """
    groups = [list(group) for group in groups]
    put(
        verb,
        [name for group in groups for name in group],
        " || ".join(_given_back(group) for group in groups),
        params,
        held="Changed since, or what it had before is gone",
        joins="""LEFT JOIN contacts_bulkactionrow o ON o.action_id = %(undoes)s AND o.subject_id = w.subject_id
            AND o.outcome = 'done'""",
    )


def _now(name: str) -> str:
    return f"coalesce(to_jsonb(c.{COLUMNS[name][0]}), 'null')"


def _differing(names: Sequence[str]) -> str:
    parts = []
    for name in names:
        column, kind = COLUMNS[name]
        if kind == OBJECT:
            parts.append(
                f"""coalesce((SELECT jsonb_build_object('{name}', jsonb_object_agg(s.key, s.value))
                    FROM jsonb_each(given.wanted -> '{name}') AS s
                    WHERE s.value <> coalesce(c.{column} -> s.key, 'null') HAVING count(*) > 0), '{{}}')"""  # noqa: S608
            )
        else:
            parts.append(
                f"""CASE WHEN given.wanted -> '{name}' <> {_now(name)}
                    THEN jsonb_build_object('{name}', given.wanted -> '{name}') ELSE '{{}}' END"""
            )
    return " || ".join(parts)


def _former(names: Sequence[str]) -> str:
    parts = []
    for name in names:
        column, kind = COLUMNS[name]
        if kind == OBJECT:
            parts.append(
                f"""coalesce((SELECT jsonb_build_object('{name}',
                        jsonb_object_agg(s.key, coalesce(c.{column} -> s.key, 'null')))
                    FROM jsonb_each(new.after -> '{name}') AS s HAVING count(*) > 0), '{{}}')"""  # noqa: S608
            )
        else:
            parts.append(
                f"CASE WHEN new.after ? '{name}' THEN jsonb_build_object('{name}', {_now(name)}) ELSE '{{}}' END"
            )
    return " || ".join(parts)


def _given_back(group: Sequence[str]) -> str:
    if COLUMNS[group[0]][1] == OBJECT:
        name, column = group[0], COLUMNS[group[0]][0]
        return f"""coalesce((SELECT jsonb_build_object('{name}',
                jsonb_object_agg(s.key, o.was -> 'before' -> '{name}' -> s.key))
            FROM jsonb_each(o.was -> 'after' -> '{name}') AS s
            WHERE s.value = coalesce(c.{column} -> s.key, 'null') HAVING count(*) > 0), '{{}}')"""  # noqa: S608
    tests, values = [], []
    for name in group:
        tests.append(f"coalesce(o.was -> 'after' -> '{name}' = {_now(name)}, true)")
        if COLUMNS[name][1] == KEY:
            before = f"o.was -> 'before' ->> '{name}'"
            tests.append(f"({before} IS NULL OR {before} = ANY(%(present)s::varchar[]))")
        values.append(
            f"""CASE WHEN o.was -> 'before' ? '{name}'
                THEN jsonb_build_object('{name}', o.was -> 'before' -> '{name}') ELSE '{{}}' END"""
        )
    return f"CASE WHEN {' AND '.join(tests)} THEN {' || '.join(values)} ELSE '{{}}' END"


def _assignment(name: str) -> str:
    column, kind = COLUMNS[name]
    new = f"r.was #>> '{{after,{name}}}'"
    if kind == DAY:
        new = f"({new})::date"
    elif kind == YES_NO:
        new = f"({new})::boolean"
    elif kind == LIST:
        new = f"ARRAY(SELECT jsonb_array_elements_text(r.was #> '{{after,{name}}}'))::varchar[]"
    elif kind == OBJECT:
        members = f"r.was #> '{{after,{name}}}'"
        new = f"""(c.{column} || ({members})) - ARRAY(SELECT s.key FROM jsonb_each({members}) AS s
            WHERE s.value = 'null')"""  # noqa: S608
    return f"{column} = CASE WHEN r.was -> 'after' ? '{name}' THEN {new} ELSE c.{column} END"
