"""Extensions and the two functions behind search. They name their schema, so that a restored dump can build its indexes."""

from django.db import migrations

FOLD = """
CREATE FUNCTION hoopai_fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
AS $$ SELECT lower(public.unaccent('public.unaccent'::pg_catalog.regdictionary, $1)) $$
"""
SEARCH = """
CREATE FUNCTION hoopai_contact_search(
    first_name text, last_name text, email text, phone text, company text, emails text[], phones jsonb
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
SELECT lower(public.unaccent('public.unaccent'::pg_catalog.regdictionary,
        first_name || ' ' || last_name || ' ' || email || ' ' || company
        || CASE WHEN cardinality(emails) = 0 THEN '' ELSE ' ' || array_to_string(emails, ' ') END))
    || ' ' || phone
    || CASE WHEN phones = '[]'::jsonb THEN ''
       ELSE ' ' || (SELECT coalesce(string_agg(held ->> 'number', ' '), '') FROM jsonb_array_elements(phones) AS held) END
$$
"""


class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS pg_trgm", migrations.RunSQL.noop),
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS btree_gin", migrations.RunSQL.noop),
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS unaccent", migrations.RunSQL.noop),
        migrations.RunSQL(FOLD, "DROP FUNCTION hoopai_fold(text)"),
        migrations.RunSQL(
            SEARCH, "DROP FUNCTION hoopai_contact_search(text, text, text, text, text, text[], jsonb)"
        ),
    ]
