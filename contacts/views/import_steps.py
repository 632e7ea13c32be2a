"""The wizard's steps before the review: upload, mapping, duplicates, preferences."""

from __future__ import annotations

from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from accounts import current
from contacts.importing import columns as mapping
from contacts.importing.sniffing import ENCODINGS, check_name, sniff
from contacts.importing.targets import CUSTOM, NEW, NEW_TYPES, custom_fields
from contacts.models import Import
from contacts.models.importing import MODES
from contacts.models.tag import normal
from contacts.tasks.imports import send
from contacts.views.import_review import find, size_words, steps
from core import ids, scope
from core.errors import Invalid, Refused
from core.pages import allowed, link
from objects.models.custom_field import TYPES

DELIMITERS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Bar"}
MOST_TAGS = 50
SLACK = 64 * 1024  # what a form is larger than its file


@allowed("contacts.import")
@csrf_exempt
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file; its size is judged before anything of it is read, and the form's token after that."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if request.method == "POST" and length.isdigit() and int(length) > settings.IMPORT_MOST_BYTES + SLACK:
        return _upload_page(request, too_large(int(length)), status=413)
    return _upload(request)


upload.csrf_exempt = True  # type: ignore[attr-defined]  # the inner view checks it


def too_large(size: int) -> str:
    most = size_words(settings.IMPORT_MOST_BYTES)
    return f"This file has {size_words(size)}; at most {most} are possible. Split it and import the parts one after the other."


