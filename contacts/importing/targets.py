"""Where a column of a file may go: the fields of a contact, the location's custom fields, or a new custom field."""

from __future__ import annotations

from dataclasses import dataclass

from objects.models import CustomField

NEW = "new"
PRIMARY = ("email", "phone")
SEVERAL = ("more_emails", "more_phones", "tags")  # any number of columns may go there
NOT_IMPORTABLE = {"FILE_UPLOAD", "SIGNATURE", "TEXTBOX_LIST"}
NEW_TYPES = {
    "TEXT": "Single line",
    "LARGE_TEXT": "Multi line",
    "NUMERICAL": "Number",
    "FLOAT": "Decimal number",
    "MONETORY": "Money",
    "DATE": "Date",
    "PHONE": "Phone",
    "EMAIL": "E-mail",
}


@dataclass(frozen=True)
class Target:
    key: str
    label: str
    group: str
    words: tuple[str, ...] = ()  # headers that mean it, in lower case with single blanks


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


STANDARD: tuple[Target, ...] = (
    Target("first_name", "First name", "Name", _words("first name, firstname, first, given name, givenname, fname, forename, vorname, prénom, nombre")),
    Target("last_name", "Last name", "Name", _words("last name, lastname, last, surname, family name, familyname, lname, nachname, apellidos, apellido")),
    Target("name", "Full name", "Name", _words("name, full name, fullname, contact name, contact, display name, person name, person - name, customer name, lead name")),
    Target("email", "E-mail", "Contact", _words("email, e-mail, email address, e-mail address, mail, e-mail 1 - value, email 1, primary email, work email, person - email, emailaddress")),
    Target("more_emails", "Additional e-mail", "Contact", _words("other email, secondary email, email 2, e-mail 2, alternate email, email 3, e-mail 3, additional email, additional emails, personal email")),
    Target("phone", "Phone", "Contact", _words("phone, phone number, mobile, mobile phone, mobile number, cell, cell phone, telephone, tel, phone 1 - value, phone 1, primary phone, person - phone, cellphone, mobilephone, phonenumber, telefon")),
    Target("more_phones", "Additional phone", "Contact", _words("other phone, home phone, work phone, business phone, phone 2, phone 3, secondary phone, alternate phone, additional phone, additional phones, office phone, landline")),
    Target("company_name", "Company name", "Company", _words("company, company name, business name, organization, organisation, organization name, account name, employer, companyname, person - organization, firma")),
    Target("website", "Website", "Company", _words("website, web site, website url, url, homepage, web page, company website, website 1 - value")),
    Target("address", "Street", "Address", _words("address, street, street address, address line 1, address 1, street 1, mailing street, address1, street1, business street, home street, address 1 - street, postal address, person - address")),
    Target("city", "City", "Address", _words("city, town, mailing city, business city, home city, address 1 - city, locality, ort")),
    Target("state", "State", "Address", _words("state, region, province, state/region, state/province, mailing state, mailing state/province, business state, home state, address 1 - region, county")),
    Target("postal_code", "Postal code", "Address", _words("postal code, zip, zip code, zipcode, postcode, mailing zip/postal code, zip/postal code, business postal code, home postal code, address 1 - postal code, postalcode, plz")),
    Target("country", "Country", "Address", _words("country, country/region, mailing country, business country/region, home country/region, business country, home country, address 1 - country, country code, land")),
    Target("timezone", "Time zone", "Address", _words("timezone, time zone, tz")),
    Target("date_of_birth", "Date of birth", "Details", _words("date of birth, birthday, birth date, birthdate, dob, born, dateofbirth, geburtstag")),
    Target("gender", "Gender", "Details", _words("gender, sex")),
    Target("type", "Type", "Details", _words("type, contact type")),
    Target("source", "Source", "Details", _words("source, lead source, contact source, original source, referral source, utm source, original traffic source")),
    Target("assigned_to", "Owner", "Details", _words("owner, assigned to, assigned user, assignedto, contact owner, lead owner, account owner, rep, sales rep, assigned, owner name, person - owner")),
    Target("tags", "Tags", "Details", _words("tags, tag, labels, label, group membership, categories, person - labels, person - label")),
    Target("dnd", "Do not disturb", "Details", _words("dnd, do not disturb, do not contact, opt out, email opt out, opted out, unsubscribed, unsubscribed from all email")),
    Target("dnd.Email", "Do not disturb: e-mail", "Details", _words("do not email, email dnd")),
    Target("dnd.Call", "Do not disturb: calls", "Details", _words("do not call, call dnd")),
    Target("dnd.SMS", "Do not disturb: SMS", "Details", _words("do not text, sms dnd, sms opt out")),
    Target("id", "Contact id", "Details", _words("contact id, id, contactid, record id")),
)  # fmt: skip
BY_KEY = {target.key: target for target in STANDARD}
CUSTOM = "custom."


def custom_fields() -> list[CustomField]:
    """The location's custom fields of contacts that a cell can fill. One query."""
    return [field for field in CustomField.objects.filter(model="contact")[:500] if field.type not in NOT_IMPORTABLE]


def catalogue(fields: list[CustomField]) -> list[Target]:
    """Everything a column may go to."""
    mine = [Target(f"{CUSTOM}{field.pk}", field.name, "Custom fields") for field in fields]
    return [*STANDARD, *mine]


def label_of(key: str, fields: dict[str, CustomField]) -> str:
    """How a target is called on a page; `fields` by id."""
    if key in BY_KEY:
        return BY_KEY[key].label
    field = fields.get(key.removeprefix(CUSTOM))
    return field.name if field else "Deleted field"
