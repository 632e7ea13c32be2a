"""What create, update and upsert take, and how it becomes what `contacts.identity` takes."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from api.bodies import Body
from api.fields import Anything, Date, Email, Flag, Id, List, Nested, OneOf, Text, Url
from contacts import attribution
from contacts.api.file_values import from_wire
from contacts.models.consent import CHANNELS
from core.errors import Invalid
from objects.models import CustomField

NAMES = {
    "address": "address1",
    "more_emails": "additionalEmails",
    "more_phones": "additionalPhones",
    "custom": "customFields",
    "channels": "dndSettings",
    "inbound": "inboundDndSettings",
}
DIRECT = (
    "first_name", "last_name", "name", "email", "phone", "address", "city", "state", "postal_code", "country", "website",
    "timezone", "source", "date_of_birth", "assigned_to", "company_name", "gender", "tags", "more_emails", "more_phones",
    "dnd", "first_attribution", "last_attribution",
)  # fmt: skip


class CustomFieldInput(Body):
    open = True
    id = Id(example="0Wk3Zr8QeTn5yLbPcA1d")
    key = Text(most=250)
    field_value = Anything(null=True, also=("value", "fieldValue"), deepest=5, most=500, example="Size 38")

    @classmethod
    def check(cls, values: dict[str, Any]) -> list[str]:
        return [] if values.get("id") or values.get("key") else ["each custom field needs an id or a key"]


class DndState(Body):
    status = OneOf("active", "inactive", "permanent", required=True)
    message = Text(most=500, null=True)
    code = Text(most=50, null=True)


class DndSettings(Body):
    pass


for _channel in CHANNELS:
    DndSettings.fields[_channel] = Nested(DndState)
    DndSettings.spellings[_channel] = _channel


class InboundState(Body):
    status = OneOf("active", "inactive", required=True)
    message = Text(most=500, null=True)


class InboundSettings(Body):
    all = Nested(InboundState)


class Attribution(Body):
    open = True
    url = Text(most=2000, required=True, example="https://example.com/offer")


for _member in (
    "campaign", "utmSource", "utmMedium", "utmContent", "utmKeyword", "utmTerm", "referrer", "campaignId", "fbclid",
    "gclid", "msclikid", "dclid", "fbc", "fbp", "fbEventId", "userAgent", "ip", "medium", "mediumId", "sessionSource",
):  # fmt: skip
    Attribution.fields[_member] = Text(most=2000, null=True)
    Attribution.spellings[_member] = _member


class ContactFields(Body):
    """What all three take."""

    firstName = Text(most=100, null=True, to="first_name", example="Rosan")
    lastName = Text(most=100, null=True, to="last_name", example="Deo")
    name = Text(most=201, null=True)
    email = Email(null=True, example="rosan@example.com")
    phone = Text(most=40, null=True, example="+1 888-888-8888")
    address1 = Text(most=300, null=True, to="address")
    city = Text(most=100, null=True)
    state = Text(most=100, null=True)
    postalCode = Text(most=20, null=True, to="postal_code")
    country = Text(most=2, null=True, example="US")
    website = Url(null=True)
    timezone = Text(most=64, null=True, example="America/Chihuahua")
    dnd = Flag()
    dndSettings = Nested(DndSettings, to="channels")
    inboundDndSettings = Nested(InboundSettings, to="inbound")
    tags = List(Text(most=75), null=True, example=["vip"])
    customFields = List(Nested(CustomFieldInput), null=True, to="custom")
    source = Text(most=200, null=True)
    dateOfBirth = Date(null=True, to="date_of_birth")
    assignedTo = Id(null=True, to="assigned_to")
    companyName = Text(most=200, null=True, to="company_name")
    additionalEmails = List(Email(), most=10, null=True, to="more_emails")
    additionalPhones = List(Text(most=40), most=10, null=True, to="more_phones")


class ContactUpdate(ContactFields):
    pass


class ContactCreate(ContactFields):
    locationId = Id(required=True, to="location")
    gender = Text(most=50, null=True)
    attributionSource = Nested(Attribution, to="first_attribution")


class ContactUpsert(ContactFields):
    additionalEmails = None
    additionalPhones = None
    locationId = Id(required=True, to="location")
    gender = Text(most=50, null=True)
    attributionSource = Nested(Attribution, to="first_attribution")
    createNewIfDuplicateAllowed = Flag(to="create_new", default=False)

    @classmethod
    def check(cls, values: dict[str, Any]) -> list[str]:
        return [] if values.get("email") or values.get("phone") else ["email or phone should not be empty"]


def given(body: dict[str, Any]) -> dict[str, Any]:
    """A read body as what `contacts.identity.add` and `edit` take. One query when keys or ids of custom fields are sent.

    Raises:
        Invalid: a custom field that does not exist.
    """
    values = {name: body[name] for name in DIRECT if name in body}
    if values.get("date_of_birth"):
        values["date_of_birth"] = values["date_of_birth"].isoformat()
    if body.get("first_attribution"):
        values["first_attribution"] = values["last_attribution"] = attribution.from_wire(body["first_attribution"])
    for name in ("channels", "inbound"):
        if body.get(name):
            values[name] = body[name]
    if body.get("custom"):
        values["custom"] = _by_id(body["custom"])
    if "tags" in values and values["tags"] is None:
        values["tags"] = []
    return values


def _by_id(items: list[dict[str, Any]]) -> dict[str, Any]:
    ids = {item["id"] for item in items if item.get("id")}
    keys = {item["key"].removeprefix("contact.") for item in items if not item.get("id")}
    known: dict[str, str] = {}
    fields = CustomField.objects.filter(model="contact").filter(Q(pk__in=ids) | Q(key__in=keys))
    for pk, key in fields.values_list("pk", "key"):
        known |= {pk: pk, key: pk}
    found: dict[str, Any] = {}
    for item in items:
        named = item.get("id") or item["key"].removeprefix("contact.")
        if named not in known:
            raise Invalid({f"customFields.{named}": "no such custom field"})
        found[known[named]] = from_wire(item.get("field_value"))
    return found
