"""How six other programs name the columns of their contact exports, where the plain words would guess wrong."""

from __future__ import annotations

from dataclasses import dataclass

ORDINALS = range(1, 11)


@dataclass(frozen=True)
class Preset:
    name: str
    signs: frozenset[str]  # headers that hardly anybody else uses, in lower case
    columns: dict[str, str]  # header: target; "" leaves the column out
    enough: int = 2  # signs that convince


def _numbered(pattern: str, first: str, more: str, last: int = 10) -> dict[str, str]:
    return {pattern.format(number): (first if number == 1 else more) for number in range(1, last + 1)}


GOOGLE = Preset(
    "Google Contacts",
    frozenset({"given name", "family name", "e-mail 1 - value", "phone 1 - value", "group membership", "phonetic first name", "organization name", "labels", "e-mail 1 - label", "phone 1 - label", "e-mail 1 - type"}),
    {
        "first name": "first_name", "given name": "first_name", "last name": "last_name", "family name": "last_name", "name": "",
        **_numbered("e-mail {} - value", "email", "more_emails"), **_numbered("phone {} - value", "phone", "more_phones"),
        "organization name": "company_name", "organization 1 - name": "company_name", "birthday": "date_of_birth",
        "address 1 - street": "address", "address 1 - city": "city", "address 1 - region": "state",
        "address 1 - postal code": "postal_code", "address 1 - country": "country", "website 1 - value": "website",
        "labels": "tags", "group membership": "tags", "gender": "gender",
    },
)  # fmt: skip
OUTLOOK = Preset(
    "Outlook",
    frozenset({"e-mail address", "e-mail 2 address", "e-mail 3 address", "business phone", "business street", "mobile phone", "home phone", "categories", "web page", "e-mail display name", "assistant's phone"}),
    {
        "first name": "first_name", "last name": "last_name", "company": "company_name", "e-mail address": "email",
        "e-mail 2 address": "more_emails", "e-mail 3 address": "more_emails", "mobile phone": "phone", "business phone": "more_phones",
        "business phone 2": "more_phones", "home phone": "more_phones", "home phone 2": "more_phones", "other phone": "more_phones",
        "primary phone": "more_phones", "company main phone": "more_phones", "business street": "address", "business city": "city", "business state": "state",
        "business postal code": "postal_code", "business country/region": "country", "birthday": "date_of_birth", "web page": "website",
        "categories": "tags", "gender": "gender",
    },
    3,
)  # fmt: skip
HUBSPOT = Preset(
    "HubSpot",
    frozenset({"record id", "record id - contact", "lifecycle stage", "lead status", "contact owner", "create date", "associated company", "last activity date", "marketing contact status", "become a customer date", "original source", "original traffic source", "associated company ids"}),
    {
        "first name": "first_name", "last name": "last_name", "email": "email", "phone number": "phone", "mobile phone number": "more_phones",
        "contact owner": "assigned_to", "company name": "company_name", "associated company": "company_name", "street address": "address", "city": "city",
        "state/region": "state", "postal code": "postal_code", "country/region": "country", "website url": "website",
        "date of birth": "date_of_birth", "original source": "source", "original traffic source": "source", "additional email addresses": "more_emails",
        "unsubscribed from all email": "dnd.Email", "record id": "", "record id - contact": "", "time zone": "",
    },
)  # fmt: skip
SALESFORCE = Preset(
    "Salesforce",
    frozenset({"mailing street", "mailing city", "mailing state/province", "mailing zip/postal code", "mailing country", "salutation", "account name", "contact id", "reports to", "lead source", "mailingstreet", "mailingcity", "accountid", "ownerid", "masterrecordid"}),
    {
        "first name": "first_name", "last name": "last_name", "email": "email", "phone": "phone", "mobile": "more_phones", "mobile phone": "more_phones", "home phone": "more_phones",
        "other phone": "more_phones", "account name": "company_name", "mailing street": "address", "mailing city": "city", "mailing state/province": "state",
        "mailing state": "state", "mailing zip/postal code": "postal_code", "mailing postal code": "postal_code", "mailing country": "country",
        "birthdate": "date_of_birth", "lead source": "source", "contact owner": "assigned_to", "contact id": "", "id": "", "do not call": "dnd.Call",
        "email opt out": "dnd.Email", "firstname": "first_name", "lastname": "last_name", "mobilephone": "more_phones", "homephone": "more_phones",
        "mailingstreet": "address", "mailingcity": "city", "mailingstate": "state", "mailingpostalcode": "postal_code", "mailingcountry": "country",
        "leadsource": "source", "hasoptedoutofemail": "dnd.Email",
    },
)  # fmt: skip
PIPEDRIVE = Preset(
    "Pipedrive",
    frozenset({"person - name", "person - organization", "person - email - work", "person - phone - work", "person - owner", "person - id", "person - labels", "open deals", "won deals", "email - work", "phone - work", "phone - mobile"}),
    {
        "person - name": "name", "person - first name": "first_name", "person - last name": "last_name", "person - organization": "company_name",
        "person - email": "email", "person - email - work": "email", "person - email - home": "more_emails", "person - email - other": "more_emails",
        "person - phone": "phone", "person - phone - work": "more_phones", "person - phone - home": "more_phones", "person - phone - mobile": "phone",
        "person - phone - other": "more_phones", "person - owner": "assigned_to", "person - label": "tags", "person - labels": "tags", "person - id": "",
        "name": "name", "first name": "first_name", "last name": "last_name", "organization": "company_name", "email - work": "email", "email - home": "more_emails", "email - other": "more_emails",
        "phone - work": "more_phones", "phone - home": "more_phones", "phone - mobile": "phone", "phone - other": "more_phones", "owner": "assigned_to",
        "labels": "tags", "label": "tags", "id": "", "person - birthday": "date_of_birth", "person - postal address": "address",
    },
    1,
)  # fmt: skip
HIGHLEVEL = Preset(
    "HighLevel",
    frozenset({"contact id", "additional emails", "additional phones", "business name", "last activity", "dnd", "assigned to", "additional email 1", "additional phone 1", "contact name"}),
    {
        "contact id": "", "first name": "first_name", "last name": "last_name", "phone": "phone", "email": "email", "business name": "company_name",
        "company name": "company_name", "tags": "tags", "additional emails": "more_emails", "additional phones": "more_phones",
        **_numbered("additional email {}", "more_emails", "more_emails"), **_numbered("additional phone {}", "more_phones", "more_phones"),
        "contact name": "name", "assigned to": "assigned_to", "street address": "address", "address": "address", "city": "city", "state": "state", "postal code": "postal_code", "country": "country",
        "date of birth": "date_of_birth", "source": "source", "contact type": "type", "dnd": "dnd", "website": "website", "time zone": "timezone", "timezone": "timezone", "created": "", "last activity": "", "updated": "",
    },
    2,
)  # fmt: skip
PRESETS = (GOOGLE, OUTLOOK, HUBSPOT, SALESFORCE, PIPEDRIVE, HIGHLEVEL)


def recognise(header: list[str]) -> Preset | None:
    """The program whose export this is, or None."""
    words = {" ".join(name.lower().split()) for name in header}
    scores = [(len(preset.signs & words), len(set(preset.columns) & words), preset) for preset in PRESETS]
    found = [(signs, columns, preset) for signs, columns, preset in scores if signs >= preset.enough]
    return max(found, key=lambda each: each[:2])[2] if found else None
