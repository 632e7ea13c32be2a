"""What the database holds by itself: a domain begins as pending, and its states follow each other as the table says.

Installed after each migration from `domains/lifecycle.py`; harmless to repeat.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from domains import lifecycle

NAME = "domains_domain_states"


def install(**_: Any) -> None:
    """Create or replace the trigger."""
    body = _states(sorted({(move.state, move.next) for move in lifecycle.MOVES}))
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc JOIN pg_trigger ON tgfoid = pg_proc.oid WHERE proname = %s", [NAME])
        found = cursor.fetchone()
        if found and found[0] == body:
            return
        cursor.execute(f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $guard${body}$guard$")
        cursor.execute(
            f"CREATE OR REPLACE TRIGGER {NAME} BEFORE INSERT OR UPDATE OF state ON domains_domain "
            f"FOR EACH ROW EXECUTE FUNCTION {NAME}()"
        )


def _states(pairs: list[tuple[str, str]]) -> str:
    allowed = ", ".join(f"'{old}>{new}'" for old, new in pairs)
    return f"""
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> '{lifecycle.PENDING_DNS}' THEN
            RAISE EXCEPTION 'a domain cannot begin as %', NEW.state USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ({allowed}) THEN
        RAISE EXCEPTION '% cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END"""
