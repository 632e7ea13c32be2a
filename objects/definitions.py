"""Custom fields: adding, changing, ordering and deleting definitions, with what that means for the values.

A key and a type are for good. Values lie in the records under the field's id, options as their labels, so a rename
rewrites them. What a request does not finish (beyond INLINE records) the journal's reader does: `objects.readers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from billing import limits
from core import clock, scope
from core.errors import Invalid, LimitReached, Refused
from core.text import slug
from objects import options as choices
from objects import shelving, stored, types
from objects.keeping import KEPT_FOR, TOO_LATE
from objects.models import CustomField, FieldFolder, ObjectSchema
from objects.models.custom_field import MAY_BE_SEARCHED, MAY_BE_UNIQUE, TYPES, WITH_OPTIONS
from objects.ordering import arrange, next_place

MOST_UNIQUE = 10
MOST_FIELDS = 500
MOST_FILES = 20
INLINE = 10_000
STANDARD = ("contact", "opportunity", "business")
FORMATS = ("pdf", "doc", "docx", "jpg", "jpeg", "png", "gif", "csv", "xls", "xlsx")
KEY = re.compile(r"[a-z0-9][a-z0-9_]{0,99}")
SETTINGS = (
    "name",
    "placeholder",
    "description",
    "position",
    "folder",
    "allows_custom_option",
    "accepted_formats",
    "allows_many_files",
    "most_files",
    "is_required",
    "is_searchable",
    "shows_in_forms",
    "prefill",
)
FLAGS = ("is_required", "is_searchable", "shows_in_forms")
ONLY_THESE_UNIQUE = "only single line, multi line, number, phone and e-mail fields can be unique"
ONLY_THESE_SEARCHED = "only text, number, phone, e-mail and single choice fields can be searched"


class OptionInUse(Refused):
    """Options to be removed still stand in records. `uses` is {label: number of records}."""

    def __init__(self, uses: dict[str, int]) -> None:
        named = ", ".join(f"{label} ({number})" for label, number in uses.items())
        super().__init__(f"Still in use: {named}. Say which option takes its place, or blank it.", uses=uses)
        self.uses = uses


class NotUnique(Refused):
    """Records share values. `shared` is [(value, ids of some of the records)]."""

    def __init__(self, field: CustomField, shared: list[tuple[str, list[str]]]) -> None:
        values = ", ".join(value[:40] for value, _ in shared[:5])
        super().__init__(f"{field.name} cannot be made unique: several records have {values}.", shared=shared)
        self.shared = shared


def create_field(
    *,
    name: str,
    type: str = "TEXT",
    model: str = "contact",
    key: str = "",
    folder: FieldFolder | str | None = None,
    position: int | None = None,
    placeholder: str = "",
    description: str = "",
    options: Iterable[Any] = (),
    allows_custom_option: bool = False,
    accepted_formats: Iterable[str] = (),
    allows_many_files: bool = False,
    most_files: int = 1,
    is_unique: bool = False,
    is_required: bool = False,
    is_searchable: bool = False,
    shows_in_forms: bool = True,
    prefill: str = "",
) -> CustomField:
    """Add a field to the location in scope.

    Args:
        key: fixed for good; made from the name when empty, with a number behind it where that key is taken.
        folder: a folder of the same record type, or its id.
        position: place among the fields; last when None.
        options: labels or {"label", "key"?, "image"?}; the box labels of a text box list.
        accepted_formats: of a file upload, with or without the dot; none means all.
        is_required: on pages; what comes in through the API, an import or a form of others may lack it.
        prefill: what forms start with.

    Raises:
        Invalid: {argument: sentence}. LimitReached: 500 fields (contacts: what the plan allows), or 10 unique ones, of
            this record type.
    """
    values = _settings(
        name=name, folder=folder, position=position, placeholder=placeholder, description=description,
        allows_custom_option=allows_custom_option, accepted_formats=accepted_formats,
        allows_many_files=allows_many_files, most_files=most_files, is_required=is_required,
        is_searchable=is_searchable, shows_in_forms=shows_in_forms, prefill=prefill, model=model,
    )  # fmt: skip
    errors: dict[str, str] = {}
    if type not in dict(TYPES):
        errors["type"] = f"must be one of {', '.join(dict(TYPES))}"
    if model not in STANDARD and types.of(model) is None:
        errors["model"] = "there is no such kind of record"
    if key and not KEY.fullmatch(key):
        errors["key"] = "use lower-case letters, digits and underscores only"
    if is_unique and type not in MAY_BE_UNIQUE:
        errors["is_unique"] = ONLY_THESE_UNIQUE
    if is_searchable and type not in MAY_BE_SEARCHED:
        errors["is_searchable"] = ONLY_THESE_SEARCHED
    if errors:
        raise Invalid(errors)
    values["options"] = choices.read(options) if type in WITH_OPTIONS else []
    with transaction.atomic():
        taken = {row.key: row for row in CustomField.objects.filter(model=model).select_for_update()}
        _take_place(model, len(taken))
        if is_unique:
            _refuse_eleventh(model)
        kind = types.of(model)
        reserved = set(taken) | (kind.taken if kind else frozenset())
        if key and key in reserved:
            raise Invalid({"key": f"there is a field with the key {model}.{key} already"})
        if values["position"] is None:
            values["position"] = next_place(CustomField.objects.filter(model=model))
        return CustomField.record_new(
            model=model, type=type, key=key or _key(values["name"], reserved), is_unique=is_unique, **values
        )


def change_field(
    field: CustomField,
    *,
    options: Iterable[Any] | None = None,
    replacements: dict[str, str | None] | None = None,
    is_unique: bool | None = None,
    **given: Any,
) -> CustomField:
    """Change what may change of a field; what is not given stays.

    Args:
        options: the whole new list, as for `create_field`; known by key, or by label where no key is given.
        replacements: {label of a removed option: label that takes its place, or None to blank it}.
        given: name, placeholder, description, folder, position, allows_custom_option, accepted_formats,
            allows_many_files, most_files, is_required, is_searchable, shows_in_forms, prefill.

    Raises:
        Invalid: {argument: sentence}; also for `key` or `type`, which never change.
        OptionInUse: a removed option stands in records and `replacements` does not name it.
        NotUnique: to be made unique, and records share values. Refused: uniqueness was given up before.
    """
    fixed = [name for name in ("key", "type", "model") if name in given and given[name] != getattr(field, name)]
    if fixed:
        raise Invalid({name: f"the {name} of a field cannot be changed" for name in fixed})
    if given.get("is_searchable") and field.type not in MAY_BE_SEARCHED:
        raise Invalid({"is_searchable": ONLY_THESE_SEARCHED})
    given = {name: value for name, value in given.items() if name in SETTINGS}
    values = _settings(**given, model=field.model)
    with transaction.atomic():
        field.lock()
        facts: dict[str, Any] = {"name": field.name}
        mapping: dict[str, str | None] = {}
        if options is not None and field.type in WITH_OPTIONS:
            changed = choices.compare(field.options, choices.read(options, field.options))
            values["options"] = changed.options
            mapping = _mapping(field, changed, replacements or {})
            if mapping:
                facts["relabelled"] = mapping
        if is_unique is not None and is_unique != field.is_unique:
            values |= _unique(field, is_unique)
        field.change(facts=facts, **values)
        kind = types.of(field.model)
        if mapping and kind:
            stored.relabel(kind, field, mapping, INLINE)
    return field


def delete_field(field: CustomField) -> None:
    """Delete a field. Its values are hidden at once and gone for good after thirty days: `objects.shelving`.

    Raises:
        Refused: it names the records of its object.
    """
    with transaction.atomic():
        field.lock()
        if field.deleted_at is not None:
            return
        names = ObjectSchema.objects.filter(primary_field=field).first()
        if names is not None:
            raise Refused(f"{field.name} names the {names.plural.lower()}. Choose another field for that first.")
        facts = {"name": field.name, "model": field.model, "key": field.key, "records": values_of(field)}
        by = scope.current().actor.name[:200]
        field.change("custom_field.deleted", facts=facts, deleted_at=clock.now(), deleted_by=by)
        if field.model == "contact":
            limits.give_back("custom_fields")
        kind = types.of(field.model)
        if kind:
            shelving.shelve(kind, field.pk, INLINE)


def restore_field(field: CustomField) -> None:
    """Take a deleted field back with its values.

    Raises:
        Refused: thirty days have passed, or another field has its key by now. LimitReached: as in `create_field`.
    """
    with transaction.atomic():
        field.lock()
        if field.deleted_at is None:
            return
        if field.deleted_at < clock.now() - KEPT_FOR:
            raise Refused(TOO_LATE)
        rows = CustomField.objects.filter(model=field.model)
        if rows.filter(key=field.key).exists():
            raise Refused(f"Another field has the key {field.full_key} by now. Delete that one first.")
        if field.is_unique:
            _refuse_eleventh(field.model)
        _take_place(field.model, rows.count())
        facts = {"name": field.name, "model": field.model}
        field.change("custom_field.restored", facts=facts, deleted_at=None, deleted_by="")
        kind = types.of(field.model)
        if kind:
            shelving.unshelve(kind, field.pk, INLINE)


def values_of(field: CustomField) -> int:
    """How many live records have a value in the field."""
    kind = types.of(field.model)
    return stored.count(kind, field) if kind else 0


def option_uses(field: CustomField, removed: Iterable[dict[str, Any]]) -> dict[str, int]:
    """{label: number of records} of those options that stand in any."""
    kind = types.of(field.model)
    if kind is None:
        return {}
    counted = {
        str(option["label"]): kind.model.objects.filter(stored.holding(field, option)).count() for option in removed
    }
    return {label: number for label, number in counted.items() if number}


def arrange_fields(model: str, ids: list[str]) -> None:
    """Give the named fields of a record type this order; the others keep theirs. One statement and one entry."""
    arrange(CustomField.objects.filter(model=model), ids, "custom_field.reordered")


def _settings(model: str, **given: Any) -> dict[str, Any]:
    errors: dict[str, str] = {}
    values = dict(given)
    if "name" in values:
        values["name"] = " ".join(str(values["name"] or "").replace("\x00", "").split())
        if not values["name"]:
            errors["name"] = "a field needs a name"
    for name, longest in (("name", 200), ("placeholder", 200), ("description", 500), ("prefill", 1000)):
        if name in values:
            values[name] = str(values[name] or "").replace("\x00", "").strip()
            if len(values[name]) > longest:
                errors[name] = f"longer than {longest} characters"
    if values.get("folder"):
        pk = getattr(values["folder"], "pk", values["folder"])
        values["folder"] = FieldFolder.objects.filter(model=model, pk=pk).first()
        if values["folder"] is None:
            errors["folder"] = "there is no such folder"
    elif "folder" in values:
        values["folder"] = None
    for name in FLAGS:
        if name in values and not isinstance(values[name], bool):
            errors[name] = "must be yes or no"
    if "accepted_formats" in values:
        formats = [str(item).lower().lstrip(".") for item in values["accepted_formats"] or ()]
        values["accepted_formats"] = [] if set(formats) & {"all", "*", ""} else list(dict.fromkeys(formats))
        if set(values["accepted_formats"]) - set(FORMATS):
            errors["accepted_formats"] = f"must be among {', '.join(FORMATS)}"
    if "most_files" in values:
        number = values["most_files"]
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST_FILES:
            errors["most_files"] = f"must be a whole number from 1 to {MOST_FILES}"
    if values.get("position") is not None:
        number = values["position"]
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**31:
            errors["position"] = "must be a whole number, not below 0"
    if errors:
        raise Invalid(errors)
    return values


def _key(name: str, taken: Iterable[str]) -> str:
    stem = slug(name)[:90] or "field"
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}_{number}", number + 1
    return key


def _mapping(field: CustomField, changed: choices.Change, replacements: dict[str, str | None]) -> dict[str, str | None]:
    labels = {str(option["label"]) for option in changed.options}
    unknown = [new for new in replacements.values() if new is not None and new not in labels]
    if unknown:
        raise Invalid({"options": f"{unknown[0]} is none of the options"})
    uses = option_uses(field, changed.removed)
    open_questions = {label: number for label, number in uses.items() if label not in replacements}
    if open_questions:
        raise OptionInUse(open_questions)
    if field.type == "TEXTBOX_LIST":
        return {str(option["key"]): None for option in changed.removed if str(option["label"]) in uses}
    return {**changed.renamed, **{label: replacements[label] for label in uses}}


def _unique(field: CustomField, wanted: bool) -> dict[str, Any]:
    if not wanted:
        return {"is_unique": False, "was_unique": True}
    if field.type not in MAY_BE_UNIQUE:
        raise Invalid({"is_unique": ONLY_THESE_UNIQUE})
    if field.was_unique:
        raise Refused("Uniqueness of this field was given up, and that is for good. Make a new field.")
    _refuse_eleventh(field.model)
    kind = types.of(field.model)
    shared = stored.duplicates(kind, field) if kind else []
    if shared:
        raise NotUnique(field, shared)
    return {"is_unique": True}


def _take_place(model: str, held: int) -> None:
    if held >= MOST_FIELDS:
        raise LimitReached(f"A record type can have {MOST_FIELDS} custom fields.")
    if model == "contact":
        limits.take("custom_fields")


def _refuse_eleventh(model: str) -> None:
    if CustomField.objects.filter(model=model, is_unique=True).count() >= MOST_UNIQUE:
        raise LimitReached(f"A record type can have {MOST_UNIQUE} unique fields.")
