"""Companies: adding, editing, filling and deleting one, with what that means for the contacts that work there.

A contact has one company at a time. Its `company_name` follows the company's name; both change in one statement for
all contacts of a company, with one entry each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import Count

from accounts import current
from contacts.identity import email_of
from contacts.models import Business, Contact, FormerContact
from contacts.models.trash import KEPT_FOR
from core import clock, ids, scope
from core.errors import Invalid, Refused
from core.phones import BadPhone, e164
from core.text import is_web_address
from journal.models import entry_for
from journal.recorded import quietly
from journal.writing import write_many, write_selected
from objects.models import CustomField
from objects.values import clean_all, merged

PURGED_AT_ONCE = 200
TEXTS = {
    "name": 200,
    "website": 500,
    "description": 5000,
    "address": 300,
    "city": 100,
    "state": 100,
    "postal_code": 20,
}


def add_business(**given: Any) -> Business:
    """Add a company to the location in scope. Only the name is required; two companies may have the same one.

    Args:
        given: fields of Business by name, and `custom` ({field id: value}).

    Raises:
        Invalid: {field: sentence}; nothing is written.
    """
    values = _checked({"name": "", **given})
    now = scope.current()
    custom = merged({}, values.pop("custom", {}))
    with transaction.atomic():
        _refuse_used(custom)
        return Business.record_new(
            **values, custom=custom, created_by=now.actor.name[:200], created_by_id=now.actor.id, created_via=now.via
        )


def edit_business(business: Business, **given: Any) -> Business:
    """Change a company; what is not given stays. A new name is written on all its contacts.

    Raises:
        Invalid: {field: sentence}; nothing is written.
    """
    values = _checked(given)
    with transaction.atomic():
        business.lock()
        if values.get("custom"):
            fresh = {key: value for key, value in values["custom"].items() if business.custom.get(key) != value}
            _refuse_used({key: value for key, value in fresh.items() if value is not None}, but=business.pk)
            values["custom"] = merged(business.custom, fresh)
        changes = business.change(facts={"name": business.name}, **values)
        if "name" in changes:
            _move("business_id = %s AND company_name <> %s", [business.pk, business.name], business.pk, business.name)
    return business


def delete_business(business: Business) -> int:
    """Move a company to the trash for thirty days; its contacts stay, their company is emptied.

    Returns:
        How many contacts it had.
    """
    with transaction.atomic():
        business.lock()
        if business.is_trashed:
            return 0
        _remember_contacts(business)
        freed = _move("business_id = %s", [business.pk], None, "")
        business.change(
            "business.deleted",
            facts={"name": business.name, "contacts": freed},
            deleted_at=clock.now(),
            deleted_by=scope.current().actor.name[:200],
        )
    return freed


def restore_business(business: Business) -> int:
    """Take a company out of the trash. Contacts that had it and have none since have it again.

    Returns:
        How many contacts.

    Raises:
        Refused: thirty days have passed.
    """
    with transaction.atomic():
        business.lock()
        if business.deleted_at is None:
            return 0
        if business.deleted_at < clock.now() - KEPT_FOR:
            raise Refused("Deleted more than 30 days ago: it can no longer be recovered.")
        _refuse_used(business.custom, but=business.pk)
        business.change("business.restored", facts={"name": business.name}, deleted_at=None, deleted_by="")
        back = _move(
            "business_id IS NULL AND company_name = '' AND id IN (SELECT contact_id FROM contacts_formercontact"
            " WHERE business_id = %s)",
            [business.pk],
            business.pk,
            business.name,
        )
        FormerContact.objects.filter(business=business).delete()
    return back


def purge(businesses: Any) -> int:
    """Delete trashed companies for good. The journal keeps that there was one, without the name. Returns how many."""
    with transaction.atomic():
        rows = list(businesses.order_by("pk").select_for_update(skip_locked=True)[:PURGED_AT_ONCE])
        write_many([entry_for("business.purged", row) for row in rows])
        with quietly(reason="business.purged is written for each"):
            trashed = Business.objects.trashed().filter(pk__in=[row.pk for row in rows])
            trashed.delete()
    return len(rows)


def put_in(business: Business, contact_ids: Iterable[str], actor: scope.Actor | None = None) -> int:
    """Let contacts work for the company; it replaces the one they had. Those who work there already stay as they are.

    Args:
        actor: only contacts visible to them are taken; everybody's when None.

    Returns:
        How many contacts changed.
    """
    chosen = _visible(contact_ids, actor)
    condition = "id = ANY(%s) AND deleted_at IS NULL AND business_id IS DISTINCT FROM %s"
    with transaction.atomic():
        business.lock()
        return _move(condition, [chosen, business.pk], business.pk, business.name) if chosen else 0


def take_out(business: Business, contact_ids: Iterable[str], actor: scope.Actor | None = None) -> int:
    """Empty the company of these of its contacts; arguments as for `put_in`."""
    chosen = _visible(contact_ids, actor)
    return _move("id = ANY(%s) AND business_id = %s", [chosen, business.pk], None, "") if chosen else 0


def free(contact_ids: Iterable[str], actor: scope.Actor | None = None) -> int:
    """Empty the company of these contacts, whichever it is; arguments as for `put_in`."""
    chosen = _visible(contact_ids, actor)
    return _move("id = ANY(%s) AND business_id IS NOT NULL", [chosen], None, "") if chosen else 0


def namesakes(name: str, but: str = "") -> int:
    """How many other companies that the present actor sees have this name, case aside."""
    return int(
        Business.objects.visible_to(scope.current().actor).filter(name__iexact=name.strip()).exclude(pk=but).count()
    )


def numbers_of_contacts(business_ids: Iterable[str], actor: scope.Actor) -> dict[str, int]:
    """{company id: how many of its contacts `actor` sees}; companies without any are left out. One query."""
    rows = Contact.objects.live().visible_to(actor).filter(business_id__in=list(business_ids)).order_by()
    return dict(rows.values_list("business_id").annotate(Count("pk")))


def _remember_contacts(business: Business) -> None:
    """Keep who works there, for the day the company is restored."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO contacts_formercontact (id, location_id, business_id, contact_id)
               SELECT %s || lpad(to_hex(row_number() OVER ()), 6, '0'), location_id, business_id, id
               FROM contacts_contact WHERE location_id = %s AND business_id = %s ON CONFLICT DO NOTHING""",
            [ids.id_prefix(), scope.location_id(), business.pk],
        )


def _visible(contact_ids: Iterable[str], actor: scope.Actor | None) -> list[str]:
    rows = Contact.objects.live().filter(pk__in=[pk for pk in contact_ids if ids.is_id(pk)])
    return list((rows.visible_to(actor) if actor else rows).values_list("pk", flat=True))


def _move(condition: str, params: list[Any], business_id: str | None, name: str) -> int:
    """Set company and company name of the contacts that meet `condition`, with an entry each."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""CREATE TEMPORARY TABLE moved ON COMMIT DROP AS
                SELECT id, business_id, company_name FROM contacts_contact
                WHERE location_id = %s AND {condition} FOR UPDATE""",  # noqa: S608  conditions of this module
            [scope.location_id(), *params],
        )
        write_selected(
            "contact.updated",
            "contact",
            """SELECT id AS subject_id, id AS contact_id, '{}'::jsonb AS facts,
                   CASE WHEN business_id IS NOT DISTINCT FROM %s THEN '{}'::jsonb
                        ELSE jsonb_build_object('business', jsonb_build_array(business_id, %s::text)) END
                   || CASE WHEN company_name = %s THEN '{}'::jsonb
                        ELSE jsonb_build_object('company_name', jsonb_build_array(company_name, %s::text)) END
                   AS changes FROM moved""",
            [business_id, business_id, name, name],
        )
        cursor.execute(
            """UPDATE contacts_contact AS contact SET business_id = %s, company_name = %s, date_updated = %s
               FROM moved WHERE contact.id = moved.id AND contact.location_id = %s""",
            [business_id, name, clock.now(), scope.location_id()],
        )
        done: int = cursor.rowcount
        cursor.execute("DROP TABLE moved")
    return done


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    place = current.location()
    errors: dict[str, str] = {}
    values: dict[str, Any] = {}
    given = dict(given)
    custom = given.pop("custom", None)
    if custom:
        try:
            fields = CustomField.objects.filter(model="business", pk__in=list(custom))
            values["custom"] = clean_all(custom, fields, place.country)
        except Invalid as error:
            errors |= error.errors
    for key, value in given.items():
        try:
            values[key] = _one(key, value, place.country)
        except (BadPhone, ValueError) as error:
            errors[key] = str(error)
    if errors:
        raise Invalid(errors)
    return values


def _one(key: str, value: Any, country: str) -> str:
    text = str(value if value is not None else "").replace("\x00", "").strip()
    if key == "email":
        return email_of(text) if text else ""
    if key == "phone":
        return e164(text, country) if text else ""
    if key == "country":
        if text and not re.fullmatch(r"[A-Za-z]{2}", text):
            raise ValueError("use a country code of two letters, such as US")
        return text.upper()
    if key not in TEXTS:
        raise ValueError("a company has no such field")
    if key != "description":
        text = " ".join(text.split())
    if key == "name" and not text:
        raise ValueError("a company needs a name")
    if key == "website" and text and not is_web_address(text):
        raise ValueError("not a web address; use https://example.com")
    if len(text) > TEXTS[key]:
        raise ValueError(f"longer than {TEXTS[key]:,} characters")
    return text


def _refuse_used(custom: dict[str, Any], but: str = "") -> None:
    if not custom:
        return
    for field in CustomField.objects.filter(pk__in=list(custom), is_unique=True).order_by("pk"):
        with connection.cursor() as cursor:
            key = f"{field.pk}:{str(custom[field.pk]).lower()}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [key])
        other = Business.objects.filter(custom__contains={field.pk: custom[field.pk]}).exclude(pk=but).first()
        if other is not None:
            raise Invalid({f"customFields.{field.pk}": f"{field.name}: this value is already used by {other}"})
