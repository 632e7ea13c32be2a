"""Settings, Custom values."""

from __future__ import annotations

from django.db.models import Q
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core import keyset, scope
from core.errors import Invalid, LimitReached, NotFound
from core.pages import allowed, link
from objects import custom_values, dialogs
from objects.forms import FolderForm, ValueForm, show_errors
from objects.models import CustomValue, ValueFolder

READ, WRITE = "locations/customValues.readonly", "locations/customValues.write"
DIALOG = "components/dialog.html"


@allowed(READ)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """By name, fifty a page; search looks at name, key and value."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:75]
    rows = CustomValue.objects.annotate(by=Lower("name"))
    for word in text.split()[:8]:
        rows = rows.filter(Q(name__icontains=word) | Q(key__icontains=word) | Q(value__icontains=word))
    folders = list(ValueFolder.objects.all()[:100])
    chosen = next((row for row in folders if row.pk == request.GET.get("folder")), None)
    rows = rows.filter(folder=chosen) if chosen else rows
    places = [{"label": "All", "url": link("settings:values"), "current": chosen is None}]
    context = {
        "page": keyset.page(rows.select_related("folder"), "by", request.GET.get("at", "")),
        "total": rows.count(),
        "query": text,
        "folder": chosen,
        "folders": [
            *places,
            *(
                {"label": row.name, "url": f"{link('settings:values')}?folder={row.pk}", "current": row is chosen}
                for row in folders
            ),
        ]
        if folders
        else [],
        "may_write": scope.current().actor.may(WRITE),
    }
    return render(request, "objects/values/index.html", context)


@allowed(WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """Ask for a name and a text."""
    form = ValueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = custom_values.create_value(**form.cleaned_data)
        except Invalid as error:
            show_errors(form, error)
        except LimitReached as error:
            form.add_error("name", error.message)
        else:
            return dialogs.done(
                request, link("settings:values"), f"{row.name} is there, with the key custom_values.{row.key}."
            )
    context = {
        "title": "New custom value",
        "form": form,
        "action": link("settings:value_create"),
        "submit": "Add value",
    }
    return dialogs.ask(request, DIALOG, context, 422 if form.errors else 200)


@allowed(WRITE)
def edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Name and text; the key stays."""
    row = find(pk)
    form = ValueForm(
        request.POST or None, initial={"name": row.name, "value": row.value, "folder": row.folder_id or ""}
    )
    if request.method == "POST" and form.is_valid():
        try:
            custom_values.change_value(row, **form.cleaned_data)
        except Invalid as error:
            show_errors(form, error)
        else:
            return dialogs.done(request, link("settings:values"), f"{row.name} is saved.")
    context = {
        "title": row.name,
        "form": form,
        "action": link("settings:value_edit", row.pk),
        "note": f"Key custom_values.{row.key}",
    }
    return dialogs.ask(request, DIALOG, context, 422 if form.errors else 200)


@allowed(WRITE)
def delete(request: HttpRequest, pk: str) -> HttpResponse:
    """Say where it is inserted."""
    row = find(pk)
    if request.method == "POST":
        name = row.name
        custom_values.delete_value(row)
        return dialogs.done(request, link("settings:values"), f"{name} is deleted.")
    uses = custom_values.uses_of(row)
    named = ", ".join(each.name for each in uses)
    text = f"It is inserted in {named}." if uses else "Wherever it is inserted, nothing will stand in its place."
    context = {
        "title": f"Delete {row.name}?",
        "text": text,
        "action": link("settings:value_delete", row.pk),
        "submit": "Delete value",
        "kind": "danger",
    }
    return dialogs.ask(request, DIALOG, context)


@allowed(WRITE)
def folder_create(request: HttpRequest) -> HttpResponse:
    """Ask for a name."""
    return _folder_dialog(request, None, "New folder", link("settings:value_folder_create"), "Add folder")


@allowed(WRITE)
def folder_rename(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask for another name."""
    folder = find_folder(pk)
    return _folder_dialog(
        request, folder, f"Rename {folder.name}", link("settings:value_folder_rename", folder.pk), "Rename"
    )


@allowed(WRITE)
def folder_delete(request: HttpRequest, pk: str) -> HttpResponse:
    """Its values stay."""
    folder = find_folder(pk)
    if request.method == "POST":
        name = folder.name
        custom_values.delete_folder(folder)
        return dialogs.done(request, link("settings:values"), f"The folder {name} is deleted.")
    number = CustomValue.objects.filter(folder=folder).count()
    context = {
        "title": f"Delete the folder {folder.name}?",
        "text": f"Its {f'{number} values stay' if number != 1 else 'value stays'}, outside of any folder."
        if number
        else "It is empty.",
        "action": link("settings:value_folder_delete", folder.pk),
        "submit": "Delete folder",
        "kind": "danger",
    }
    return dialogs.ask(request, DIALOG, context)


def _folder_dialog(
    request: HttpRequest, folder: ValueFolder | None, title: str, action: str, submit: str
) -> HttpResponse:
    form = FolderForm(request.POST or None, initial={"name": folder.name} if folder else None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            if folder:
                custom_values.rename_folder(folder, name)
            else:
                custom_values.create_folder(name)
        except Invalid as error:
            show_errors(form, error)
        except LimitReached as error:
            form.add_error("name", error.message)
        else:
            return dialogs.done(request, link("settings:values"), f"The folder {name} is saved.")
    context = {"title": title, "form": form, "action": action, "submit": submit}
    return dialogs.ask(request, DIALOG, context, 422 if form.errors else 200)


def find_folder(pk: str) -> ValueFolder:
    folder: ValueFolder | None = ValueFolder.objects.filter(pk=pk).first()
    if folder is None:
        raise NotFound("There is no such folder.")
    return folder


def find(pk: str) -> CustomValue:
    row: CustomValue | None = CustomValue.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such custom value.")
    return row
