"""Adding, editing and upserting contacts: normal forms, required identity, and the location's duplicate rules."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction

from accounts import current
from accounts.models import Location, Team, User
from accounts.zones import check_zone
from billing import limits
from contacts import attribution, suppressing
from contacts.models import Business, Contact, Tag
from contacts.models.addresses import NEW_EMAIL, NEW_PHONE
from core import clock, ids, scope
from core.dates import parse_date
from core.errors import Invalid, Refused
from core.phones import e164
from objects.models import CustomField
from objects.values import clean_all, merged

TEXTS = {
    "first_name": 100,
    "last_name": 100,
    "source": 200,
    "company_name": 200,
    "address": 300,
    "city": 100,
    "state": 100,
    "postal_code": 20,
    "website": 500,
    "gender": 50,
}
IDENTIFIERS = ("email", "phone")


class Duplicate(Refused):
    """Another contact has this primary e-mail or phone, and the location wants no duplicates."""

    def __init__(self, contact: Contact, field: str) -> None:
        meta = {"matchingField": field}
        if is_seen(contact):
            meta |= {"contactId": contact.pk, "contactName": contact.name}
        super().__init__("This location does not allow duplicated contacts.", meta=meta)
        self.contact = contact
        self.field = field


def is_seen(contact: Contact) -> bool:
    """Whether the actor may see the contact. No query for those who see everything."""
    actor = scope.current().actor
    return actor.sees_everything or Contact.objects.visible_to(actor).filter(pk=contact.pk).exists()


def add(**given: Any) -> Contact:
    """Add a contact to the location in scope.

    Args:
        given: fields of Contact by name; beside them `name` (split when first and last are absent), `tags` (names),
            `custom` ({field id: value}), `channels` and `inbound` (see `Contact.set_dnd`), `assigned_to` (user id) or
            `owner` (id of a user or a team, "" for nobody).

    Raises:
        Invalid: {field: sentence}; nothing is written.
        Duplicate: a contact has the primary e-mail or phone and duplicates are not allowed.
        LimitReached: the plan allows no more contacts.
    """
    place = current.location()
    values, extra = normalise(given, place)
    if not any(values.get(name) for name in ("first_name", "last_name", "email", "phone")):
        raise Invalid({"name": "enter a name, an e-mail or a phone number"})
    with transaction.atomic():
        lock_identifiers(values)
        if not place.allow_duplicates:
            _refuse_taken(values)
        custom = merged({}, extra["custom"])
        _refuse_used(custom)
        now = scope.current()
        values.setdefault("created_via", now.via)
        values.setdefault("created_by", now.actor.name[:200])
        if not values.get("first_attribution"):
            values["first_attribution"] = values.get("last_attribution") or attribution.created_by_hand()
        values["last_attribution"] = values.get("last_attribution") or values["first_attribution"]
        tags = [tag.pk for tag in Tag.objects.named(extra["tags"] or ())]
        if values.get("assigned_to"):
            values["assigned_to"] = User.objects.get(pk=values["assigned_to"])
        limits.take("contacts")
        contact = Contact.record_new(**values, custom=custom, tags=tags)
        if extra["followers"]:
            contact.follow(extra["followers"])
        _apply_dnd(contact, extra)
        suppressing.heed_all(contact)
    return contact


def edit(contact: Contact, **given: Any) -> Contact:
    """Change a contact; takes what `add` takes. What is not given stays; None clears.

    Raises:
        Invalid: {field: sentence}. Duplicate: as in `add`. Refused: a rule of a single field. Nothing is written then.
    """
    place = current.location()
    values, extra = normalise(given, place)
    with transaction.atomic():
        lock_identifiers(values)
        contact.lock()
        if contact.first_attribution:
            values.pop("first_attribution", None)
        changed = {
            name: values[name] for name in IDENTIFIERS if values.get(name) not in (None, "", getattr(contact, name))
        }
        if changed and not place.allow_duplicates:
            _refuse_taken(changed, but=contact.pk)
        if extra["custom"]:
            fresh = {key: value for key, value in extra["custom"].items() if contact.custom.get(key) != value}
            _refuse_used({key: value for key, value in fresh.items() if value is not None}, but=contact.pk)
            values["custom"] = merged(contact.custom, fresh)
        for name, forgets in (("email", NEW_EMAIL), ("phone", NEW_PHONE)):
            if name in changed:
                values |= forgets
        if values.get("team"):
            values.pop("assigned_to")
            contact.assign_to_team(values.pop("team"))
        elif "assigned_to" in values:
            values.pop("team", None)
            contact.assign_to(values.pop("assigned_to"))
        had = {*contact.emails, *(held["number"] for held in contact.phones)}
        contact.change(**values)
        if extra["tags"] is not None:
            contact.set_tags(extra["tags"])
        if extra["followers"] is not None:
            contact.unfollow([held for held in contact.followers if held not in extra["followers"]])
            contact.follow(extra["followers"])
        _apply_dnd(contact, extra)
        numbers = [held["number"] for held in contact.phones]
        suppressing.heed(contact, set(contact.emails) - had, set(numbers) - had)
    return contact


def upsert(*, create_new: bool = False, **given: Any) -> tuple[Contact, bool]:
    """Update the contact that matches by the location's match fields, or add one.

    Where the e-mail belongs to one contact and the phone to another, the one found by the first match field is updated
    and the other value is left out, as writing it would make a duplicate.

    Args:
        create_new: always add, where the location allows duplicates.

    Returns:
        The contact and whether it is new.
    """
    place = current.location()
    values, _ = normalise(given, place)
    with transaction.atomic():
        lock_identifiers(values)
        if create_new and place.allow_duplicates:
            return add(**given), True
        found, by = match(values.get("email", ""), values.get("phone", ""), place)
        if found is None:
            return add(**given), True
        given = dict(given)
        for name in IDENTIFIERS:
            value = values.get(name)
            if name != by and value and value != getattr(found, name) and holder(name, value, but=found.pk):
                given.pop(name, None)
        if by == "email" and values["email"] != found.email:
            given.pop("email", None)
            found.make_primary_email(values["email"])
        return edit(found, **given), False


def match(email: str, phone: str, place: Location) -> tuple[Contact | None, str]:
    """The live contact that these identifiers mean, and the field that told: the location's match fields in their order,
    or e-mail then phone where duplicates are allowed. E-mails match additional addresses too, after primary ones."""
    order = IDENTIFIERS if place.allow_duplicates else place.match_by or list(IDENTIFIERS)
    given = {"email": email, "phone": phone}
    for name in order:
        if given.get(name):
            found = holder(name, given[name])
            if found is None and name == "email":
                found = (
                    Contact.objects.live()
                    .filter(search__folded=email, more_emails__contains=[email])
                    .order_by("pk")
                    .first()
                )
            if found is not None:
                return found, name
    return None, ""


def holder(name: str, value: str, but: str = "") -> Contact | None:
    """The oldest live contact whose primary `name` (email or phone) is `value`."""
    found: Contact | None = (
        Contact.objects.live().filter(**{name: value}).exclude(**{name: ""}).exclude(pk=but).order_by("pk").first()
    )
    return found


def others_holding(name: str, value: str, but: Iterable[str]) -> Contact | None:
    """The oldest live contact with this primary e-mail or phone that is none of `but`."""
    found: Contact | None = (
        Contact.objects.live()
        .filter(**{name: value})
        .exclude(**{name: ""})
        .exclude(pk__in=list(but))
        .order_by("pk")
        .first()
    )
    return found


def lock_identifiers(*several: dict[str, Any]) -> None:
    """Until the transaction ends, nobody else adds a contact with the same e-mail or phone as one of `several`."""
    place = scope.location_id()
    keys = sorted({f"{place}:{name}:{values[name]}" for values in several for name in IDENTIFIERS if values.get(name)})
    if keys:  # the first lock lets imports, which take it alone for a batch, keep single writers out
        locks = ["pg_advisory_xact_lock_shared(hashtextextended(%s, 2))"] + [
            "pg_advisory_xact_lock(hashtextextended(%s, 0))"
        ] * len(keys)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(locks)}", [place, *keys])


def normalise(given: dict[str, Any], place: Location) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split what was given into column values and the rest: {"tags", "custom", "followers", "dnd", "channels", "inbound"}.

    Raises:
        Invalid: {field: sentence} with every fault at once.
    """
    errors: dict[str, str] = {}
    values: dict[str, Any] = {}
    given = dict(given)
    extra = {name: given.pop(name, None) for name in ("tags", "followers", "dnd", "channels", "inbound")}
    extra["custom"] = {}
    custom = given.pop("custom", None)
    if custom:
        try:
            extra["custom"] = clean_all(
                custom, CustomField.objects.filter(model="contact", pk__in=list(custom)), place.country
            )
        except Invalid as error:
            errors |= error.errors
    owner = given.pop("owner", None)
    if owner is not None:
        team = Team.objects.filter(pk=owner).first() if ids.is_id(owner) else None
        values["team"] = team
        given["assigned_to"] = None if team else owner
    name = given.pop("name", None)
    if name and not given.get("first_name") and not given.get("last_name"):
        given["first_name"], _, given["last_name"] = " ".join(str(name).split()).partition(" ")
    for key, value in given.items():
        try:
            values[key] = _one(key, value, place)
        except (ValueError, ValidationError) as error:
            errors[key] = error.messages[0] if isinstance(error, ValidationError) else str(error)
    if extra["followers"]:
        named = [person for person in extra["followers"] if ids.is_id(person)]
        known = set(User.objects.working_at(place.pk).filter(pk__in=named).values_list("pk", flat=True))
        if set(extra["followers"]) - known:
            errors["followers"] = "not everybody named works at this location"
    if errors:
        raise Invalid(errors)
    if values.get("business"):
        values["company_name"] = values["business"].name
    return values, extra


