"""Which fields can be filtered, of which kind each is, and which operators a kind has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet

from contacts.filters.sources import BUSINESSES, IMPORTS, LABELS, OWNERS, TAGS, Source
from contacts.filters.sources import PEOPLE as PEOPLE_SOURCE
from contacts.models import Note, Task
from contacts.models.consent import CHANNELS
from core import clock
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
    "ref": CHOICE,  # the id of a row of some table, which `source` names
    "person": CHOICE,
    "tags": SET,
    "people": {key: label for key, label in SET.items() if "contain" not in key},
    "many": {key: label for key, label in SET.items() if "contain" not in key},
    "linked": {key: label for key, label in SET.items() if "contain" not in key},  # labels of links to other records
    "yes_no": YES_NO,
    "file": FILE,
    "import": {"eq": "is any of", "not_eq": "is none of"},
    "has": {"yes": "is yes", "no": "is no"},  # whether there is a row
    "count": {key: label for key, label in NUMBER.items() if "exists" not in key},  # how many rows there are
    "event": {"happened": "happened", "not_happened": "did not happen"},
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
    source: Source | None = None  # of the ids that a "ref" holds
    scale: int = 1  # how many of the column's units make one of the person's: 100 for cents
    keys: tuple[str, ...] = ()  # the way to the value inside a JSON column
    team: str = ""  # the column of the team that may own instead of a person
    rows: Callable[[], QuerySet] | None = None  # type: ignore[type-arg]  # what "has" and "count" look at, by `contact`

    @property
    def operators(self) -> dict[str, str]:
        hidden = UI_HIDES.get(self.kind, ())
        return {key: label for key, label in OPERATORS[self.kind].items() if key not in hidden}


IDENTITY, ADDRESS, DATES, PEOPLE, CONSENT, QUALITY, CUSTOM, ORIGIN, LATER = (
    "Identity", "Address", "Dates", "People", "Consent", "Quality", "Custom fields", "Origin", "Other areas",
)  # fmt: skip
WORK, COMPANY = "Tasks and notes", "Company"
VALIDITY = (("valid", "Valid"), ("invalid", "Invalid"))
ATTRIBUTION = (
    ("category", "category"),
    ("campaign", "campaign"),
    ("utmSource", "UTM source"),
    ("utmMedium", "UTM medium"),
    ("utmContent", "UTM content"),
    ("utmTerm", "UTM term"),
    ("referrer", "referrer"),
    ("url", "page"),
)


def _open_tasks() -> QuerySet:  # type: ignore[type-arg]
    return Task.objects.filter(completed=False)


def _overdue_tasks() -> QuerySet:  # type: ignore[type-arg]
    return Task.objects.filter(completed=False, due_at__lt=clock.now())


def _notes() -> QuerySet:  # type: ignore[type-arg]
    return Note.objects.all()


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
    Field("tags", "Tags", IDENTITY, "tags", "tags", WORDS_WIRE, source=TAGS),
    Field("source", "Source", ORIGIN, "text", "source", WORDS_WIRE),
    Field("createdVia", "Created through", ORIGIN, "choice", "created_via", (), (
        ("ui", "Pages"), ("api", "API"), ("import", "Import"), ("task", "HoopAI"))),
    Field("createdBy", "Created by", ORIGIN, "text", "created_by"),
    Field("import", "Import", ORIGIN, "import", "id", source=IMPORTS),
    *(
        Field(f"{name}Attribution.{key}", f"{label} {words}", ORIGIN, "text", f"{name}_attribution", keys=(key,))
        for name, label in (("first", "First attribution"), ("last", "Latest attribution"))
        for key, words in ATTRIBUTION
    ),
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
    Field("assignedTo", "Owner", PEOPLE, "person", "assigned_to_id", PLAIN_WIRE, source=OWNERS, team="team_id"),
    Field("followers", "Followers", PEOPLE, "people", "followers", PLAIN_WIRE, source=PEOPLE_SOURCE),
    Field("dnd", "Do not disturb, all channels", CONSENT, "yes_no", "dnd", PLAIN_WIRE),
    *(
        Field(f"dnd{channel}", f"Do not disturb, {label[:1].lower() + label[1:] if label in ('Calls', 'E-mail') else label}",
              CONSENT, "yes_no", f"dnd_settings.{channel}")
        for channel, label in CHANNELS.items()
    ),
    Field("smsOptedOut", "SMS opted out for good", CONSENT, "yes_no", "dnd_settings.SMS.permanent"),
    Field("dndInbound", "Inbound blocked", CONSENT, "yes_no", "inbound_dnd.all"),
    Field("validEmail", "E-mail validity", QUALITY, "choice", "email_validity", PLAIN_WIRE, VALIDITY),
    Field("validPhone", "Phone validity", QUALITY, "choice", "phone_validity", (), VALIDITY),
    Field("bounced", "E-mail bounced", QUALITY, "yes_no", "has_bounced"),
    Field("unsubscribed", "Unsubscribed", QUALITY, "yes_no", "has_unsubscribed"),
    Field("score", "Score", QUALITY, "number", "score"),
    Field("business", "Company record", COMPANY, "ref", "business_id", source=BUSINESSES),
    Field("associations", "Associations", "Associations", "linked", source=LABELS),
    Field("hasOpenTask", "Has an open task", WORK, "has", rows=_open_tasks),
    Field("hasOverdueTask", "Has an overdue task", WORK, "has", rows=_overdue_tasks),
    Field("noteCount", "Number of notes", WORK, "count", rows=_notes),
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
    """A custom field of contacts, or of their companies, as a filter field; `box` is the key of one text box of a list."""
    kind, wire = CUSTOM_KINDS.get(definition.type, ("text", WORDS_WIRE))
    of_company = definition.model == "business"
    name = f"{'business' if of_company else 'customFields'}.{definition.pk}" + (f".{box}" if box else "")
    label = f"{definition.name}, {definition.label_of(box)}" if box else definition.name
    return Field(
        name,
        f"Company {label}" if of_company else label,
        COMPANY if of_company else CUSTOM,
        kind,
        "business__custom" if of_company else "custom",
        () if of_company else wire,
        tuple((option, option) for option in definition.labels) if kind in ("choice", "many") else (),
        definition,
        keys=(definition.pk, box) if box else (definition.pk,),
    )


def own_catalogue() -> list[Field]:
    """The standard fields that pages offer, then the location's custom fields. One query."""
    shown = [one for one in STANDARD if one.kind != "later"]
    for definition in CustomField.objects.filter(model__in=("contact", "business"))[:500]:
        if definition.type == "TEXTBOX_LIST":
            shown += [of_custom(definition, str(option["key"])) for option in definition.options]
        else:
            shown.append(of_custom(definition))
    return shown
