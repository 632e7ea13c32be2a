"""Settings, Associations: the types of links between records."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from core import scope
from core.errors import Invalid, LimitReached, NotFound, Refused
from core.pages import allowed, link
from objects import associations, dialogs, types
from objects.association_forms import AssociationChangeForm, AssociationForm
from objects.forms import show_errors
from objects.models import Association

READ, WRITE = "associations.readonly", "associations.write"
DIALOG = "components/dialog.html"


@allowed(READ)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """All types, those of the system first; `kind` narrows to one kind of records."""
    kinds = {kind.key: kind for kind in types.every()}
    wanted = request.GET.get("kind", "")
    wanted = wanted if wanted in kinds else ""
    known = [one for one in associations.every() if one.first_kind in kinds and one.second_kind in kinds]
    chosen = [one for one in known if not wanted or wanted in (one.first_kind, one.second_kind)]
    is_told = scope.current().actor.sees_everything
    numbers = associations.numbers_of_links(chosen) if is_told else {}
    base = link("settings:associations")
    used = {one.first_kind for one in known} | {one.second_kind for one in known}
    context = {
        "rows": [
            {
                "association": one,
                "first": kinds[one.first_kind],
                "second": kinds[one.second_kind],
                "number": numbers.get(one.pk, 0),
            }
            for one in chosen
        ],
        "narrow": [{"label": "All", "url": base, "current": not wanted}]
        + [
            {"label": kind.plural, "url": f"{base}?kind={kind.key}", "current": wanted == kind.key}
            for kind in kinds.values()
            if kind.key in used
        ],
        "kind": wanted,
        "is_told": is_told,
        "may_write": scope.current().actor.may(WRITE),
        "made_here": any(not one.is_system for one in known),
    }
    return render(request, "objects/associations/index.html", context)


@require_http_methods(["GET", "POST"])
@allowed(WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """Two kinds, a label for each side, limits. `kind` is the one it is opened from."""
    kinds = types.every()
    asked = request.GET.get("kind", "")
    initial = {"first_kind": asked or "contact", "second_kind": "business"}
    form = AssociationForm(request.POST or None, kinds=kinds, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = associations.create_association(**form.cleaned_data)
        except Invalid as error:
            show_errors(form, error)
        except LimitReached as error:
            form.add_error(None, error.message)
        else:
            return dialogs.done(request, link("settings:associations"), f"{made} can be used from now on.")
    context = {
        "title": "New association",
        "form": form,
        "action": link("settings:association_create"),
        "submit": "Add association",
    }
    return dialogs.ask(request, "objects/associations/form.html", context, 422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed(WRITE)
def edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Labels and limits; kinds and key stay."""
    association = find(pk)
    first, second = types.need(association.first_kind), types.need(association.second_kind)
    form = AssociationChangeForm(request.POST or None, association=association, first=first, second=second)
    if request.method == "POST" and form.is_valid():
        try:
            associations.change_association(association, **form.cleaned_data)
        except Invalid as error:
            show_errors(form, error)
        else:
            return dialogs.done(request, link("settings:associations"), f"{association} is saved.")
    note = f"Key {association.key}"
    context: dict[str, Any] = {
        "title": str(association),
        "text": "" if association.is_system else "A lower limit leaves the links there are, and stops new ones.",
        "form": form,
        "action": link("settings:association_edit", association.pk),
        "note": note,
    }
    return dialogs.ask(request, "objects/associations/form.html", context, 422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed(WRITE)
def delete(request: HttpRequest, pk: str) -> HttpResponse:
    """Say how many links go with it."""
    association = find(pk)
    if association.is_system:
        raise Refused("An association of the system cannot be deleted.")
    if request.method == "POST":
        name = str(association)
        gone = associations.delete_association(association)
        is_told = scope.current().actor.sees_everything
        links = f" with {gone:,} link{'s' if gone != 1 else ''}" if gone and is_told else ""
        return dialogs.done(request, link("settings:associations"), f"{name} is deleted{links}.")
    number = associations.links_of(association)
    text = (
        f"{number:,} link{'s' if number != 1 else ''} between records will be gone. The records stay. "
        "This cannot be undone."
        if number
        else "No records are linked by it."
    )
    if not scope.current().actor.sees_everything:
        text = "The links by it between records will be gone. The records stay. This cannot be undone."
    context = {
        "title": f"Delete {association}?",
        "text": text,
        "action": link("settings:association_delete", association.pk),
        "submit": "Delete association",
        "kind": "danger",
    }
    return dialogs.ask(request, DIALOG, context)


def find(pk: str) -> Association:
    found = associations.find(pk)
    if found is None or types.of(found.first_kind) is None or types.of(found.second_kind) is None:
        raise NotFound("There is no such association.")
    return found
