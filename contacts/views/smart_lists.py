"""Smart lists: saving what the list page shows, renaming, sharing, ordering, deleting."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts.chips import chips
from contacts.filters import BadFilter, parse
from contacts.models import SmartList
from contacts.views.lists import MOST_TABS, moved, sections
from contacts.views.look import Look, look_from
from core import ids, scope
from core.errors import Forbidden, Invalid, LimitReached, NotFound, Problem
from core.pages import allowed, link
from journal.recorded import quietly

MOST = 250  # lists of one location


def visible(pk: str) -> SmartList:
    """A list the actor may see; raises NotFound otherwise."""
    found: SmartList | None = SmartList.objects.visible_to(scope.current().actor).filter(pk=pk).first()
    if found is None:
        raise NotFound("This list was deleted or is no longer shared with you.")
    return found


def editable(pk: str) -> SmartList:
    """A list the actor may change.

    Raises:
        NotFound. Forbidden: it is somebody else's.
    """
    found = visible(pk)
    if not found.may_edit(scope.current().actor):
        raise Forbidden("This list belongs to somebody else. Duplicate it to change it.")
    return found


def checked_name(text: str) -> str:
    name = " ".join(text.replace("\x00", "").split())
    if not name:
        raise Invalid({"name": "Give the list a name."})
    if len(name) > 100:
        raise Invalid({"name": "A name has at most 100 characters."})
    return name


def shown(look: Look) -> dict[str, Any]:
    """What a list that looks like this holds.

    Raises:
        Invalid: the address is damaged.
    """
    if look.context.problem:
        raise Invalid({"name": look.context.problem})
    return {
        "filters": look.context.tree.as_json(),
        "columns": look.column_names,
        "sort": look.context.orders[0].spec,
        "page_size": look.page_size,
    }


def create(name: str, is_shared: bool, **values: Any) -> SmartList:
    """A new list of the actor's, at the end.

    Raises:
        Forbidden: sharing is not allowed to the actor. LimitReached. Invalid: the name.
    """
    actor = scope.current().actor
    if is_shared and not actor.may("smart_lists.share"):
        raise Forbidden("Only those who may share lists can share one with everyone.")
    if SmartList.objects.count() >= MOST:
        raise LimitReached(f"A location can have {MOST} smart lists. Delete one first.")
    last = SmartList.objects.aggregate(last=Max("position"))["last"]
    return SmartList.record_new(
        name=checked_name(name), owner_id=actor.user_id, is_shared=is_shared, position=(last or 0) + 1, **values
    )


def dialog(request: HttpRequest, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, "contacts/list/list_dialog.html", context, status=status)


def address(row: SmartList) -> str:
    return f"{link('contacts:list')}?list={row.pk}"


@require_POST
@allowed("contacts.readonly")
def save(request: HttpRequest, pk: str) -> HttpResponse:
    """Make what is shown the saved list; everybody it is shared with gets it."""
    row = editable(pk)
    values = shown(look_from(request, request.POST))
    row.change(**values)
    return moved(request, address(row), f"{row.name} saved", "list")


@require_http_methods(["GET", "POST"])
@allowed("contacts.readonly")
def save_as(request: HttpRequest) -> HttpResponse:
    """Save what is shown as a new list."""
    given = request.GET if request.method == "GET" else request.POST
    look = look_from(request, given)
    context = {
        "title": "Save as a smart list",
        "text": "It keeps filters, columns, order and page size, and always shows who matches now.",
        "submit": "Save list",
        "action": link("contacts:list_save_as"),
        "members": look.members(),
        "name": given.get("name", ""),
        "may_share": scope.current().actor.may("smart_lists.share"),
        "is_shared": bool(given.get("shared")),
    }
    if request.method == "POST":
        try:
            row = create(given.get("name", ""), bool(given.get("shared")), **shown(look))
        except Problem as error:
            return dialog(request, 422, trouble=error.message, **context)
        return moved(request, address(row), f"{row.name} saved", "list")
    return dialog(request, **context)


@require_http_methods(["GET", "POST"])
@allowed("contacts.readonly")
def rename(request: HttpRequest, pk: str) -> HttpResponse:
    row = editable(pk)
    context = {"title": "Rename the list", "submit": "Rename", "action": link("contacts:list_rename", pk)}
    if request.method == "POST":
        try:
            row.change(name=checked_name(request.POST.get("name", "")))
        except Invalid as error:
            return dialog(request, 422, trouble=error.message, name=request.POST.get("name", ""), **context)
        return back(request, row, "Renamed")
    return dialog(request, name=row.name, **context)


@require_http_methods(["GET", "POST"])
@allowed("contacts.readonly")
def duplicate(request: HttpRequest, pk: str) -> HttpResponse:
    """A private copy of a list of one's own or one that is shared."""
    row = visible(pk)
    context = {
        "title": f"Duplicate {row.name}",
        "text": "The copy is yours alone; the list it was made from stays as it is.",
        "submit": "Duplicate",
        "action": link("contacts:list_duplicate", pk),
    }
    if request.method == "POST":
        try:
            copied = {name: getattr(row, name) for name in ("filters", "columns", "sort", "page_size")}
            copy = create(request.POST.get("name", ""), False, **copied)
        except Problem as error:
            return dialog(request, 422, trouble=error.message, name=request.POST.get("name", ""), **context)
        return back(request, copy, f"{copy.name} added")
    return dialog(request, name=f"{row.name} (copy)"[:100], **context)


