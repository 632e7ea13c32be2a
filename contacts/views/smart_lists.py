"""Smart lists: saving what the list page shows, renaming, sharing, ordering, deleting."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Team
from contacts.chips import chips
from contacts.filters import BadFilter, parse
from contacts.models import SmartList
from contacts.models.smart_list import MOST_SHARES, built_in
from contacts.views.finding import people
from contacts.views.list_menus import list_items, sections
from contacts.views.lists import MOST_TABS, moved
from contacts.views.look import Look, look_from
from core import ids, scope
from core.errors import Forbidden, Invalid, NotFound, Problem
from core.pages import allowed, link
from journal.recorded import quietly
from objects import dialogs


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
    return SmartList.add(name=checked_name(name), owner_id=actor.user_id, is_shared=is_shared, **values)


def dialog(request: HttpRequest, status: int = 200, **context: Any) -> HttpResponse:
    return dialogs.ask(request, "contacts/list/list_dialog.html", context, status)


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


SHARING = {"nobody": "Only its creator", "some": "Chosen people and teams", "everyone": "Everyone here"}


@require_http_methods(["GET", "POST"])
@allowed("smart_lists.share")
def share(request: HttpRequest, pk: str) -> HttpResponse:
    """Share with chosen people and teams, with everyone here, or stop it."""
    row = editable(pk)
    trouble = ""
    if request.method == "POST":
        try:
            row.change(**shares_from(request.POST))
        except Invalid as error:
            trouble = error.message
        else:
            return back(request, row, said_of(row))
    held = {
        "nobody": not row.is_shared_at_all,
        "some": row.is_shared_at_all and not row.is_shared,
        "everyone": row.is_shared,
    }
    chosen = next(name for name, is_it in held.items() if is_it)
    posted = request.method == "POST"
    context = {
        "list": row,
        "action": link("contacts:list_share", pk),
        "choices": SHARING.items(),
        "chosen": request.POST.get("with", "") if posted else chosen,
        "people": [person for person in people() if person.pk != row.owner_id],
        "users": request.POST.getlist("users") if posted else row.shared_users,
        "teams": Team.objects.all()[:500],
        "shared_teams": request.POST.getlist("teams") if posted else row.shared_teams,
        "trouble": trouble,
    }
    return dialogs.ask(request, "contacts/list/share_dialog.html", context, 422 if trouble else 200)


def shares_from(given: Any) -> dict[str, Any]:
    """Whom the form shares with, as a list holds it.

    Raises:
        Invalid: nobody chosen, too many, or somebody who is not here.
    """
    whom = given.get("with", "")
    if whom == "everyone":
        return {"is_shared": True, "shared_users": [], "shared_teams": []}
    if whom != "some":
        return {"is_shared": False, "shared_users": [], "shared_teams": []}
    here = {person.pk for person in people()}
    users = list(dict.fromkeys(given.getlist("users")))
    teams = list(dict.fromkeys(given.getlist("teams")))
    if not users and not teams:
        raise Invalid({"users": "Choose at least one person or team."})
    if len(users) > MOST_SHARES or len(teams) > MOST_SHARES:
        raise Invalid({"users": f"A list is shared with at most {MOST_SHARES} people and {MOST_SHARES} teams."})
    if not set(users) <= here or Team.objects.filter(pk__in=[pk for pk in teams if ids.is_id(pk)]).count() < len(teams):
        raise Invalid({"users": "Choose people and teams of this location."})
    return {"is_shared": False, "shared_users": users, "shared_teams": teams}


def said_of(row: SmartList) -> str:
    if row.is_shared:
        return "Shared with everyone"
    count = len(row.shared_users) + len(row.shared_teams)
    if not count:
        return "No longer shared"
    return f"Shared with {count} {'people and teams' if count > 1 else 'person' if row.shared_users else 'team'}"


@require_http_methods(["GET", "POST"])
@allowed("contacts.readonly")
def remove(request: HttpRequest, pk: str) -> HttpResponse:
    """Delete a list; contacts are untouched."""
    row = editable(pk)
    if request.method == "POST":
        name = row.name
        row.discard()
        return moved(request, link("contacts:list"), f"List {name} deleted; its contacts are untouched", "list")
    text = "Only the view goes; its contacts are untouched."
    if row.is_shared:
        text = f"It is shared: it goes for everyone at this location. {text}"
    elif row.is_shared_at_all:
        text = (
            f"It is shared: it goes for all {len(row.shared_users) + len(row.shared_teams)} it is shared with. {text}"
        )
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
    """All lists the actor sees: what each filters, whose it is, with whom it is shared, and the order of the tabs."""
    actor = scope.current().actor
    rows = [described(row, actor) for row in SmartList.objects.visible_to(actor).select_related("owner")[:MOST_TABS]]
    archived = SmartList.objects.archived()[:MOST_TABS] if actor.is_admin else []
    return render(
        request,
        "contacts/list/lists.html",
        {
            "rows": rows,
            "archived": archived,
            "built_in": built_in("follow_up"),
            "sections": sections("contacts:list"),
            "list_url": link("contacts:list"),
        },
    )


def described(row: SmartList, actor: scope.Actor) -> dict[str, Any]:
    """A list as the page of all lists shows it."""
    try:
        found = chips(parse(row.filters), lambda _: "")
        broken = ""
    except BadFilter as error:
        found, broken = [], error.message
    flat = [chip for chip in found if not chip.parts]
    flat += [one for chip in found for inner in chip.parts for one in (inner.parts or [inner])]
    return {
        "list": row,
        "chips": flat[:6],
        "more": max(0, len(flat) - 6),
        "broken": broken or next((chip.bad for chip in flat if chip.bad), ""),
        "shared": "" if not row.is_shared_at_all else said_of(row),
        "may_edit": row.may_edit(actor),
        "url": address(row),
        "menu": list_items(row, actor),
    }


@require_POST
@allowed("contacts.readonly")
def take_over(request: HttpRequest, pk: str) -> HttpResponse:
    """Make an archived list of somebody who left one's own. Admins only."""
    actor = scope.current().actor
    if not actor.is_admin:
        raise Forbidden("Only admins can take over lists of people who left.")
    row: SmartList | None = SmartList.objects.archived().filter(pk=pk).first()
    if row is None:
        raise NotFound("This list was deleted or taken over already.")
    row.change(owner=actor.user_id, archived_at=None)
    messages.success(request, f"{row.name} is yours now")
    return redirect(link("contacts:lists"))


