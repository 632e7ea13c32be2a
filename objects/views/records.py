"""The list of a custom object's records: search, filters, columns, sorting; adding, exporting, the trash."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import hipaa
from accounts.models import User
from accounts.names import of_users
from core import clock, ids, keyset, scope
from core.errors import Invalid, LimitReached, NotFound
from core.pages import allowed, is_partial, link
from objects import dialogs, field_rows, record_filters, schemas
from objects.models import CustomField, ObjectSchema, Record
from objects.record_form import RecordForm
from objects.spreadsheets import neutral
from objects.values import shown

READ, WRITE, EXPORT = "objects/record.readonly", "objects/record.write", "contacts.export"
COUNTED = 10_000
SIZES = (20, 50, 100)
FIRST_COLUMNS = 4
MOST_COLUMNS = 20
MOST_PEOPLE = 200
CHUNK = 1000
MOST_HOSTS = 20
SORTS = {
    "-added": ("date_added", True), "added": ("date_added", False), "name": ("name_folded", False),
    "-name": ("name_folded", True), "-updated": ("date_updated", True), "updated": ("date_updated", False),
}  # fmt: skip
STANDARD_COLUMNS = [("owner", "Owner"), ("date_added", "Added"), ("date_updated", "Updated")]
KEPT = ("q", "sort", "f", "size")  # members of the address that a link within the list keeps


@allowed(READ)
@require_GET
def index(request: HttpRequest, schema: str) -> HttpResponse:
    """A page of records. Six queries, whatever its size."""
    found = find_schema(schema)
    actor = scope.current().actor
    fields = fields_of(found)
    known = record_filters.fields_of(fields)
    conditions = record_filters.read(request.GET.getlist("f"), known)
    sort = request.GET.get("sort", "-added")
    sort = sort if sort in SORTS else "-added"
    text = text_of(request)
    trouble = ""
    rows = Record.objects.live().visible_to(actor).filter(schema=found)
    try:
        rows = rows.filter(record_filters.compiled(conditions))
    except Invalid as error:
        rows, trouble = rows.none(), error.message
    rows = rows.search(text) if text else rows
    key, descending = SORTS[sort]
    size = int(request.GET.get("size", "50")) if request.GET.get("size", "50") in map(str, SIZES) else 50
    page = keyset.page(rows, key, request.GET.get("at", ""), size, descending)
    columns = columns_of(request, found, fields)
    people = of_users(row.owner_id for row in page.rows if row.owner_id)
    owners = of_users(
        part for one in conditions if one.field.kind == "person" for part in one.value.split("|") if ids.is_id(part)
    )
    context = {
        "schema": found,
        "page": page,
        "lines": [line(row, columns, people) for row in page.rows],
        "columns": columns,
        "heads": heads(request, found, sort, columns),
        "primary": found.primary_field.name if found.primary_field else "Name",
        "total": rows.order_by().values("pk")[: COUNTED + 1].count(),
        "query": text,
        "sort": sort,
        "chips": chips(request, found, conditions, owners),
        "written": [one.written for one in conditions],
        "look": kept(request),
        "trouble": trouble,
        "may_write": actor.may(WRITE),
        "may_export": actor.may(EXPORT),
        "may_define": actor.may("objects/schema.write"),
        "size": size,
        "sizes": SIZES,
    }
    return render(
        request, "objects/records/table.html" if is_partial(request) else "objects/records/index.html", context
    )


@allowed(WRITE)
def create(request: HttpRequest, schema: str) -> HttpResponse:
    """All fields of the object on one page."""
    found = find_schema(schema)
    form = RecordForm(request.POST if request.method == "POST" else None, schema=found)
    owner = request.POST.get("owner", "") if request.method == "POST" else scope.current().actor.id
    if request.method == "POST" and form.is_valid():
        try:
            record = form.add(owner if ids.is_id(owner) else None)
        except Invalid as error:
            form.show(error)
        except LimitReached as error:
            form.add_error(None, error.message)
        else:
            visible = Record.objects.visible_to(scope.current().actor).filter(pk=record.pk).exists()
            onward = link("objects:record", record.pk) if visible else link("objects:records", found.pk)
            if "again" in request.POST:
                onward = link("objects:record_create", found.pk)
            return dialogs.done(request, onward, f"{record} is added.")
    context = {"schema": found, "form": form, "people": people_here(), "owner": owner}
    response = render(request, "objects/records/create.html", context, status=422 if form.errors else 200)
    return with_pictures(response, form.definitions)


@allowed(READ)
def filter_(request: HttpRequest, schema: str) -> HttpResponse:
    """First the field, then comparison and value; the answer leads to the list with one condition more."""
    found = find_schema(schema)
    given: QueryDict = request.POST if request.method == "POST" else request.GET
    known = record_filters.fields_of(fields_of(found), [(user.pk, str(user)) for user in people_here()])
    field = next((one for one in known if one.name == given.get("field")), None)
    context: dict[str, Any] = {
        "schema": found,
        "known": known,
        "look": given.get("look", "")[:4000],
        "field": field,
        "action": link("objects:record_filter", found.pk),
    }
    if field is None:
        return dialogs.ask(request, "objects/records/pick_field.html", context)
    operator = given.get("operator", "")
    operator = operator if operator in field.operators else next(iter(field.operators))
    values = [value.replace("|", " ").strip() for value in given.getlist("value")[:50] if value.strip()]
    value = "|".join(values) if field.options else " ".join(values)
    if operator == "range":
        value = f"{given.get('low', '').strip()}..{given.get('high', '').strip()}"
    context |= {
        "operator": operator,
        "chosen": values,
        "value": value,
        "low": given.get("low", ""),
        "high": given.get("high", ""),
        "is_valueless": operator in record_filters.VALUELESS or field.kind == "file",
        "is_days": operator in record_filters.DAYS,
        "replaces": given.get("replaces", ""),
    }
    if request.method == "POST" and "apply" in request.POST:
        try:
            condition = record_filters.Condition(field, operator, "" if context["is_valueless"] else value)
            if not value and not context["is_valueless"]:
                raise Invalid({"value": "Choose or enter a value."})
            record_filters.compiled([condition])
        except Invalid as error:
            context["trouble"] = error.message
        else:
            look = QueryDict(context["look"], mutable=True)
            written = [text for text in look.getlist("f") if text != context["replaces"]]
            look.setlist("f", [*written, condition.written])
            return dialogs.done(request, f"{link('objects:records', found.pk)}?{look.urlencode()}", "")
    return dialogs.ask(request, "objects/records/filter.html", context, 422 if "trouble" in context else 200)


@allowed(READ)
def columns(request: HttpRequest, schema: str) -> HttpResponse:
    """Which columns the list shows, in which order; kept with the reader's session."""
    found = find_schema(schema)
    fields = fields_of(found)
    every = [(one.pk, one.name) for one in fields if one.pk != found.primary_field_id] + STANDARD_COLUMNS
    if request.method == "POST":
        names = dict(every)
        chosen = [name for name in dict.fromkeys(request.POST.getlist("column")) if name in names][:MOST_COLUMNS]
        request.session[f"columns:{found.pk}"] = chosen
        look = QueryDict(request.POST.get("look", "")[:4000]).urlencode()
        return dialogs.done(request, f"{link('objects:records', found.pk)}?{look}", "")
    shown_now = [column["name"] for column in columns_of(request, found, fields)]
    names = dict(every)
    context = {
        "schema": found,
        "chosen": [(name, names[name]) for name in shown_now],
        "rest": [(name, label) for name, label in every if name not in shown_now],
        "most": MOST_COLUMNS,
        "action": link("objects:record_columns", found.pk),
        "look": request.GET.get("look", "")[:4000],
    }
    return dialogs.ask(request, "objects/records/columns.html", context)