@csrf_protect
def _upload(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _upload_page(request)
    file = request.FILES.get("file")
    if file is None:
        return _upload_page(request, "Choose a CSV file first.", status=422)
    name = " ".join((file.name or "contacts.csv").replace("\x00", "").split())[-255:]
    try:
        if (file.size or 0) > settings.IMPORT_MOST_BYTES:
            raise Invalid({"file": too_large(file.size or 0)})
        stream: BinaryIO = file.file  # type: ignore[assignment]
        found = _sniffed_with_name(stream, name)
    except Invalid as problem:
        return _upload_page(request, problem.message, status=422)
    guessed, program = mapping.guess(found.header, found.rows)
    file.seek(0)
    key = default_storage.save(f"imports/{scope.location_id()}/{ids.new_id()}.csv", file)
    batch = Import.record_new(
        facts={"name": name},
        name=name.rsplit(".", 1)[0][:200] or "Import",
        owner_id=scope.current().actor.user_id,
        file=key,
        file_name=name,
        size=file.size or 0,
        encoding=found.encoding,
        encoding_sure=found.sure,
        delimiter=found.delimiter,
        header=found.header,
        samples=found.samples,
        mapping=guessed,
        plan={"program": program},
    )
    return redirect(link("contacts:import_map", batch.pk))


def _sniffed_with_name(stream: BinaryIO, name: str) -> Any:
    """What the bytes are tells more than the name; but a name may speak against a file that looks fine."""
    found = sniff(stream, country=current.location().country)
    check_name(name)
    return found


def _upload_page(request: HttpRequest, problem: str = "", status: int = 200) -> HttpResponse:
    context = {
        "problem": problem,
        "most": settings.IMPORT_MOST_BYTES,
        "most_words": size_words(settings.IMPORT_MOST_BYTES),
        "most_rows": settings.IMPORT_MOST_ROWS,
        "steps": steps(None, 0),
    }
    return render(request, "contacts/imports/upload.html", context, status=status)


def _editable(pk: str) -> Import:
    batch = find(pk)
    if not batch.is_editable:
        raise Refused("This import is under way: its choices can no longer change.")
    return batch


@require_POST
@allowed("contacts.import")
def reading(request: HttpRequest, pk: str) -> HttpResponse:
    """Read the file with another encoding or separator, or confirm the guess."""
    batch = _editable(pk)
    encoding = request.POST.get("encoding", "")
    delimiter = {"tab": "\t"}.get(request.POST.get("delimiter", ""), request.POST.get("delimiter", ""))
    if encoding not in ENCODINGS or delimiter not in DELIMITERS:
        raise Refused("Choose an encoding and a separator from the lists.")
    try:
        with default_storage.open(batch.file, "rb") as file:
            found = sniff(file, encoding=encoding, delimiter=delimiter)
    except Invalid as problem:
        return _map_page(request, batch, {"reading": problem.message}, status=422)
    changed = found.header != batch.header or found.samples != batch.samples
    choices: dict[str, Any] = {"encoding": encoding, "encoding_sure": True, "delimiter": delimiter}
    if changed:
        guessed, program = mapping.guess(found.header, found.rows)
        choices |= {"header": found.header, "samples": found.samples, "mapping": guessed, "plan": {"program": program}}
    batch.settle(**choices)
    return redirect(link("contacts:import_map", batch.pk))


@allowed("contacts.import")
def columns(request: HttpRequest, pk: str) -> HttpResponse:
    """Which column goes where."""
    batch = _editable(pk)
    if request.method != "POST":
        return _map_page(request, batch)
    chosen = []
    for place, held in enumerate(batch.mapping):
        key = request.POST.get(f"field-{place}", "")
        if key == NEW and str(held.get("field") or "").startswith(f"{NEW}."):
            key = str(held["field"])  # keeps the id it was given
        column: dict[str, Any] = {
            "field": key,
            "ambiguous": held.get("ambiguous"),
            "type": request.POST.get(f"type-{place}") or held.get("type"),
        }
        column["name"] = request.POST.get(f"name-{place}", "")
        column["order"] = request.POST.get(f"order-{place}") or held.get("order") or mapping.default_order()
        chosen.append(column)
    skip = bool(request.POST.get("skip_unmapped"))
    try:
        if not batch.encoding_sure:
            raise Invalid({"reading": "Confirm the encoding first: look whether the values below read well."})
        settled = mapping.settled(chosen, batch.header)
        if not skip and not all(column.get("field") for column in settled):
            raise Invalid({"skip_unmapped": "Map every column, or tick “Do not import unmatched columns”."})
        if not any(column.get("field") for column in settled):
            raise Invalid("Map at least one column to a field.")
    except Invalid as problem:
        batch.mapping, batch.skip_unmapped = chosen, skip
        return _map_page(request, batch, problem.errors, status=422)
    batch.settle(mapping=settled, skip_unmapped=skip)
    return redirect(link("contacts:import_duplicates", batch.pk))


def _map_page(
    request: HttpRequest, batch: Import, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    fields = custom_fields()
    by_id = {field.pk: field for field in fields}
    rows = []
    for place, name in enumerate(batch.header):
        column = batch.mapping[place]
        key = str(column.get("field") or "")
        values = [row[place] for row in batch.samples if place < len(row) and row[place].strip()]
        rows.append(
            {
                "place": place,
                "name": name,
                "values": values[:3],
                "field": NEW if key.startswith(NEW) else key,
                "new_name": column.get("name") or name,
                "type": column.get("type") or "TEXT",
                "order": column.get("order") or mapping.default_order(),
                "ambiguous": bool(column.get("ambiguous")),
                "is_date": mapping.is_date(column, by_id),
                "error": (errors or {}).get(f"column-{place}", ""),
            }
        )
    unmatched = sum(1 for row in rows if not row["field"])
    context = {
        "batch": batch,
        "steps": steps(batch, 1),
        "rows": rows,
        "unmatched": unmatched,
        "matched": len(rows) - unmatched,
        "is_blocked": (unmatched > 0 and not batch.skip_unmapped) or not batch.encoding_sure,
        "groups": mapping.shown_targets(fields),
        "types": NEW_TYPES.items(),
        "orders": mapping.ORDERS.items(),
        "dates": " ".join(["date_of_birth", *(f"{CUSTOM}{field.pk}" for field in fields if field.type == "DATE")]),
        "encodings": ENCODINGS.items(),
        "delimiters": [("tab" if key == "\t" else key, label) for key, label in DELIMITERS.items()],
        "delimiter": "tab" if batch.delimiter == "\t" else batch.delimiter,
        "errors": errors or {},
        "problem": (errors or {}).get("", ""),
        "program": batch.plan.get("program", ""),
        "type_names": dict(TYPES),
    }
    return render(request, "contacts/imports/map.html", context, status=status)


MODE_WORDS = {
    "create_update": "A row that matches updates the contact; every other row makes a new one.",
    "create": "Contacts you have stay untouched: matching rows are left out.",
    "update": "Only contacts you have change: rows without a match are left out.",
    "always_create": "Every row makes a new contact, even if there is one with the same e-mail or phone.",
}


@allowed("contacts.import")
def duplicates(request: HttpRequest, pk: str) -> HttpResponse:
    """What happens to contacts that exist, and how they are recognised."""
    batch = _editable(pk)
    place = current.location()
    orders = match_orders(batch)
    problem = ""
    if request.method == "POST":
        mode, match = request.POST.get("mode", ""), request.POST.get("match_by", "")
        if mode not in dict(MODES) or (mode == "always_create" and not place.allow_duplicates):
            problem = "Choose one of the ways offered."
        elif match not in dict(orders):
            problem = "Choose one of the orders offered."
        else:
            batch.settle(mode=mode, match_by=match.split(","), empty_clears=bool(request.POST.get("empty_clears")))
            return redirect(link("contacts:import_preferences", batch.pk))
    context = {
        "batch": batch,
        "steps": steps(batch, 2),
        "modes": [
            (key, label, MODE_WORDS[key]) for key, label in MODES if key != "always_create" or place.allow_duplicates
        ],
        "orders": orders,
        "match_by": ",".join(batch.match_by),
        "problem": problem,
    }
    return render(request, "contacts/imports/duplicates.html", context, status=422 if problem else 200)


def match_orders(batch: Import) -> list[tuple[str, str]]:
    """The orders of match keys to choose from: the two usual ones, the contact id and unique custom fields where mapped."""
    mapped = {str(column.get("field") or "") for column in batch.mapping}
    orders = [("email,phone", "E-mail, then phone"), ("phone,email", "Phone, then e-mail")]
    if "id" in mapped:
        orders.insert(0, ("id,email,phone", "Contact id, then e-mail, then phone"))
    for field in custom_fields():
        if field.is_unique and f"{CUSTOM}{field.pk}" in mapped:
            orders.append((f"{CUSTOM}{field.pk},email,phone", f"{field.name}, then e-mail, then phone"))
    return orders


@allowed("contacts.import")
def preferences(request: HttpRequest, pk: str) -> HttpResponse:
    """Name, tags and smart list; then every row is looked at."""
    batch = _editable(pk)
    errors: dict[str, str] = {}
    if request.method == "POST":
        name = " ".join(request.POST.get("name", "").replace("\x00", "").split())
        tags: list[str] = []
        try:
            tags = list(dict.fromkeys(normal(tag) for tag in request.POST.getlist("tags") if tag.strip()))[:MOST_TAGS]
        except Invalid as problem:
            errors["tags"] = problem.message
        if not name or len(name) > 100:
            errors["name"] = "give the import a name of up to 100 characters"
        if not errors:
            with transaction.atomic():
                batch.settle(name=name, tags=tags, makes_list=bool(request.POST.get("makes_list")))
                batch.begin_check()
                send(batch)
            return redirect(link("contacts:import", batch.pk))
        batch.name, batch.tags = name, tags or request.POST.getlist("tags")
    context = {"batch": batch, "steps": steps(batch, 3), "errors": errors}
    return render(request, "contacts/imports/preferences.html", context, status=422 if errors else 200)
