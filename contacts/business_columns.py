"""Columns of the list of companies: which there are, how each sorts, and its value in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, FloatField, Func, IntegerField, OuterRef, Subquery, TextField, Value
from django.db.models.functions import Coalesce, Lower

from accounts import countries
from contacts.models import Business, Contact
from core import ids
from core.phones import pretty
from objects.models import CustomField
from objects.models.custom_field import NUMBERS
from objects.values import shown

MOST = 30
DEFAULT = ("name", "phone", "email", "city", "contacts", "dateAdded")
NOT_SORTED = {"FILE_UPLOAD", "SIGNATURE", "MULTIPLE_OPTIONS", "CHECKBOX", "TEXTBOX_LIST"}


class CustomNumber(Func):
    """The number a company has in a field; those without one come before all others."""

    template = (
        "CASE WHEN jsonb_typeof(custom -> %(expressions)s) = 'number'"
        " THEN (custom ->> %(expressions)s)::float8 ELSE '-infinity'::float8 END"
    )
    output_field = FloatField()

    def as_sql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        sql, params = super().as_sql(compiler, connection, **more)
        return sql, [*params, *params]


class CustomText(Func):
    """What a company has in a field as lower-case text; nothing is the empty text."""

    template = "lower(coalesce(custom ->> %(expressions)s, ''))"
    output_field = TextField()


@dataclass(frozen=True)
class Column:
    """`name` is as the address and the chooser spell it; `kind` says how it looks."""

    name: str
    label: str
    category: str
    kind: str = "text"
    field: str = ""  # of Business
    custom: CustomField | None = None
    sorts: bool = True

    @property
    def is_number(self) -> bool:
        return self.kind == "number"


STANDARD = (
    Column("name", "Name", "Company", "name", "name"),
    Column("phone", "Phone", "Company", "phone", "phone"),
    Column("email", "E-mail", "Company", "text", "email"),
    Column("website", "Website", "Company", "text", "website"),
    Column("description", "Description", "Company", "text", "description"),
    Column("contacts", "Contacts", "Company", "number"),
    Column("address", "Street", "Address", "text", "address"),
    Column("city", "City", "Address", "text", "city"),
    Column("state", "State", "Address", "text", "state"),
    Column("postalCode", "Postal code", "Address", "text", "postal_code"),
    Column("country", "Country", "Address", "country", "country"),
    Column("dateAdded", "Added", "Dates", "moment", "date_added"),
    Column("dateUpdated", "Updated", "Dates", "moment", "date_updated"),
    Column("createdBy", "Added by", "Dates", "text", "created_by"),
)
BY_NAME = {column.name: column for column in STANDARD}


def of_custom(definition: CustomField) -> Column:
    kind = "number" if definition.type in NUMBERS else "text"
    name = f"customFields.{definition.pk}"
    sorts = definition.type not in NOT_SORTED
    return Column(name, definition.name, "Custom fields", kind, "", definition, sorts)


def catalogue() -> list[Column]:
    """Every column that can be chosen. One query."""
    return [*STANDARD, *(of_custom(row) for row in CustomField.objects.filter(model="business")[:500])]


def chosen(names: Sequence[str]) -> list[Column]:
    """The columns of these names in their order; unknown names are left out, and the name is always there.

    One query when custom fields are named.
    """
    wanted = list(dict.fromkeys(names))[:MOST]
    custom_ids = [name.removeprefix("customFields.") for name in wanted if name.startswith("customFields.")]
    custom: dict[str, Column] = {}
    if custom_ids:
        rows = CustomField.objects.filter(pk__in=[pk for pk in custom_ids if ids.is_id(pk)], model="business")
        custom = {f"customFields.{row.pk}": of_custom(row) for row in rows}
    found = [BY_NAME.get(name) or custom.get(name) for name in wanted]
    columns = [column for column in found if column]
    return columns if any(column.name == "name" for column in columns) else [BY_NAME["name"], *columns]


def sorted_by(name: str, known: Sequence[Column]) -> tuple[Column, bool]:
    """The column that a sort such as `-city` names, and whether it runs down; the name when it names none."""
    bare = name.removeprefix("-")
    column = BY_NAME.get(bare) or next((one for one in known if one.name == bare), None)
    if column is None and bare.startswith("customFields."):
        column = next((one for one in chosen([bare]) if one.name == bare), None)
    if column is None or not column.sorts:
        return BY_NAME["name"], False
    return column, name.startswith("-")


def ordered(rows: Any, column: Column, actor: Any) -> tuple[Any, str]:
    """The companies with what they are sorted by, and its name, for `core.keyset`."""
    if column.kind == "moment":
        return rows, column.field
    key: Any
    if column.custom is not None:
        key = (CustomNumber if column.is_number else CustomText)(Value(column.custom.pk))
    elif column.name == "contacts":
        mine = Contact.objects.live().visible_to(actor).filter(business=OuterRef("pk")).order_by()
        number = mine.values("business").annotate(number=Count("pk")).values("number")
        key = Coalesce(Subquery(number, output_field=IntegerField()), 0)
    else:
        key = Lower(F(column.field))
    return rows.annotate(sorting=key), "sorting"


def words(column: Column, row: Business, numbers: Mapping[str, int]) -> Any:
    """The value of a cell; moments stay moments and numbers numbers."""
    if column.custom is not None:
        return shown(column.custom, row.custom.get(column.custom.pk))
    if column.name == "contacts":
        return numbers.get(row.pk, 0)
    value = getattr(row, column.field)
    if column.kind == "phone":
        return pretty(value) if value else ""
    if column.kind == "country":
        return countries.names().get(value, value)
    return value
