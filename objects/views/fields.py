"""Settings, Custom fields: the list by folder, the editor of one field, and its deletion."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from core import scope
from core.errors import Invalid, LimitReached, NotFound, Refused
from core.ids import new_id
from core.pages import allowed, link
from objects import definitions, dialogs, types
from objects.definitions import NotUnique, OptionInUse
from objects.forms import FieldForm, has_options, options_in, show_errors
from objects.models import CustomField, FieldFolder, ShelvedValue
from objects.models.custom_field import TYPES

READ, WRITE = "locations/customFields.readonly", "locations/customFields.write"
CONFIRM = "DELETE"
LABELS = dict(TYPES)
ICONS = {
    "TEXT": "pencil", "LARGE_TEXT": "note", "TEXTBOX_LIST": "list", "NUMERICAL": "hash", "FLOAT": "hash",
    "PHONE": "phone",
    "EMAIL": "mail", "MONETORY": "money", "SINGLE_OPTIONS": "menu", "MULTIPLE_OPTIONS": "list",
    "RADIO": "check-circle", "CHECKBOX": "check", "DATE": "calendar", "TIME": "clock", "FILE_UPLOAD": "paperclip",
    "SIGNATURE": "pencil",
}  # fmt: skip
GROUPS = [
    ("Text", ["TEXT", "LARGE_TEXT", "TEXTBOX_LIST"]),
    ("Numbers", ["NUMERICAL", "FLOAT", "MONETORY"]),
    ("Choices", ["SINGLE_OPTIONS", "MULTIPLE_OPTIONS", "RADIO", "CHECKBOX"]),
    ("Contact", ["PHONE", "EMAIL"]),
    ("Date and time", ["DATE", "TIME"]),
    ("Files", ["FILE_UPLOAD", "SIGNATURE"]),
]
HINTS = {
    "TEXT": "A line of text",
    "LARGE_TEXT": "Several lines",
    "TEXTBOX_LIST": "Several labelled boxes",
    "NUMERICAL": "A number",
    "FLOAT": "A number with decimals",
    "MONETORY": "An amount",
    "SINGLE_OPTIONS": "One of a list",
    "MULTIPLE_OPTIONS": "Several of a list",
    "RADIO": "One of a few, all in sight",
    "CHECKBOX": "Several, all in sight",
    "PHONE": "A phone number",
    "EMAIL": "An e-mail address",
    "DATE": "A day",
    "TIME": "A time of day",
    "FILE_UPLOAD": "One file or several",
    "SIGNATURE": "Drawn by hand",
}


@allowed(READ)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The fields of a record type by folder, in the order in which the record shows them. Two queries."""
    kind = kind_of(request.GET)
    text = request.GET.get("q", "").replace("\x00", "").strip()[:75].lower()
    rows = list(CustomField.objects.filter(model=kind.key)[: definitions.MOST_FIELDS])
    folders: list[dict[str, Any]] = [
        {"folder": row, "fields": []} for row in FieldFolder.objects.filter(model=kind.key)
    ]
    outside: dict[str, Any] = {"folder": None, "fields": []}
    by_id = {group["folder"].pk: group for group in folders}
    for row in rows:
        if not text or text in row.name.lower() or text in row.key:
            row.icon, row.type_label = ICONS[row.type], LABELS[row.type]
            by_id.get(row.folder_id, outside)["fields"].append(row)
    may_write = scope.current().actor.may(WRITE)
    for group in folders:
        group["menu"] = [
            {"label": "Rename", "icon": "pencil", "get": link("settings:folder_rename", group["folder"].pk)},
            {
                "label": "Delete",
                "icon": "trash",
                "bad": True,
                "get": link("settings:folder_delete", group["folder"].pk),
            },
        ]
    context = {
        "kind": kind,
        "kinds": [
            {
                "label": each.plural,
                "url": f"{link('settings:fields')}?object={each.key}",
                "current": each.key == kind.key,
            }
            for each in types.every()
        ],
        "groups": [group for group in [*folders, outside] if group["fields"] or (not text and group["folder"])],
        "rows": rows,
        "query": request.GET.get("q", ""),
        "may_write": may_write,
        "may_order": may_write and not text,
        "has_folders": bool(folders),
        "has_deleted": may_write and CustomField.objects.deleted().filter(model=kind.key).exists(),
    }
    return render(request, "objects/fields/index.html", context)


