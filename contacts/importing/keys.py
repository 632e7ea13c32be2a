"""What tells that a row means a contact: e-mail, phone, contact id, unique custom fields; as SQL on both sides."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Location
from contacts.importing.targets import CUSTOM
from contacts.models import Import
from core import ids
from objects.models import CustomField


@dataclass(frozen=True)
class Key:
    """`row` is SQL over a staged row `r`, `contact` over a contact `c`; `guard` keeps contacts without a value out."""

    name: str
    row: str
    contact: str
    guard: str
    label: str
    repeats: bool = True  # whether two rows of the file with the same value mean the same contact

    @property
    def same(self) -> str:
        """SQL that is true where contact `c` has the value of row `r` already, be it as an additional one."""
        if self.name == "email":
            return "(c.email = r.email OR r.email = ANY(c.more_emails))"
        if self.name == "phone":
            return "(c.phone = r.phone OR c.more_phones @> jsonb_build_array(jsonb_build_object('number', r.phone)))"
        return f"{self.contact} = {self.row}"


EMAIL = Key("email", "r.email", "c.email", "c.email <> ''", "E-mail")
PHONE = Key("phone", "r.phone", "c.phone", "c.phone <> ''", "Phone")
ID = Key("id", "r.ref", "c.id", "true", "Contact id", repeats=False)


def unique(field: CustomField) -> Key:
    """The key of a custom field that allows each value once."""
    if not ids.is_id(field.pk):
        raise ValueError("the id of a custom field goes into SQL and must have the shape of one")
    return Key(
        f"{CUSTOM}{field.pk}",
        f"lower(r.custom ->> '{field.pk}')",
        f"lower(c.custom ->> '{field.pk}')",
        f"c.custom ->> '{field.pk}' IS NOT NULL",
        field.name,
    )


def keys_of(batch: Import, place: Location, fields: dict[str, CustomField]) -> list[Key]:
    """The keys to try, in order: those chosen, then whatever else may not be twice in the location."""
    if batch.mode == "always_create":
        return []
    mapped = {str(column.get("field") or "") for column in batch.mapping}
    uniques = {f"{CUSTOM}{field.pk}": unique(field) for field in fields.values() if field.is_unique}
    known = {"email": EMAIL, "phone": PHONE, "id": ID} | {name: key for name, key in uniques.items() if name in mapped}
    wanted = [name for name in batch.match_by if name in known and (name != "id" or "id" in mapped)]
    if "id" in mapped and "id" not in wanted:
        wanted.insert(0, "id")
    if not place.allow_duplicates:
        wanted += ["email", "phone"]
    wanted += [name for name in uniques if name in known]
    return [known[name] for name in dict.fromkeys(wanted)]