@require_POST
@allowed("contacts.readonly")
def move(request: HttpRequest, pk: str) -> HttpResponse:
    """Move a list one tab to the left or the right."""
    row = editable(pk)
    actor = scope.current().actor
    step = -1 if request.POST.get("to", request.GET.get("to")) == "left" else 1
    shown_lists = list(SmartList.objects.shown_to(actor)[:MOST_TABS])
    order_of = [one.pk for one in shown_lists]
    if row.pk in order_of:
        place = order_of.index(row.pk)
        order_of.insert(max(0, place + step), order_of.pop(place))
        put_in_order(order_of, actor)
    return moved(request, address(row), f"{row.name} moved", "list")


@require_POST
@allowed("contacts.readonly")
def order(request: HttpRequest) -> HttpResponse:
    """Put the tabs in the order of `ids`. Lists that belong to others keep their places' order among themselves."""
    wanted = [pk for pk in request.POST.getlist("ids") if ids.is_id(pk)][:MOST_TABS]
    put_in_order(wanted, scope.current().actor)
    return HttpResponse(status=204)


def put_in_order(wanted: list[str], actor: scope.Actor) -> None:
    """Number the lists of these ids that the actor may edit."""
    with transaction.atomic(), quietly(reason="the order of tabs is no news"):
        rows = {
            row.pk: row
            for row in SmartList.objects.visible_to(actor).filter(pk__in=wanted).select_for_update(of=("self",))
        }
        for position, pk in enumerate(pk for pk in wanted if pk in rows):
            if rows[pk].may_edit(actor) and rows[pk].position != position:
                SmartList.objects.filter(pk=pk).update(position=position)