@allowed(WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """First the type, then everything else beside a preview of the input."""
    kind = kind_of(request.GET)
    chosen = request.GET.get("type", "")
    if chosen not in LABELS:
        groups = [
            (title, [{"code": code, "label": LABELS[code], "icon": ICONS[code], "hint": HINTS[code]} for code in codes])
            for title, codes in GROUPS
        ]
        return render(request, "objects/fields/types.html", {"kind": kind, "groups": groups, **_crumb(kind)})
    form = FieldForm(request.POST if request.method == "POST" else None, type=chosen, model=kind.key)
    options = options_in(request.POST) if request.method == "POST" else []
    if request.method == "POST" and form.is_valid():
        try:
            field = definitions.create_field(type=chosen, model=kind.key, options=options, **form.values())
        except Invalid as error:
            show_errors(form, error)
        except LimitReached as error:
            form.add_error(None, error.message)
        else:
            return dialogs.done(
                request, _home(kind.key), f"The field {field.name} is there, with the key {field.full_key}."
            )
    return _editor(request, kind, form, chosen, options)


@allowed(WRITE)
def edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Everything but key and type. An option in use goes only with an answer to what becomes of it."""
    field = find(pk)
    kind = kind_of({"object": field.model})
    form = FieldForm(request.POST if request.method == "POST" else None, type=field.type, model=field.model, held=field)
    if request.method != "POST":
        return _editor(request, kind, form, field.type, field.options, field)
    options = options_in(request.POST)
    trouble: dict[str, Any] = {}
    if form.is_valid():
        try:
            definitions.change_field(
                field,
                options=options if has_options(field.type) else None,
                replacements=_answers(request),
                **form.values(),
            )
        except Invalid as error:
            show_errors(form, error)
        except OptionInUse as error:
            trouble["in_use"] = [
                {"label": label, "number": number, "chosen": _answers(request).get(label, "?")}
                for label, number in error.uses.items()
            ]
            form.add_error(None, "Say what becomes of the options that are still in use.")
        except NotUnique as error:
            form.add_error("is_unique", error.message)
            trouble["shared"] = _shared(kind, error)
        except Refused as error:
            form.add_error("is_unique" if "is_unique" in form.fields else None, error.message)
        else:
            return dialogs.done(request, _home(field.model), f"The field {field.name} is saved.")
    return _editor(request, kind, form, field.type, options, field, **trouble)


@allowed(WRITE)
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The input as people will see it, from what the editor holds."""
    chosen = request.GET.get("type", "")
    if chosen not in LABELS:
        raise NotFound("There is no such type of field.")
    shown = {
        "name": request.POST.get("name", "")[:200],
        "placeholder": request.POST.get("placeholder", "")[:200],
        "description": request.POST.get("description", "")[:500],
        "options": options_in(request.POST)[:200],
        "allows_custom_option": "allows_custom_option" in request.POST,
        "allows_many_files": "allows_many_files" in request.POST,
        "accepted_formats": request.POST.getlist("accepted_formats")[:20],
    }
    return render(request, "objects/fields/preview.html", {"type": chosen, "shown": shown})


@allowed(WRITE)
@require_GET
def option(request: HttpRequest) -> HttpResponse:
    """An empty row of the options editor."""
    return render(
        request,
        "objects/fields/option.html",
        {"option": {}, "type": request.GET.get("type", ""), "is_new": True, "number": new_id()},
    )


@allowed(WRITE)
def delete(request: HttpRequest, pk: str) -> HttpResponse:
    """Asks for a typed word and says what goes with the field."""
    field = find(pk)
    kind = kind_of({"object": field.model})
    uses = kind.uses(field.pk)
    context = {
        "field": field,
        "record_type": kind,
        "records": definitions.values_of(field),
        "uses": uses,
        "hidden_uses": sum(1 for use in uses if not use.name),
        "action": link("settings:field_delete", field.pk),
        "confirm_word": CONFIRM,
    }
    if request.method == "POST":
        if request.POST.get("confirm", "") == CONFIRM:
            try:
                definitions.delete_field(field)
            except Refused as error:
                context["wrong"] = error.message
            else:
                sentence = f"The field {field.name} is deleted. It can be restored for 30 days."
                return dialogs.done(request, _home(kind.key), sentence)
        else:
            context["wrong"] = f"Type {CONFIRM} to confirm."
    return dialogs.ask(request, "objects/fields/delete.html", context, 422 if "wrong" in context else 200)


@allowed(WRITE)
@require_POST
def order(request: HttpRequest) -> HttpResponse:
    """Take over the order of the fields of one folder."""
    definitions.arrange_fields(kind_of(request.GET).key, request.POST.getlist("ids")[: definitions.MOST_FIELDS])
    return HttpResponse(status=204)


@allowed(WRITE)
@require_GET
def deleted(request: HttpRequest) -> HttpResponse:
    """Fields deleted in the last thirty days. Two queries."""
    kind = kind_of(request.GET)
    rows = list(CustomField.objects.deleted().filter(model=kind.key).order_by("-deleted_at", "-pk")[:500])
    held = dict(
        ShelvedValue.objects.filter(field__in=[row.pk for row in rows])
        .order_by()
        .values_list("field")
        .annotate(Count("pk"))
    )
    for row in rows:
        row.icon, row.type_label, row.number = ICONS[row.type], LABELS[row.type], held.get(row.pk, 0)
    return render(request, "objects/fields/deleted.html", {"kind": kind, "rows": rows, **_crumb(kind)})


@allowed(WRITE)
@require_POST
def restore(request: HttpRequest, pk: str) -> HttpResponse:
    """The field comes back with its values."""
    field = CustomField.objects.deleted().filter(pk=pk).first()
    if field is None or types.of(field.model) is None:
        raise NotFound("This field is not among the deleted ones.")
    definitions.restore_field(field)
    return dialogs.done(request, _home(field.model), f"The field {field.name} is back.")


def find(pk: str) -> CustomField:
    field: CustomField | None = CustomField.objects.filter(pk=pk).select_related("folder").first()
    if field is None or types.of(field.model) is None:
        raise NotFound("There is no such custom field.")
    return field


def kind_of(query: Any) -> types.RecordType:
    """The record type that an address names; contacts by default."""
    wanted = query.get("object") or "contact"
    kind = types.of(wanted)
    if kind is None:
        raise NotFound("There is no such kind of record.")
    return kind


def _home(model: str) -> str:
    return f"{link('settings:fields')}?object={model}"


def _crumb(kind: types.RecordType) -> dict[str, str]:
    return {"settings_url": _home(kind.key), "settings_title": "Custom fields"}


def _answers(request: HttpRequest) -> dict[str, str | None]:
    """What takes the place of each option that goes: "?" leaves it open, "" blanks it."""
    pairs = zip(request.POST.getlist("gone"), request.POST.getlist("instead"), strict=False)
    return {label: instead.removeprefix("=") or None for label, instead in pairs if instead != "?"}


def _shared(kind: types.RecordType, error: NotUnique) -> list[dict[str, Any]]:
    wanted = {pk for _, pks in error.shared for pk in pks}
    visible = kind.model.objects.visible_to(scope.current().actor).filter(pk__in=wanted)
    names = {row.pk: str(row) for row in visible}
    return [
        {"value": value[:100], "names": [names.get(pk, "a hidden record") for pk in pks]} for value, pks in error.shared
    ]


def _editor(
    request: HttpRequest,
    kind: types.RecordType,
    form: FieldForm,
    type: str,
    options: list[Any],
    field: CustomField | None = None,
    **more: Any,
) -> HttpResponse:
    filled = {name: form[name].value() for name in form.fields}
    context = {
        "kind": kind,
        "form": form,
        "type": type,
        "type_label": LABELS[type],
        "type_icon": ICONS[type],
        "options": options or [{}, {}],
        "has_options": has_options(type),
        "what": "text box" if type == "TEXTBOX_LIST" else "option",
        "field": field,
        "shown": {**filled, "options": options},
        **_crumb(kind),
        **more,
    }
    return render(request, "objects/fields/editor.html", context, status=422 if form.errors else 200)
