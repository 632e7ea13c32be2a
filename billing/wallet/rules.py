"""What the database does by itself for the wallet: the one function that moves money, and the rules of the ledger.

Installed after each migration; harmless to repeat.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

# One round trip: lock the wallet, check what is there, write the entry unless the same record has one, then its legs.
# p_limit: `zero` for what is new, `floor` for what is under way, `none` for what is never refused (credits), `forced`
# for what may go below the floor (chargebacks).
_POST = """
DECLARE
    w billing_wallet%ROWTYPE;
    e billing_walletentry%ROWTYPE;
    after_ bigint;
    least_ bigint;
    amount_ bigint := p_available + p_held;
    level_ smallint;
    is_new_ boolean := false;
    first_ varchar := p_prefix || '000000';
BEGIN
    SELECT * INTO w FROM billing_wallet WHERE company_id = p_company FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcome := 'missing';
        RETURN;
    END IF;
    after_ := w.available_micros + p_available;
    least_ := CASE p_limit WHEN 'zero' THEN 0 WHEN 'floor' THEN w.floor_micros ELSE after_ END;
    IF p_available >= 0 OR after_ >= least_ THEN
        INSERT INTO billing_walletentry (id, company_id, number, kind, reference, amount_micros, balance_micros,
            price_key, price_version, quantity, unit_micros, channel, for_location, for_user, for_contact, for_hold,
            about, at, happened_at)
            VALUES (first_, p_company, w.number + 1, p_kind, p_reference, amount_, after_ + w.held_micros + p_held,
            p_key, p_version, p_quantity, p_unit, p_channel, p_location, p_user, p_contact, p_hold, p_about, p_at,
            coalesce(p_happened, p_at))
            ON CONFLICT (company_id, kind, reference) DO NOTHING;
        is_new_ := FOUND;
    END IF;
    IF NOT is_new_ THEN
        SELECT * INTO e FROM billing_walletentry
            WHERE company_id = p_company AND kind = p_kind AND reference = p_reference;
        outcome := CASE WHEN e.id IS NULL THEN 'short' ELSE 'repeated' END;
        entry_id := e.id; number_ := e.number; amount := e.amount_micros;
        available := w.available_micros; held := w.held_micros; crossed := 0; asks := false;
        RETURN;
    END IF;
    level_ := CASE WHEN after_ <= 0 THEN 2
        WHEN NOT w.is_automatic AND after_ < w.threshold_cents * 10000::bigint THEN 1 ELSE 0 END;
    UPDATE billing_wallet SET
        available_micros = after_,
        held_micros = w.held_micros + p_held,
        below_floor_micros = CASE p_limit WHEN 'forced' THEN greatest(w.floor_micros - after_, 0)
            ELSE least(w.below_floor_micros, greatest(w.floor_micros - after_, 0)) END,
        number = w.number + 1,
        moved_at = p_at,
        level = level_,
        level_number = CASE WHEN level_ > w.level THEN w.number + 1 WHEN level_ < w.level THEN 0 ELSE w.level_number END,
        asked_at = CASE WHEN w.is_automatic AND after_ <= w.threshold_cents * 10000::bigint
            THEN coalesce(w.asked_at, p_at) END
        WHERE id = w.id;
    IF p_available <> 0 OR p_held <> 0 THEN
        INSERT INTO billing_walletposting (id, company_id, entry_id, account, micros)
            SELECT p_prefix || leg.id, p_company, first_, leg.account, leg.micros
            FROM (VALUES ('000001', 'available', p_available), ('000002', 'held', p_held), ('000003', p_other, -amount_))
                AS leg(id, account, micros) WHERE leg.micros <> 0;
    END IF;
    outcome := 'posted';
    entry_id := first_; number_ := w.number + 1; amount := amount_;
    available := after_; held := w.held_micros + p_held;
    crossed := CASE WHEN level_ > w.level THEN level_ ELSE 0 END;
    asks := w.is_automatic AND w.asked_at IS NULL AND after_ <= w.threshold_cents * 10000::bigint;
