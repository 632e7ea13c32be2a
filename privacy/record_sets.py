"""What can be exported: a table of record sets. Each is a few tables of rows, and the files that belong to them.

To add one, append a RecordSet: a key, words, the ability that reads it and a function that names its tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Location, Membership, Team
from billing.models import Invoice, InvoiceLine
from contacts.models import Business, ConsentReceipt, Contact, Document, DocumentVersion, Note, SmartList, Tag, Task
from core import scope
from journal.models import Entry
from objects.models import Association, CustomField, CustomValue, ObjectSchema, Record, Relation
from opportunities.models import LostReason, Opportunity, Participant, Pipeline, Stage

ALWAYS_HIDDEN = frozenset(
    {"location", "location_id", "company_id", "search", "search_text", "name_folded", "deleted_at", "deleted_by"}
)


@dataclass(frozen=True)
class Table:
    """One file of rows: what it is called, which rows, and what of a row stays out of it."""

    name: str
    rows: Any  # a queryset, unordered
    hides: frozenset[str] = frozenset()
    fields: Sequence[CustomField] = ()  # the definitions behind the column `custom`
    dated: str = "date_added"  # the column that a range of days narrows; "" for none
    adds: tuple[str, ...] = ()  # columns of related rows: user__email
    numbered: dict[str, int] = field(default_factory=dict)  # list column: how many columns of a CSV it fills at most
    files: str = ""  # a column with storage keys: a file each


@dataclass(frozen=True)
class RecordSet:
    key: str
    label: str
    text: str
    ability: str
    tables: Callable[[scope.Actor], Iterable[Table]]


def _custom(model: str) -> list[CustomField]:
    return list(CustomField.objects.filter(model=model).order_by("pk")[:500])


def _contacts(actor: scope.Actor) -> Iterable[Table]:
    seen = Contact.objects.live().visible_to(actor)
    yield Table(
        "contacts",
        seen,
        frozenset({"merged_into", "picture"}),
        _custom("contact"),
        numbered={"more_emails": 10, "more_phones": 10},
    )
    yield Table("pictures", seen.exclude(picture=""), dated="", files="picture")
    yield Table("tags", Tag.objects.all(), dated="")
    yield Table("consent", ConsentReceipt.objects.filter(contact__in=seen.values("pk")), dated="at")


def _businesses(actor: scope.Actor) -> Iterable[Table]:
    yield Table("companies", Business.objects.visible_to(actor), fields=_custom("business"))


def _opportunities(actor: scope.Actor) -> Iterable[Table]:
    seen = Opportunity.objects.filter(deleted_at=None).visible_to(actor)
    hidden = {"deleted_with", "position"} | (set() if actor.may("opportunities.values") else {"value_cents"})
    yield Table("opportunities", seen, frozenset(hidden), _custom("opportunity"))
    yield Table("opportunity_participants", Participant.objects.filter(opportunity__in=seen.values("pk")), dated="")


def _pipelines(actor: scope.Actor) -> Iterable[Table]:
    seen = Pipeline.objects.visible_to(actor)
    yield Table("pipelines", seen, dated="")
    yield Table("pipeline_stages", Stage.objects.filter(pipeline__in=seen.values("pk")), dated="")
    yield Table("lost_reasons", LostReason.objects.all(), dated="")


def _of_contacts(actor: scope.Actor, model: Any) -> Any:
    return model.objects.filter(contact__in=Contact.objects.live().visible_to(actor).values("pk"))


def _tasks(actor: scope.Actor) -> Iterable[Table]:
    rows = Task.objects.filter(contact__in=Contact.objects.live().values("pk")).visible_to(actor)
    yield Table("tasks", rows, frozenset({"is_due_told", "place"}))


def _notes(actor: scope.Actor) -> Iterable[Table]:
    yield Table("notes", _of_contacts(actor, Note))


def _documents(actor: scope.Actor) -> Iterable[Table]:
    seen = _of_contacts(actor, Document).filter(deleted_at=None)
    yield Table("documents", seen)
    yield Table(
        "document_versions",
        DocumentVersion.objects.filter(document__in=seen.values("pk")),
        frozenset({"key"}),
        files="key",
    )


def _own_objects(actor: scope.Actor) -> Iterable[Table]:
    yield Table("objects", ObjectSchema.objects.filter(deleted_at=None), dated="")
    for schema in ObjectSchema.objects.live().made_here().order_by("pk")[:200]:
        rows = Record.objects.live().visible_to(actor).filter(schema=schema)
        yield Table(f"objects/{schema.key.rpartition('.')[2]}", rows, frozenset({"updated_via"}), _custom(schema.key))
    if actor.sees_everything:  # a relation tells of records at both its ends
        yield Table("associations", Association.objects.all(), dated="")
        yield Table("relations", Relation.objects.all(), dated="")


def _smart_lists(actor: scope.Actor) -> Iterable[Table]:
    yield Table("smart_lists", SmartList.objects.visible_to(actor), dated="")


def _settings(actor: scope.Actor) -> Iterable[Table]:
    yield Table("location", Location.objects.filter(pk=scope.location_id()), dated="")
    yield Table("custom_fields", CustomField.objects.all(), dated="")
    yield Table("custom_values", CustomValue.objects.all(), dated="")


def _people(actor: scope.Actor) -> Iterable[Table]:
    people = Membership.objects.filter(user__deleted_at=None)
    yield Table("people", people, dated="", adds=("user__email", "user__first_name", "user__last_name", "user__phone"))
    yield Table("teams", Team.objects.all(), dated="")


def _audit(actor: scope.Actor) -> Iterable[Table]:
    yield Table("audit_log", Entry.objects.all(), frozenset({"handed_over_at", "depth", "cause_id"}), dated="at")


def _invoices(actor: scope.Actor) -> Iterable[Table]:
    yield Table("invoices", Invoice.objects.exclude(state="draft"), frozenset({"wants", "company"}))
    lines = InvoiceLine.objects.exclude(invoice__state="draft")
    yield Table("invoice_lines", lines, frozenset({"company"}), dated="")


SETS = (
    RecordSet("contacts", "Contacts", "With every field, tags, consent, owners and pictures.", "contacts.readonly", _contacts),
    RecordSet("businesses", "Companies", "Companies with every field.", "businesses.readonly", _businesses),
    RecordSet("opportunities", "Opportunities", "With value, stage and participants.", "opportunities.readonly", _opportunities),
    RecordSet("pipelines", "Pipelines", "Pipelines, stages and lost reasons.", "opportunities.readonly", _pipelines),
    RecordSet("tasks", "Tasks", "Open and completed.", "contacts.readonly", _tasks),
    RecordSet("notes", "Notes", "The notes on contacts.", "contacts.readonly", _notes),
    RecordSet("documents", "Documents", "Every version as a file.", "contacts.readonly", _documents),
    RecordSet("objects", "Custom objects", "Records, associations and relations.", "objects/record.readonly", _own_objects),
    RecordSet("smart_lists", "Smart lists", "Filters and columns, to be read back.", "contacts.readonly", _smart_lists),
    RecordSet("settings", "Fields and settings", "The location, its custom fields and values.", "locations.readonly", _settings),
    RecordSet("people", "People and teams", "Who works here, with roles.", "users.readonly", _people),
    RecordSet("audit", "Audit log", "What happened, by whom and when.", "audit.readonly", _audit),
    RecordSet("invoices", "HoopAI invoices", "What HoopAI billed you, also as PDF.", "billing.readonly", _invoices),
)  # fmt: skip
BY_KEY = {one.key: one for one in SETS}


def readable(actor: scope.Actor) -> list[str]:
    """The keys of the record sets that an actor may read."""
    return [one.key for one in SETS if actor.may(one.ability)]


def labels(keys: Iterable[str]) -> list[str]:
    return [BY_KEY[key].label for key in keys if key in BY_KEY]


def tables_of(keys: Iterable[str], actor: scope.Actor) -> list[Table]:
    """The tables of these record sets as far as `actor` may read them."""
    may = set(readable(actor))
    return [table for key in keys if key in may for table in BY_KEY[key].tables(actor)]