@require_http_methods(["GET", "POST"])
@allowed("smart_lists.share")
def share(request: HttpRequest, pk: str) -> HttpResponse:
    """Share with everyone here, or stop it."""
    row = editable(pk)
    if request.method == "POST":
        row.change(is_shared=not row.is_shared)
        return back(request, row, "Shared with everyone" if row.is_shared else "No longer shared")
    if row.is_shared:
        title, text = f"Stop sharing {row.name}?", "It disappears from everybody else's lists; copies they made stay."
    else:
        title = f"Share {row.name} with everyone?"
        text = (
            "Everybody at this location gets it as a tab that they can use and duplicate but not change. "
            "Each sees only contacts they may see."
        )
    return dialog(
        request,
        title=title,
        text=text,
        submit="Stop sharing" if row.is_shared else "Share",
        action=link("contacts:list_share", pk),
        no_name=True,
    )


@require_http_methods(["GET", "POST"])
@allowed("contacts.readonly")
def remove(request: HttpRequest, pk: str) -> HttpResponse:
    """Delete a list; contacts are untouched."""
    row = editable(pk)
    if request.method == "POST":
        name = row.name
        row.remove()
        return moved(request, link("contacts:list"), f"List {name} deleted; its contacts are untouched", "list")
    text = "Only the view goes; its contacts are untouched."
    if row.is_shared:
        text = f"It is shared: it goes for everyone at this location. {text}"
    return dialog(
        request,
        title=f"Delete the list {row.name}?",
        text=text,
        submit="Delete list",
        kind="danger",
        action=link("contacts:list_remove", pk),
        no_name=True,
    )


def back(request: HttpRequest, row: SmartList, toast: str) -> HttpResponse:
    """To the list page; the page of all lists reloads in place."""
    if request.headers.get("HX-Current-URL", "").rstrip("/").endswith("/contacts/lists"):
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return moved(request, address(row), toast, "list")


@require_GET
@allowed("contacts.readonly")
def lists(request: HttpRequest) -> HttpResponse:
    """All lists the actor sees: what each filters, whose it is, and in which order the tabs stand."""
    actor = scope.current().actor
    rows = []
    for row in SmartList.objects.visible_to(actor).select_related("owner")[:MOST_TABS]:
        try:
            found = chips(parse(row.filters), lambda _: "")
            broken = ""
        except BadFilter as error:
            found, broken = [], error.message
        flat = [chip for chip in found if not chip.parts] + [inner for chip in found for inner in chip.parts]
        rows.append(
            {
                "list": row,
                "chips": flat[:6],
                "more": max(0, len(flat) - 6),
                "broken": broken or next((chip.bad for chip in flat if chip.bad), ""),
                "may_edit": row.may_edit(actor),
                "url": address(row),
                "menu": menu(row, actor),
            }
        )
    return render(
        request,
        "contacts/list/lists.html",
        {"rows": rows, "sections": sections("contacts:list"), "list_url": link("contacts:list")},
    )


def menu(row: SmartList, actor: scope.Actor) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = [
        {"label": "Duplicate", "icon": "copy", "get": link("contacts:list_duplicate", row.pk)}
    ]
    if row.may_edit(actor):
        items.insert(0, {"label": "Rename", "icon": "pencil", "get": link("contacts:list_rename", row.pk)})
        if actor.may("smart_lists.share"):
            label = "Stop sharing" if row.is_shared else "Share with everyone"
            items.append({"label": label, "icon": "people", "get": link("contacts:list_share", row.pk)})
        items.append({"label": "Delete", "icon": "trash", "bad": True, "get": link("contacts:list_remove", row.pk)})
    return items


@require_POST
@allowed("contacts.readonly")
def order(request: HttpRequest) -> HttpResponse:
    """Put the tabs in the order of `ids`. Lists that belong to others keep their places' order among themselves."""
    actor = scope.current().actor
    wanted = [pk for pk in request.POST.getlist("ids") if ids.is_id(pk)][:MOST_TABS]
    with transaction.atomic(), quietly(reason="the order of tabs is no news"):
        rows = {
            row.pk: row
            for row in SmartList.objects.visible_to(actor).filter(pk__in=wanted).select_for_update(of=("self",))
        }
        for position, pk in enumerate(pk for pk in wanted if pk in rows):
            if rows[pk].may_edit(actor) and rows[pk].position != position:
                SmartList.objects.filter(pk=pk).update(position=position)
    return HttpResponse(status=204)