def email_of(text: str) -> str:
    """An address in its stored form: trimmed, lower case.

    Raises:
        ValueError: it is none.
    """
    address = str(text).strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise ValueError("not an e-mail address") from None
    if len(address) > 254:
        raise ValueError("not an e-mail address")
    return address


def _one(key: str, value: Any, place: Location) -> Any:
    if key in TEXTS:
        text = " ".join(str(value).replace("\x00", "").split()) if value is not None else ""
        if len(text) > TEXTS[key]:
            raise ValueError(f"longer than {TEXTS[key]} characters")
        return text
    if key == "email":
        return email_of(value) if value else ""
    if key == "phone":
        return e164(str(value), place.country) if value else ""
    if key == "more_emails":
        return list(dict.fromkeys(email_of(item) for item in value or ()))
    if key == "more_phones":
        items = [item if isinstance(item, dict) else {"number": item} for item in value or ()]
        return [
            {"number": e164(str(item.get("number", "")), place.country), "label": (item.get("label") or "").lower()}
            for item in items
        ]
    if key == "country":
        text = str(value or "").strip().upper()
        if text and not re.fullmatch(r"[A-Z]{2}", text):
            raise ValueError("use a country code of two letters, such as US")
        return text
    if key == "timezone":
        check_zone(str(value or ""))
        return value or ""
    if key == "date_of_birth":
        if not value:
            return None
        day = parse_date(str(value))
        if not day.year >= 1850 or day > clock.today():
            raise ValueError("not a date of birth")
        return day
    if key == "type":
        if value and value not in ("lead", "customer"):
            raise ValueError("must be lead or customer")
        return value or "lead"
    if key == "assigned_to":
        person = getattr(value, "pk", value)
        if person and not (ids.is_id(person) and User.objects.working_at(place.pk).filter(pk=person).exists()):
            raise ValueError("nobody with this id works at this location")
        return person or None
    if key == "business":
        if not value:
            return None
        known = Business.objects.visible_to(scope.current().actor) if isinstance(value, str) else Business.objects
        found = known.filter(pk=getattr(value, "pk", value)).first()
        if found is None:
            raise ValueError("there is no such company")
        return found
    return value


