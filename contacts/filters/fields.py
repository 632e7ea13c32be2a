"""Which fields can be filtered, of which kind each is, and which operators a kind has."""

from __future__ import annotations

from dataclasses import dataclass

from objects.models import CustomField

TEXT = {
    "eq": "is",
    "not_eq": "is not",
    "contains": "contains",
    "not_contains": "does not contain",
    "starts_with": "starts with",
    "exists": "is not empty",
    "not_exists": "is empty",
}
NUMBER = {
    "eq": "is",
    "not_eq": "is not",
    "gt": "more than",
    "gte": "at least",
    "lt": "less than",
    "lte": "at most",
    "range": "between",
    "exists": "is not empty",
    "not_exists": "is empty",
}
DATE = {
    "in_last": "in the last days",
    "on": "on",
    "before": "before",
    "after": "after",
    "range": "between",
    "not_in_last": "more than days ago",
    "in_next": "in the next days",
    "exists": "is not empty",
    "not_exists": "is empty",
}
CHOICE = {"eq": "is any of", "not_eq": "is none of", "exists": "is not empty", "not_exists": "is empty"}
SET = {
    "eq": "has any of",
    "all": "has all of",
    "not_eq": "has none of",
    "contains": "has one containing",
    "not_contains": "has none containing",
    "exists": "is not empty",
    "not_exists": "is empty",
}
YES_NO = {
    "yes": "is yes",
    "no": "is no",
    "eq": "is",
    "not_eq": "is not",
    "exists": "is set",
    "not_exists": "is not set",
}
FILE = {"exists": "has a file", "not_exists": "has no file"}
OPERATORS: dict[str, dict[str, str]] = {
    "text": TEXT,
    "address": TEXT,  # an e-mail or phone: the primary or any other
    "number": NUMBER,
    "date": DATE,
    "moment": DATE,
    "birthday": {**DATE, "day": "day and month is"},
    "choice": CHOICE,
    "person": CHOICE,
    "tags": SET,
    "people": {key: label for key, label in SET.items() if "contain" not in key},
    "many": {key: label for key, label in SET.items() if "contain" not in key},
    "yes_no": YES_NO,
    "file": FILE,
    "import": {"eq": "is any of", "not_eq": "is none of"},
    "id": {"eq": "is", "not_eq": "is not"},
    "later": {
        "eq": "is",
        "not_eq": "is not",
        "range": "between",
        "nested": "has",
        "exists": "exists",
        "not_exists": "does not exist",
    },
}
VALUELESS = ("exists", "not_exists", "yes", "no")
UI_HIDES = {"yes_no": ("eq", "not_eq", "exists", "not_exists")}

PLAIN_WIRE = ("eq", "not_eq", "exists", "not_exists")
WORDS_WIRE = (*PLAIN_WIRE, "contains", "not_contains")
RANGE_WIRE = ("range", "exists", "not_exists")


@dataclass(frozen=True)
class Field:
    """`name` is the wire's; `column` the model's; `wire` the operators the public API allows (empty: not on the wire)."""

    name: str
    label: str
    category: str
    kind: str
    column: str = ""
    wire: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    custom: CustomField | None = None
    searched: bool = False  # its text is part of the search column

    @property
    def operators(self) -> dict[str, str]:
        hidden = UI_HIDES.get(self.kind, ())
        return {key: label for key, label in OPERATORS[self.kind].items() if key not in hidden}


IDENTITY, ADDRESS, DATES, PEOPLE, CONSENT, QUALITY, CUSTOM, ORIGIN, LATER = (
    "Identity", "Address", "Dates", "People", "Consent", "Quality", "Custom fields", "Origin", "Other areas",
)  # fmt: skip
VALIDITY = (("valid", "Valid"), ("invalid", "Invalid"))

