"""Bulk actions: asking before one starts, and starting it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_POST

from contacts import bulk
from contacts.filters import sorting
from contacts.models import Contact
from contacts.models.querysets import ContactQuerySet
from contacts.models.trash import KEPT_FOR
from contacts.views.look import Look, look_from
from contacts.views.tagging import refuse_new
from contacts.views.tracking import may, people_words, started
from core import ids, scope
from core.errors import Invalid, NotFound, Refused
from core.pages import allowed, is_partial, link

VERBS = {
    "add_tags": ("Add tags to {}", "Tag", "primary"),
    "remove_tags": ("Remove tags from {}", "Untag", "primary"),
    "export": ("Export {}", "Export", "primary"),
    "delete": ("Delete {}", "Delete", "danger"),
}


def chosen(given: QueryDict, look: Look) -> ContactQuerySet:
    """The contacts ticked, or all of the list where `all` is given: live, visible to the actor, in the list's order.

    Raises:
        Invalid: nothing is chosen, too much one by one, or the list's address is damaged.
    """
    if given.get("all"):
        if look.context.problem:
            raise Invalid({"": look.context.problem})
        return look.context.sorted()
    wanted = [pk for part in given.getlist("ids") for pk in part.split(",") if ids.is_id(pk)]
    if not wanted:
        raise Invalid({"": "Choose at least one contact."})
    if len(wanted) > bulk.MOST_CHOSEN:
        raise Invalid({"": f"Choose at most {bulk.MOST_CHOSEN:,} one by one; for more, select all that match."})
    found = Contact.objects.live().visible_to(scope.current().actor).filter(pk__in=wanted)
    return sorting.sort(found, look.context.orders if not look.context.problem else [sorting.order("-dateAdded")])


@require_POST
@allowed("contacts.readonly")
def ask(request: HttpRequest, kind: str) -> HttpResponse:
    """The dialog before an action, for the contacts chosen."""
    may(kind)
    if kind not in VERBS:
        raise NotFound("There is no such action.")
    look = look_from(request, request.POST)
    return dialog(request, kind, look)


def dialog(request: HttpRequest, kind: str, look: Look, trouble: str = "", status: int = 200) -> HttpResponse:
    count = sorting.count(chosen(request.POST, look))
    title, submit, style = VERBS[kind]
    words = people_words(count)
    context = {
        "kind": kind,
        "title": title.format(words),
        "submit": f"{submit} {words}",
        "style": style,
        "action": link("contacts:bulk_start", kind),
        "members": look.members(),
        "all": bool(request.POST.get("all")),
        "ids": ",".join(pk for part in request.POST.getlist("ids") for pk in part.split(",") if pk),
        "count": count,
        "name": request.POST.get("name", ""),
        "typed": request.POST.getlist("tags"),
        "may_create": scope.current().actor.may("locations/tags.write"),
        "columns": look.columns,
        "trouble": trouble,
        "limit": KEPT_FOR.days,
    }
    return render(request, "contacts/bulk/ask.html", context, status=status)


@require_POST
@allowed("contacts.readonly")
def start(request: HttpRequest, kind: str) -> HttpResponse:
    """Freeze the audience and begin; the answer is a toast that shows progress and offers undo."""
    may(kind)
    look = look_from(request, request.POST)
    try:
        params = params_of(kind, request.POST, look)
        action = bulk.start(kind, chosen(request.POST, look), name=name_of(kind, request.POST, params), params=params)
    except (Invalid, Refused) as error:
        if is_partial(request) and kind in VERBS and (request.POST.get("all") or request.POST.get("ids")):
            return dialog(request, kind, look, error.message, status=422)
        raise
    return started(request, action)


def params_of(kind: str, given: QueryDict, look: Look) -> dict[str, Any]:
    if kind == "export":
        return {"columns": [column.name for column in look.columns]}
    if kind == "delete" and given.get("confirm", "").strip() != "DELETE":
        raise Invalid({"confirm": "Type DELETE to confirm."})
    if kind in ("add_tags", "remove_tags"):
        names = [name for name in given.getlist("tags") if name.strip()]
        if kind == "add_tags":
            refuse_new(names)
        return bulk.tag_params(names, create=kind == "add_tags")
    return {}


def name_of(kind: str, given: QueryDict, params: dict[str, Any]) -> str:
    """The name given, or one that says what is done."""
    name = " ".join(given.get("name", "").replace("\x00", "").split())
    if name:
        return name[:200]
    if "names" in params:
        return f"{bulk.LABELS[kind]}: {', '.join(params['names'])}"[:200]
    return "Export contacts" if kind == "export" else f"{bulk.LABELS[kind]} contacts"