@allowed(EXPORT)
@require_GET
def export(request: HttpRequest, schema: str) -> HttpResponse | StreamingHttpResponse:
    """What the list shows, with every field, as a CSV; read by key, so that memory stays flat."""
    found = find_schema(schema)
    if not scope.current().actor.may(READ):
        raise NotFound("There is no such object.")
    hipaa.refuse_quick_export()
    fields = fields_of(found)
    rows = Record.objects.live().visible_to(scope.current().actor).filter(schema=found)
    rows = rows.filter(
        record_filters.compiled(record_filters.read(request.GET.getlist("f"), record_filters.fields_of(fields)))
    )
    text = text_of(request)
    rows = rows.search(text) if text else rows
    lines = csv_lines(rows, fields, scope.current())
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{schemas.bare(found.key)}-{clock.now():%Y-%m-%d}.csv"'
    return response


@allowed(WRITE)
def trash(request: HttpRequest, schema: str) -> HttpResponse:
    """Deleted records of the last thirty days, and taking some back."""
    found = find_schema(schema)
    rows = Record.objects.trashed().visible_to(scope.current().actor).filter(schema=found)
    if request.method == "POST":
        record = rows.filter(pk=request.POST.get("record", "")).first()
        if record is None:
            raise NotFound("This record is no longer in the trash.")
        record.restore()
        return dialogs.done(request, link("objects:record_trash", found.pk), f"{record} is back.")
    context = {
        "schema": found,
        "page": keyset.page(rows, "deleted_at", request.GET.get("at", ""), 50, True),
        "total": rows.order_by().values("pk")[: COUNTED + 1].count(),
    }
    return render(request, "objects/records/trash.html", context)