STANDARD: tuple[Field, ...] = (
    Field("contactName", "Full name", IDENTITY, "text", "name_folded", PLAIN_WIRE, searched=True),
    Field("firstNameLowerCase", "First name", IDENTITY, "text", "first_name", WORDS_WIRE, searched=True),
    Field("lastNameLowerCase", "Last name", IDENTITY, "text", "last_name", WORDS_WIRE, searched=True),
    Field("email", "E-mail", IDENTITY, "address", "email", PLAIN_WIRE, searched=True),
    Field("phone", "Phone", IDENTITY, "address", "phone", WORDS_WIRE, searched=True),
    Field("companyName", "Company name", IDENTITY, "text", "company_name", WORDS_WIRE, searched=True),
    Field("businessName", "Company", IDENTITY, "text", "business__name", WORDS_WIRE),
    Field("website", "Website", IDENTITY, "text", "website", PLAIN_WIRE),
    Field("type", "Type", IDENTITY, "choice", "type", PLAIN_WIRE, (("lead", "Lead"), ("customer", "Customer"))),
    Field("id", "Contact id", IDENTITY, "id", "id", ("eq", "not_eq")),
    Field("tags", "Tags", IDENTITY, "tags", "tags", WORDS_WIRE),
    Field("source", "Source", ORIGIN, "text", "source", WORDS_WIRE),
    Field("createdVia", "Created through", ORIGIN, "choice", "created_via", (), (
        ("ui", "Pages"), ("api", "API"), ("import", "Import"), ("task", "HoopAI"))),
    Field("import", "Import", ORIGIN, "import", "id"),
    Field("address", "Street", ADDRESS, "text", "address", WORDS_WIRE),
    Field("city", "City", ADDRESS, "text", "city", WORDS_WIRE),
    Field("state", "State", ADDRESS, "text", "state", WORDS_WIRE),
    Field("postalCode", "Postal code", ADDRESS, "text", "postal_code", WORDS_WIRE),
    Field("country", "Country", ADDRESS, "text", "country", PLAIN_WIRE),
    Field("timezone", "Time zone", ADDRESS, "text", "timezone", PLAIN_WIRE),
    Field("dateAdded", "Created", DATES, "moment", "date_added", RANGE_WIRE),
    Field("dateUpdated", "Updated", DATES, "moment", "date_updated", RANGE_WIRE),
    Field("lastActivity", "Last activity", DATES, "moment", "last_activity_at"),
    Field("dateOfBirth", "Date of birth", DATES, "birthday", "date_of_birth", RANGE_WIRE),
    Field("assignedTo", "Owner", PEOPLE, "person", "assigned_to_id", PLAIN_WIRE),
    Field("followers", "Followers", PEOPLE, "people", "followers", PLAIN_WIRE),
    Field("dnd", "Do not disturb, all channels", CONSENT, "yes_no", "dnd", PLAIN_WIRE),
    Field("dndSMS", "Do not disturb, SMS", CONSENT, "yes_no", "dnd_settings.SMS"),
    Field("dndEmail", "Do not disturb, e-mail", CONSENT, "yes_no", "dnd_settings.Email"),
    Field("dndCall", "Do not disturb, calls", CONSENT, "yes_no", "dnd_settings.Call"),
    Field("dndInbound", "Inbound blocked", CONSENT, "yes_no", "inbound_dnd.all"),
    Field("validEmail", "E-mail validity", QUALITY, "choice", "email_validity", PLAIN_WIRE, VALIDITY),
    Field("validPhone", "Phone validity", QUALITY, "choice", "phone_validity", (), VALIDITY),
    Field("bounced", "E-mail bounced", QUALITY, "yes_no", "has_bounced"),
    Field("unsubscribed", "Unsubscribed", QUALITY, "yes_no", "has_unsubscribed"),
    Field("score", "Score", QUALITY, "number", "score"),
    # Their areas are not built: no contact has any of them yet, and that is what these answer.
    Field("isValidWhatsapp", "WhatsApp validity", LATER, "later", "", PLAIN_WIRE),
    Field("activeWorkflows", "Active workflows", LATER, "later", "", PLAIN_WIRE),
    Field("finishedWorkflows", "Finished workflows", LATER, "later", "", PLAIN_WIRE),
    Field("lastEmailClickedDate", "Last e-mail clicked", LATER, "later", "", RANGE_WIRE),
    Field("lastEmailOpenedDate", "Last e-mail opened", LATER, "later", "", RANGE_WIRE),
    Field("lastAppointment", "Last appointment", LATER, "later", "", RANGE_WIRE),
    Field("opportunities", "Opportunities", LATER, "later", "", ("nested",)),
)  # fmt: skip
BY_NAME = {field.name: field for field in STANDARD}

CUSTOM_KINDS = {
    "NUMERICAL": ("number", (*RANGE_WIRE, "eq", "not_eq")),
    "FLOAT": ("number", (*RANGE_WIRE, "eq", "not_eq")),
    "MONETORY": ("number", (*RANGE_WIRE, "eq", "not_eq")),
    "SINGLE_OPTIONS": ("choice", WORDS_WIRE),
    "RADIO": ("choice", WORDS_WIRE),
    "MULTIPLE_OPTIONS": ("many", PLAIN_WIRE),
    "CHECKBOX": ("many", PLAIN_WIRE),
    "DATE": ("date", RANGE_WIRE),
    "FILE_UPLOAD": ("file", ("exists", "not_exists")),
    "SIGNATURE": ("file", ("exists", "not_exists")),
}


def of_custom(definition: CustomField, box: str = "") -> Field:
    """A custom field as a filter field; `box` is the key of one text box of a list."""
    kind, wire = CUSTOM_KINDS.get(definition.type, ("text", WORDS_WIRE))
    name = f"customFields.{definition.pk}" + (f".{box}" if box else "")
    label = f"{definition.name}, {definition.label_of(box)}" if box else definition.name
    choices = tuple((option, option) for option in definition.labels) if kind in ("choice", "many") else ()
    return Field(name, label, CUSTOM, kind, "custom", wire, choices, definition)


def catalogue() -> list[Field]:
    """Every field that can be chosen on a page: the standard ones, then the location's custom fields. One query."""
    shown = [field for field in STANDARD if field.kind != "later"]
    for definition in CustomField.objects.filter(model="contact")[:500]:
        if definition.type == "TEXTBOX_LIST":
            shown += [of_custom(definition, str(option["key"])) for option in definition.options]
        else:
            shown.append(of_custom(definition))
    return shown
