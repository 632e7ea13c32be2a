"""Settings, Custom fields: the folders."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from core.errors import Invalid, LimitReached, NotFound
from core.pages import allowed, link
from objects import dialogs, folders
from objects.forms import FolderForm, show_errors
from objects.models import CustomField, FieldFolder
from objects.views.fields import WRITE, kind_of

DIALOG = "components/dialog.html"


@allowed(WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """Ask for a name."""
    kind = kind_of(request.GET)
    form = FolderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            folder = folders.create_folder(name=form.cleaned_data["name"], model=kind.key)
        except Invalid as error:
            show_errors(form, error)
        except LimitReached as error:
            form.add_error("name", error.message)
        else:
            return dialogs.done(request, _home(kind.key), f"The folder {folder.name} is there.")
    action = f"{link('settings:folder_create')}?object={kind.key}"
    context = {"title": "New folder", "form": form, "action": action, "submit": "Add folder"}
    return dialogs.ask(request, DIALOG, context, 422 if form.errors else 200)


@allowed(WRITE)
def rename(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask for another name."""
    folder = find(pk)
    form = FolderForm(request.POST or None, initial={"name": folder.name})
    if request.method == "POST" and form.is_valid():
        try:
            folders.rename_folder(folder, form.cleaned_data["name"])
        except Invalid as error:
            show_errors(form, error)
        else:
            return dialogs.done(request, _home(folder.model), f"The folder is called {folder.name}.")
    context = {
        "title": f"Rename {folder.name}",
        "form": form,
        "action": link("settings:folder_rename", folder.pk),
        "submit": "Rename",
    }
    return dialogs.ask(request, DIALOG, context, 422 if form.errors else 200)


@allowed(WRITE)
def delete(request: HttpRequest, pk: str) -> HttpResponse:
    """Say where its fields go."""
    folder = find(pk)
    if request.method == "POST":
        name = folder.name
        folders.delete_folder(folder)
        return dialogs.done(request, _home(folder.model), f"The folder {name} is deleted.")
    number = CustomField.objects.filter(folder=folder).count()
    fields = f"Its {number} fields move" if number != 1 else "Its field moves"
    text = f"{fields} to Additional Info and keep their values." if number else "It is empty."
    context = {
        "title": f"Delete the folder {folder.name}?",
        "text": text,
        "action": link("settings:folder_delete", folder.pk),
        "submit": "Delete folder",
        "kind": "danger",
    }
    return dialogs.ask(request, DIALOG, context)


@allowed(WRITE)
@require_POST
def order(request: HttpRequest) -> HttpResponse:
    """Take over the order of the folders."""
    folders.arrange_folders(kind_of(request.GET).key, request.POST.getlist("ids")[: folders.MOST_FOLDERS])
    return HttpResponse(status=204)


def find(pk: str) -> FieldFolder:
    folder: FieldFolder | None = FieldFolder.objects.filter(pk=pk).first()
    if folder is None:
        raise NotFound("There is no such folder.")
    return folder


def _home(model: str) -> str:
    return f"{link('settings:fields')}?object={model}"
