"""Rules that the database holds by itself: which state may follow which, and that an issued invoice never changes.

Installed after each migration from the tables in `billing/lifecycle.py`; harmless to repeat.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from billing import lifecycle

FROZEN = ("number", "purpose", "currency", "subtotal_cents", "tax_cents", "tax_rate", "tax_name", "tax_note", "credit_cents",
          "total_cents", "billed_to", "issued_at", "period_start", "period_end")  # fmt: skip


def install(**_: Any) -> None:
    """Create or replace the triggers."""
    moves = {(move.state, move.next) for move in lifecycle.MOVES if move.state != move.next}
    with connection.cursor() as cursor:
        for table, pairs in (
            ("billing_subscription", sorted(moves)),
            ("billing_invoice", lifecycle.INVOICE_PAIRS),
            ("billing_attempt", lifecycle.ATTEMPT_PAIRS),
        ):
            _put(cursor, f"{table}_states", _states(pairs), table, "BEFORE UPDATE OF state")
        _put(cursor, "billing_invoice_frozen", _frozen(), "billing_invoice", "BEFORE UPDATE")
        _put(cursor, "billing_line_frozen", _LINES, "billing_invoiceline", "BEFORE INSERT OR UPDATE OR DELETE")
        for table in ("billing_plan", "billing_addon"):
            _put(cursor, f"{table}_frozen", _NEVER, table, "BEFORE UPDATE")


def _put(cursor: Any, name: str, body: str, table: str, when: str) -> None:
    cursor.execute("SELECT prosrc FROM pg_proc JOIN pg_trigger ON tgfoid = pg_proc.oid WHERE proname = %s", [name])
    found = cursor.fetchone()
    if found and found[0] == body:
        return
    cursor.execute(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard${body}$guard$")
    cursor.execute(f"CREATE OR REPLACE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _states(pairs: list[tuple[str, str]]) -> str:
    allowed = ", ".join(f"'{old}>{new}'" for old, new in pairs)
    return f"""
BEGIN
    IF OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ({allowed}) THEN
        RAISE EXCEPTION '% cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END"""


def _frozen() -> str:
    old, new = (", ".join(f"{row}.{name}" for name in FROZEN) for row in ("OLD", "NEW"))
    return f"""
BEGIN
    IF OLD.state <> 'draft' AND ROW({old}) IS DISTINCT FROM ROW({new}) THEN
        RAISE EXCEPTION 'an issued invoice does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END"""


_LINES = """
DECLARE held text;
BEGIN
    SELECT state INTO held FROM billing_invoice WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.invoice_id ELSE NEW.invoice_id END;
    IF held <> 'draft' AND coalesce(current_setting('hoopai.purging', true), '') <> 'on' THEN
        RAISE EXCEPTION 'the lines of an issued invoice do not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END"""
_NEVER = """
BEGIN
    RAISE EXCEPTION 'a version of the catalogue does not change' USING ERRCODE = 'check_violation';
END"""
