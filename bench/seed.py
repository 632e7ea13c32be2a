"""A location with many contacts, made by statements: skewed tags, many cities, custom values, owners."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from accounts import current
from accounts.models import Company, Location, Membership, User
from contacts.models import SmartList, Tag
from core import ids, scope
from objects.models import CustomField

PASSWORD = "bench only, never kept"


@dataclass
class Seeded:
    company: Company
    location: Location
    admin: User
    tags: list[Tag]
    colour: CustomField
    size: CustomField
    rows: int


def seed(rows: int) -> Seeded:
    """A fresh company with one location of `rows` contacts, analysed and vacuumed."""
    with scope.fresh():
        company = Company.record_new(name="Bench")
        with scope.use(company_id=company.pk):
            location = Location.record_new(company=company, name="Bench", timezone="America/Chicago")
            admin = User(company=company, first_name="Bea", email=f"{ids.new_id().lower()}@bench.test")
            admin.set_password(PASSWORD)
            admin = User.record_new(company=company, first_name="Bea", email=admin.email, password=admin.password)
        with scope.use(company_id=company.pk, location_id=location.pk):
            Membership.record_new(user=admin, location=location, role="admin")
            tags = Tag.objects.named([f"tag {number}" for number in range(20)])
            colour = CustomField.record_new(
                name="Colour",
                key="colour",
                type="SINGLE_OPTIONS",
                options=[{"key": word.lower(), "label": word} for word in ("Red", "Green", "Blue", "White")],
            )
            size = CustomField.record_new(name="Size", key="size", type="NUMERICAL", position=1)
            _contacts(rows, location, admin, tags, colour, size)
    return Seeded(company, location, admin, tags, colour, size, rows)


def _contacts(
    rows: int, location: Location, admin: User, tags: list[Tag], colour: CustomField, size: CustomField
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO contacts_contact (id, location_id, first_name, last_name, email, more_emails, phone,
                phone_label, more_phones, tags, followers, dnd, dnd_settings, inbound_dnd, deleted_by, merged_into, type, source,
                company_name, address, city, state, postal_code, country, website, gender, timezone, assigned_to_id,
                custom, email_validity, phone_validity, has_bounced, has_unsubscribed, score, picture, created_via,
                created_by, last_activity_at, date_added, date_updated)
            SELECT %(prefix)s || lpad(to_hex(n), 6, '0'), %(location)s,
                (ARRAY['Ann','Ben','Cleo','Dina','Émile','Farah','Gus','Hana','Ivo','Jun'])[1 + n %% 10] || chr(97 + (n / 10) %% 26),
                (ARRAY['Okafor','Silva','Nguyen','Müller','Rossi','Haddad','Novak','Tanaka'])[1 + (n * 7) %% 8] || (n %% 9973),
                'person' || n || '@' || (ARRAY['example','sample','mail'])[1 + n %% 3] || (n %% 97) || '.test', '{}',
                '+1' || (2010000000 + n), 'mobile', '[]',
                ARRAY[(%(tags)s::text[])[1 + floor(20 * power(((n::bigint * 7919) %% 100000) / 100000.0, 3))::int]], '{}',
                n %% 50 = 0, '{}', '{}', '', '', CASE WHEN n %% 3 = 0 THEN 'customer' ELSE 'lead' END,
                'source ' || (n %% 7), 'Firm ' || (n %% 20000), n || ' Main Street',
                (ARRAY['Austin','Boston','Chicago','Denver','El Paso','Fargo'])[1 + (n * 31) %% 6],
                (ARRAY['TX','MA','IL','CO'])[1 + n %% 4], lpad((n %% 99999)::text, 5, '0'), 'US', '', '',
                (ARRAY['America/Chicago','America/New_York','Europe/Lisbon'])[1 + n %% 3],
                CASE WHEN n %% 4 = 0 THEN %(admin)s END,
                jsonb_build_object(%(colour)s::text, (ARRAY['Red','Green','Blue','White'])[1 + n %% 4], %(size)s::text, n %% 60),
                '', '', false, false, (n * 13) %% 100, '', 'ui', 'Bea',
                now() - (n %% 400000) * interval '2 minutes', now() - n * interval '40 seconds', now() - n * interval '30 seconds'
            FROM generate_series(1, %(rows)s) AS n
            """,
            {
                "prefix": ids.id_prefix(),
                "location": location.pk,
                "tags": [tag.pk for tag in tags],
                "admin": admin.pk,
                "colour": colour.pk,
                "size": size.pk,
                "rows": rows,
            },
        )
        cursor.execute("VACUUM ANALYZE contacts_contact")


def smart_lists(seeded: Seeded) -> list[tuple[str, SmartList, str]]:
    """Twelve lists as (name, list, hand-written WHERE of the same rows)."""
    colour, size = seeded.colour.pk, seeded.size.pk
    tag = [one.pk for one in seeded.tags]

    def one(field: str, operator: str, value: object = None) -> dict[str, object]:
        return {"field": field, "operator": operator, "value": value}

    rows: list[tuple[str, list[dict[str, object]], str, str]] = [
        ("all", [], "true", "-dateAdded"),
        ("common tag", [one("tags", "eq", [tag[0]])], f"tags @> ARRAY['{tag[0]}']::varchar[]", "-dateAdded"),
        ("rare tag", [one("tags", "eq", [tag[19]])], f"tags @> ARRAY['{tag[19]}']::varchar[]", "-dateAdded"),
        ("city", [one("city", "eq", "austin")], "upper(city) = 'AUSTIN'", "-dateAdded"),
        (
            "choice field",
            [one(f"customFields.{colour}", "eq", ["Red"])],
            f"""custom @> '{{"{colour}": "Red"}}'""",
            "-dateAdded",
        ),
        (
            "number field",
            [one(f"customFields.{size}", "gte", 50)],
            f"custom -> '{size}' IS NOT NULL AND (custom ->> '{size}')::numeric >= 50",
            "-dateAdded",
        ),
        ("owner is me", [one("assignedTo", "eq", ["me"])], f"assigned_to_id = '{seeded.admin.pk}'", "-dateAdded"),
        ("score", [one("score", "gte", 90)], "score >= 90", "-dateAdded"),
        (
            "last 30 days",
            [one("lastActivity", "in_last", 30)],
            "last_activity_at >= date_trunc('day', now() AT TIME ZONE 'America/Chicago') AT TIME ZONE 'America/Chicago' - interval '29 days'",
            "-lastActivity",
        ),
        ("name order", [one("type", "eq", ["customer"])], "type = 'customer'", "name"),
        (
            "tag and field",
            [one("tags", "eq", [tag[3]]), one(f"customFields.{colour}", "eq", ["Blue"])],
            f"""tags @> ARRAY['{tag[3]}']::varchar[] AND custom @> '{{"{colour}": "Blue"}}'""",
            "-dateAdded",
        ),
        (
            "either of two groups",
            [{"group": "OR", "filters": [one("tags", "eq", [tag[5]]), one("score", "gte", 95)]}],
            f"(tags @> ARRAY['{tag[5]}']::varchar[] OR score >= 95)",
            "-dateAdded",
        ),
    ]
    made = []
    with current.at(seeded.location):
        for name, filters, where, sort in rows:
            row = SmartList.record_new(name=name, filters=filters, sort=sort, is_shared=True, owner=seeded.admin)
            made.append((name, row, where))
    return made
