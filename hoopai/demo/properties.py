"""The demo's own object, properties, and which people, companies and deals they have to do with."""

from __future__ import annotations

import datetime as dt
import random
from itertools import pairwise

from contacts.models import Business, Contact
from core import clock
from hoopai.demo import words
from objects import associations, definitions, records, relations, schemas
from objects.models import Association, Record
from opportunities.models import Opportunity

KINDS = ["House", "Flat", "Town house", "Farmhouse", "Studio", "Shop"]
REMARKS = [
    "Keys are with the neighbour at number 12.",
    "No parking in front before ten. Bring the small van.",
    "Survey of 2023 is in the folder. The cellar is damp in March.",
    "",
    "Protected front: windows keep their bars.",
]


def define() -> dict[str, str]:
    """The object with its fields; {name of a field: its id}, and the schema's under ""."""
    schema = schemas.create_schema(
        singular="Property",
        plural="Properties",
        key="property",
        description="The places we work on, whoever owns them.",
        primary_name="Address",
    )
    model = schema.key
    made = {
        "Kind": definitions.create_field(name="Kind", type="SINGLE_OPTIONS", model=model, options=KINDS, is_searchable=True),
        "City": definitions.create_field(name="City", type="TEXT", model=model, is_searchable=True),
        "Year built": definitions.create_field(name="Year built", type="NUMERICAL", model=model),
        "Floor area": definitions.create_field(name="Floor area", type="FLOAT", model=model),
        "Last survey": definitions.create_field(name="Last survey", type="DATE", model=model),
        "Remarks": definitions.create_field(name="Remarks", type="LARGE_TEXT", model=model),
    }  # fmt: skip
    return {"": schema.pk, "Address": schema.primary_field_id, **{name: field.pk for name, field in made.items()}}


def types() -> dict[str, Association]:
    """The ways in which records are linked, by what the first side reads."""
    model = "custom_objects.property"
    rows = [
        associations.create_association(
            first_kind="contact", second_kind=model, first_label="Owns", second_label="Owner"
        ),
        associations.create_association(
            first_kind="contact", second_kind=model, first_label="Lives in", second_label="Tenant", most_seconds=1
        ),
        associations.create_association(
            first_kind="opportunity", second_kind=model, first_label="Place of the work", second_label="Project"
        ),
        associations.create_association(
            first_kind="contact", second_kind="contact", first_label="Partner of", most_seconds=1
        ),
        associations.create_association(
            first_kind="contact", second_kind="contact", first_label="Referred", second_label="Referred by"
        ),
        associations.create_association(
            first_kind="contact", second_kind="business", first_label="Architect for", second_label="Architect"
        ),
    ]
    return {row.first_label: row for row in rows}


def fill(
    draw: random.Random,
    country: str,
    number: int,
    people: list[Contact],
    firms: list[Business],
    deals: list[Opportunity],
) -> list[Record]:
    """`number` properties with owners, tenants and deals, and people linked with each other."""
    field, kinds = define(), types()
    schema = schemas.named("property")
    assert schema is not None
    since = clock.now() - dt.timedelta(days=3)
    open_to = [one for one in people if one.deleted_at is None and one.assigned_to_id and one.date_added < since]
    chosen = draw.sample(open_to, min(len(open_to), 2 * number + 16))
    made = []
    streets = draw.sample([f"{at} {street}" for street in words.STREETS[country] for at in range(3, 90, 4)], number)
    for street in streets:
        city = draw.choice(words.PLACES[country])[0]
        with clock.moved(-dt.timedelta(days=draw.uniform(3, 300))):
            made.append(
                records.add_record(
                    schema,
                    owner=draw.choice(open_to).assigned_to_id if draw.random() < 0.8 and open_to else None,
                    custom={
                        field["Address"]: street,
                        field["City"]: city,
                        field["Kind"]: draw.choice(KINDS),
                        field["Year built"]: draw.randint(1880, 2019),
                        field["Floor area"]: round(draw.uniform(38, 340), 1),
                        field["Last survey"]: f"{draw.randint(2021, 2025)}-{draw.randint(1, 12):02d}-14",
                        field["Remarks"]: draw.choice(REMARKS),
                    },
                )
            )
    with clock.moved(-dt.timedelta(days=2)):
        free = iter(chosen)
        for row, owner in zip(made, free, strict=False):
            relations.link(kinds["Owns"], owner.pk, row.pk)
        for row, tenant in zip(made[::3], free, strict=False):
            relations.link(kinds["Lives in"], tenant.pk, row.pk)
        for deal, row in zip(deals[:: max(1, len(deals) // 15)], made, strict=False):
            relations.link(kinds["Place of the work"], deal.pk, row.pk)
        rest = list(free)
        for one, two in list(pairwise(rest))[:12:2]:
            relations.link(kinds["Partner of"], one.pk, two.pk)
        for one, two in list(pairwise(rest))[1:12:2]:
            relations.link(kinds["Referred"], one.pk, two.pk)
        for one, firm in zip(rest[:5], firms, strict=False):
            relations.link(kinds["Architect for"], one.pk, firm.pk)
    return made