END"""
_GIVEN = (
    "p_company varchar, p_prefix varchar, p_kind varchar, p_reference varchar, p_available bigint, p_held bigint,"
    " p_other varchar, p_limit varchar, p_at timestamptz, p_key varchar DEFAULT '', p_version varchar DEFAULT '',"
    " p_unit bigint DEFAULT 0, p_quantity integer DEFAULT 1, p_happened timestamptz DEFAULT NULL,"
    " p_channel varchar DEFAULT '', p_location varchar DEFAULT '', p_user varchar DEFAULT '',"
    " p_contact varchar DEFAULT '', p_hold varchar DEFAULT '', p_about varchar DEFAULT ''"
)
_TAKEN = (
    ", OUT outcome text, OUT entry_id varchar, OUT number_ bigint, OUT available bigint, OUT held bigint,"
    " OUT amount bigint, OUT crossed smallint, OUT asks boolean"
)
_ZERO = """
BEGIN
    IF EXISTS (SELECT FROM legs GROUP BY legs.entry_id, legs.company_id HAVING sum(micros) <> 0 OR NOT EXISTS (
        SELECT FROM billing_walletentry e WHERE e.id = legs.entry_id AND e.company_id = legs.company_id)) THEN
        RAISE EXCEPTION 'the postings of an entry do not sum to nothing' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END"""
_WRITTEN = """
BEGIN
    IF coalesce(current_setting('hoopai.purging', true), '') <> 'on' OR TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'what is in the ledger does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN OLD;
END"""
_NEVER = """
BEGIN
    RAISE EXCEPTION 'a version of the prices does not change' USING ERRCODE = 'check_violation';
END"""
LEDGER = ("billing_walletentry", "billing_walletposting")


def install(**_: Any) -> None:
    """Create or replace the function and the triggers."""
    with connection.cursor() as cursor:
        if not _is_there(cursor, "billing_wallet_post", _POST):
            cursor.execute("DROP FUNCTION IF EXISTS billing_wallet_post")
            cursor.execute(
                f"CREATE FUNCTION billing_wallet_post({_GIVEN}{_TAKEN}) LANGUAGE plpgsql AS $rule${_POST}$rule$"
            )
        if _trigger(cursor, "billing_posting_zero", _ZERO):
            # each statement's legs sum to nothing and none ever changes, so all of an entry's do, at any moment
            cursor.execute("DROP TRIGGER IF EXISTS billing_posting_zero ON billing_walletposting")
            cursor.execute(
                "CREATE TRIGGER billing_posting_zero AFTER INSERT ON billing_walletposting REFERENCING NEW TABLE AS legs"
                " FOR EACH STATEMENT EXECUTE FUNCTION billing_posting_zero()"
            )
        if _trigger(cursor, "billing_ledger_written", _WRITTEN):
            for table in LEDGER:
                cursor.execute(
                    f"CREATE OR REPLACE TRIGGER billing_ledger_written BEFORE UPDATE OR DELETE ON {table}"
                    " FOR EACH ROW EXECUTE FUNCTION billing_ledger_written()"
                )
        if _trigger(cursor, "billing_price_frozen", _NEVER):
            cursor.execute(
                "CREATE OR REPLACE TRIGGER billing_price_frozen BEFORE UPDATE ON billing_price"
                " FOR EACH ROW EXECUTE FUNCTION billing_price_frozen()"
            )


def _is_there(cursor: Any, name: str, body: str) -> bool:
    cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [name])
    found = cursor.fetchone()
    return bool(found and found[0] == body)


def _trigger(cursor: Any, name: str, body: str) -> bool:
    """Put a trigger's function; whether its triggers have to be made as well."""
    if _is_there(cursor, name, body):
        cursor.execute("SELECT 1 FROM pg_trigger WHERE tgname = %s", [name])
        if cursor.fetchone():
            return False
    cursor.execute(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $rule${body}$rule$")
    return True