def _refuse_taken(values: dict[str, Any], but: str = "") -> None:
    place = current.location()
    for name in sorted(IDENTIFIERS, key=lambda each: place.match_by.index(each) if each in place.match_by else 9):
        if values.get(name):
            other = holder(name, values[name], but=but)
            if other is not None:
                raise Duplicate(other, name)


def _refuse_used(custom: dict[str, Any], but: str = "") -> None:
    """Unique custom fields: one query for the definitions, one per unique value given."""
    if not custom:
        return
    for field in CustomField.objects.filter(pk__in=list(custom), is_unique=True).order_by("pk"):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [f"{field.pk}:{str(custom[field.pk]).lower()}"]
            )
        value = custom[field.pk]
        same = (
            {f"custom__{field.pk}__iexact": value}
            if isinstance(value, str)
            else {"custom__contains": {field.pk: value}}
        )
        other = Contact.objects.live().filter(**same).exclude(pk=but).first()
        if other is not None:
            raise Invalid({f"customFields.{field.pk}": f"{field.name}: this value is already used by {other}"})


def _apply_dnd(contact: Contact, extra: dict[str, Any]) -> None:
    if extra["dnd"] is not None or extra["channels"] or extra["inbound"]:
        contact.set_dnd(extra["dnd"], extra["channels"], extra["inbound"])