def with_pictures(response: HttpResponse, fields: Iterable[CustomField]) -> HttpResponse:
    """Let the page show the pictures of options, from their hosts and no others."""
    hosts = {
        f"https://{urlsplit(str(option['image'])).netloc}"
        for one in fields
        if one.type == "RADIO"
        for option in one.options
        if option.get("image")
    }
    if hosts:
        response._csp_update = {"img-src": sorted(hosts)[:MOST_HOSTS]}  # type: ignore[attr-defined]
    return response


def find_schema(pk: str) -> ObjectSchema:
    """The live custom object of that id.

    Raises:
        NotFound: there is none.
    """
    rows = ObjectSchema.objects.live().made_here().select_related("primary_field")
    found: ObjectSchema | None = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such object.")
    return found


def fields_of(schema: ObjectSchema) -> list[CustomField]:
    """The fields of an object in the order of its records, the one that names them first."""
    rows = list(CustomField.objects.filter(model=schema.key).select_related("folder")[:500])
    return sorted(rows, key=lambda one: one.pk != schema.primary_field_id)


def people_here() -> list[User]:
    return list(User.objects.working_at(scope.location_id()).order_by("first_name", "last_name", "pk")[:MOST_PEOPLE])


def text_of(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:75]


def kept(request: HttpRequest, **changes: Any) -> str:
    """The query of the list with what it looks for, and some of it changed."""
    pairs = [(name, value) for name in KEPT if name not in changes for value in request.GET.getlist(name) if value]
    for name, value in changes.items():
        pairs += [(name, each) for each in (value if isinstance(value, list) else [value]) if each]
    return urlencode(pairs)


def columns_of(request: HttpRequest, schema: ObjectSchema, fields: list[CustomField]) -> list[dict[str, Any]]:
    """The columns beside the name: as chosen, or the first few fields with owner and last change."""
    by_id = {one.pk: one for one in fields}
    names = dict(STANDARD_COLUMNS)
    chosen = request.session.get(f"columns:{schema.pk}")
    if chosen is None:
        others = [one.pk for one in fields if one.pk != schema.primary_field_id]
        chosen = [*others[:FIRST_COLUMNS], "owner", "date_updated"]
    return [
        {
            "name": name,
            "label": by_id[name].name if name in by_id else names[name],
            "field": by_id.get(name),
            "is_number": name in by_id and by_id[name].type in ("NUMERICAL", "FLOAT", "MONETORY"),
        }
        for name in chosen
        if name in by_id or name in names
    ]


