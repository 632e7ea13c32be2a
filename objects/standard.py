"""The standard objects, contact, opportunity and business: what they are called and which properties they come with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Property:
    """A field that every record of the object has, as the API names it."""

    key: str
    name: str
    type: str = "TEXT"


@dataclass(frozen=True)
class Standard:
    key: str
    singular: str
    plural: str
    primary: str
    properties: tuple[Property, ...]
    searched: tuple[str, ...]  # always looked through

    def full(self, key: str) -> str:
        return f"{self.key}.{key}"


CONTACT = Standard(
    "contact",
    "Contact",
    "Contacts",
    "name",
    (
        Property("first_name", "First name"),
        Property("last_name", "Last name"),
        Property("email", "E-mail", "EMAIL"),
        Property("phone", "Phone", "PHONE"),
        Property("company_name", "Company"),
        Property("address", "Street"),
        Property("city", "City"),
        Property("state", "State"),
        Property("postal_code", "Postal code"),
        Property("country", "Country"),
        Property("website", "Website"),
        Property("date_of_birth", "Birthday", "DATE"),
        Property("source", "Source"),
        Property("type", "Type", "SINGLE_OPTIONS"),
    ),
    ("first_name", "last_name", "email", "phone", "company_name"),
)
OPPORTUNITY = Standard(
    "opportunity",
    "Opportunity",
    "Opportunities",
    "name",
    (
        Property("name", "Name"),
        Property("monetary_value", "Value", "MONETORY"),
        Property("status", "Status", "SINGLE_OPTIONS"),
        Property("source", "Source"),
    ),
    ("name",),
)
BUSINESS = Standard(
    "business",
    "Company",
    "Companies",
    "name",
    (
        Property("name", "Name"),
        Property("email", "E-mail", "EMAIL"),
        Property("phone", "Phone", "PHONE"),
        Property("website", "Website"),
        Property("address", "Street"),
        Property("city", "City"),
        Property("state", "State"),
        Property("postal_code", "Postal code"),
        Property("country", "Country"),
        Property("description", "Description", "LARGE_TEXT"),
    ),
    ("name", "email", "phone", "website", "city"),
)
STANDARD = {one.key: one for one in (CONTACT, OPPORTUNITY, BUSINESS)}
