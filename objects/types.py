"""The kinds of record there are: contacts, companies, opportunities, and the custom objects of a location.

The apps that own them fill this table in AppConfig.ready(). Custom fields hang on a kind, and associations link the
records of two kinds; both know a record only by the key of its kind and its id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from core.errors import Refused
from objects.doors import Doors


@dataclass(frozen=True)
class Use:
    """A place that names a field: a smart list, later a form or a workflow. What the reader may not see has no name."""

    kind: str
    name: str = ""
    url: str = ""


def nowhere(field_id: str) -> list[Use]:
    return []


def no_address(pk: str) -> str:
    return ""


def no_page() -> str:
    return ""


@dataclass(frozen=True)
class OwnLink:
    """A link that is a column of the record itself, such as a contact's company: a system-defined association.

    Nothing is stored twice: such an association reads the column, so it is always in step with it.
    """

    key: str  # of the association type: contact_business
    first: str  # kinds, in the order of the type's labels
    second: str
    labels: tuple[str, str]  # as they are before anybody edits them
    holder: str  # the kind whose row has the column
    column: str  # a foreign key to the other kind: business
    put: Callable[[str, str], None] | None = None  # link (first id, second id) in place of what was there
    take: Callable[[str, str], None] | None = None  # unlink; None: such a record cannot be without
    is_made_with: bool = False  # given when the holder is made, and offered on pages only then


@dataclass(frozen=True)
class RecordType:
    """A kind of record: a Recorded, location-owned model with a JSON column `custom` keyed by field id."""

    key: str  # contact: what CustomField.model holds, and the prefix of keys; custom_objects.<key> of a custom object
    label: str
    plural: str
    model: Any
    live: Q = field(default_factory=Q)  # what counts; a trashed record is changed but not counted
    uses: Callable[[str], list[Use]] = nowhere
    within: Q = field(default_factory=Q)  # which rows of the model are of this kind, where several kinds share it
    icon: str = "database"
    name_of: Callable[[Any], str] = str
    hint_of: Callable[[Any], str] = lambda row: ""  # a second line that tells namesakes apart
    address: Callable[[str], str] = no_address  # of the page of a record, by its id
    create_address: Callable[[], str] = no_page  # of the page where one is made
    reads: str = ""  # abilities; empty: the kind is shown to everybody
    writes: str = ""
    reaches: tuple[str, ...] = ()  # foreign keys that `name_of` and `hint_of` follow
    own_links: tuple[OwnLink, ...] = ()
    doors: Doors | None = None  # of a standard object whose records the API's objects offer
    # form(data=None): a Django form whose add() makes a record and returns it, raising Invalid, or None while none can
    # be made there; where the form has a method beside(row), that is called with the record it is made for
    form: Callable[..., Any] | None = None
    form_on: tuple[str, ...] = ()  # kinds on whose records the form works; empty: on all

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)

    @property
    def contact_column(self) -> str:
        """SQL, over the alias `record`, of the contact on whose timeline a change of such a record belongs."""
        if self.key == "contact":
            return "record.id"
        return "record.contact_id" if any(each.name == "contact" for each in self.model._meta.fields) else "NULL::text"

    @property
    def taken(self) -> frozenset[str]:
        """Keys that standard fields of the record have."""
        return frozenset(each.name for each in self.model._meta.get_fields()) | {"name", "full_name", "id"}

    def rows(self) -> Any:
        """All records of this kind, those in the trash as well."""
        return self.model.objects.filter(self.within)

    def alive(self) -> Any:
        """Records that are not in the trash."""
        return self.rows().filter(self.live)

    def visible(self, actor: Any) -> Any:
        """Records not in the trash that `actor` may see; none where they may not read this kind at all."""
        found = self.alive()
        if self.reaches:
            found = found.select_related(*self.reaches)
        return found.visible_to(actor) if self.may_read(actor) else found.none()

    def may_read(self, actor: Any) -> bool:
        return not self.reads or bool(actor.may(self.reads))

    def may_write(self, actor: Any) -> bool:
        return not self.writes or bool(actor.may(self.writes))

    def find(self, pk: str, actor: Any) -> Any | None:
        """The record, if it is there, not in the trash and `actor` may see it."""
        return self.visible(actor).filter(pk=pk).first()

    def form_for(self, kind: str, row: Any, data: Any = None) -> Any | None:
        """A form that makes a record of this kind beside `row` of another, or None where that takes a page of its own."""
        if self.form is None or (self.form_on and kind not in self.form_on):
            return None
        form = self.form(data)
        if form is None:
            return None
        if hasattr(form, "beside"):
            form.beside(row)
        return form

    def search(self, text: str, actor: Any) -> Any:
        """Records that `actor` may see and `text` finds, unsliced; all of them for an empty text."""
        found = self.visible(actor)
        if not text.strip():
            return found
        if hasattr(found, "search"):
            return found.search(text)
        return found.filter(name__icontains=text.replace("\x00", "").strip()[:75])

    def url_of(self, pk: str) -> str:
        """The page of a record, "" where there is none."""
        return self.address(pk)


RECORD_TYPES: dict[str, RecordType] = {}
SOURCES: list[Callable[[str], Iterable[RecordType]]] = []


def register(kind: RecordType) -> None:
    """Called in AppConfig.ready() of the app that owns the model."""
    RECORD_TYPES[kind.key] = kind


def register_source(found: Callable[[str], Iterable[RecordType]]) -> None:
    """Add kinds that a location defines for itself. Called in AppConfig.ready().

    `found(key)` gives the kind of that key in the location in scope, or none; `found("")` gives all of them.
    """
    if found not in SOURCES:
        SOURCES.append(found)


def of(model: str) -> RecordType | None:
    """The kind of that key in the location in scope, or None where nobody has such records."""
    if model in RECORD_TYPES:
        return RECORD_TYPES[model]
    if not model:
        return None
    return next((kind for found in SOURCES for kind in found(model) if kind.key == model), None)


def need(model: str) -> RecordType:
    """The same, raising Refused where there is none."""
    kind = of(model)
    if kind is None:
        raise Refused(f"There are no records of the kind {model[:60]}.")
    return kind


def every() -> list[RecordType]:
    """All kinds of the location in scope: the built-in ones, then its custom objects. One query."""
    return [*RECORD_TYPES.values(), *(kind for found in SOURCES for kind in found(""))]


def own_links() -> dict[str, OwnLink]:
    """The system-defined links of all built-in kinds, by key."""
    return {own.key: own for kind in RECORD_TYPES.values() for own in kind.own_links}