def line(record: Record, columns: Iterable[dict[str, Any]], people: dict[str, str]) -> dict[str, Any]:
    """A record with its cells."""
    cells = []
    for column in columns:
        cell: dict[str, Any] = {"kind": column["name"], "is_number": column["is_number"]}
        if column["field"] is not None:
            words = field_rows.words(column["field"], record.custom.get(column["field"].pk))
            cell |= {"kind": "text", "words": words[:200]}
        elif column["name"] == "owner":
            cell |= {"words": people.get(record.owner_id or "", ""), "id": record.owner_id}
        else:
            cell |= {"at": getattr(record, column["name"]), "kind": "moment"}
        cells.append(cell)
    return {"record": record, "cells": cells}


def heads(
    request: HttpRequest, schema: ObjectSchema, sort: str, columns: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The head of the table; what can be sorted by has an address."""
    sortable = {"name": ("name", "-name"), "date_added": ("-added", "added"), "date_updated": ("-updated", "updated")}
    first = {"name": "name", "label": schema.primary_field.name if schema.primary_field else "Name", "is_number": False}
    found = []
    for column in [first, *columns]:
        head = {"label": column["label"], "is_number": column["is_number"], "url": "", "sorted": ""}
        if column["name"] in sortable:
            one, other = sortable[column["name"]]
            head["url"] = f"{link('objects:records', schema.pk)}?{kept(request, sort=other if sort == one else one)}"
            head["sorted"] = "" if sort not in (one, other) else "descending" if sort.startswith("-") else "ascending"
        found.append(head)
    return found


def chips(
    request: HttpRequest, schema: ObjectSchema, conditions: list[record_filters.Condition], people: dict[str, str]
) -> list[dict[str, Any]]:
    found = []
    for one in conditions:
        rest = [other.written for other in conditions if other is not one]
        words = one.words
        if one.field.kind == "person":
            words = ", ".join(people.get(part, part) for part in words.split(", "))
        edit = {"field": one.field.name, "operator": one.operator, "replaces": one.written, "look": kept(request)}
        if one.operator == "range":
            edit |= dict(zip(("low", "high"), one.value.split("..", 1), strict=False))
        values = [("value", part) for part in one.value.split("|")] if one.operator != "range" else []
        found.append(
            {
                "field": one.field.label,
                "compare": one.field.operators[one.operator],
                "value": words,
                "edit_url": f"{link('objects:record_filter', schema.pk)}?{urlencode([*edit.items(), *values])}",
                "remove_url": f"{link('objects:records', schema.pk)}?{kept(request, f=rest)}",
            }
        )
    return found


def csv_lines(rows: Any, fields: list[CustomField], at: scope.Scope) -> Iterator[str]:
    """The lines of an export, a chunk of records at a time, each in the scope that asked for it."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["Id", *(neutral(one.name) for one in fields), "Owner", "Added", "Updated"])
    yield "\ufeff" + out.getvalue()
    last = ""
    while True:
        with scope.fresh(**at.__dict__):
            chunk = list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK])
            people = of_users(row.owner_id for row in chunk if row.owner_id)
        if not chunk:
            return
        last = chunk[-1].pk
        out.seek(0)
        out.truncate()
        for row in chunk:
            cells = [neutral(shown(one, row.custom.get(one.pk)), one.type) for one in fields]
            dates = [clock.iso(row.date_added), clock.iso(row.date_updated)]
            sheet.writerow([row.pk, *cells, neutral(people.get(row.owner_id or "", "")), *dates])
        yield out.getvalue()
