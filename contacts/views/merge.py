"""Merging contacts: choosing what to keep, the result with its undo, and what was merged lately."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts.duplicates import match_for
from contacts.identity import Duplicate
from contacts.merging import folding, groups, undoing
from contacts.merging.folding import Choice
from contacts.merging.review import review
from contacts.merging.rules import may_be_picked
from contacts.models import Contact, Merge
from contacts.views.list_menus import sections
from core import clock, ids, scope
from core.errors import Invalid, NotFound, Problem, Refused
from core.pages import allowed, is_partial, link
from core.phones import pretty

ON_A_PAGE = 50


def wanted(given: QueryDict) -> list[str]:
    """The ids that a form or an address names, each once."""
    return list(dict.fromkeys(pk for part in given.getlist("ids") for pk in part.split(",") if ids.is_id(pk)))


def contacts_of(contact_ids: list[str]) -> list[Contact]:
    """Live contacts that the actor sees, in this order.

    Raises:
        NotFound: one of them is not among these.
    """
    rows = Contact.objects.live().visible_to(scope.current().actor).filter(pk__in=contact_ids)
    held = {row.pk: row for row in rows.select_related("business", "assigned_to")}
    if len(held) < len(contact_ids):
        raise NotFound(folding.GONE)
    return [held[pk] for pk in contact_ids]


@require_http_methods(["GET", "POST"])
@allowed("contacts.merge")
def merge(request: HttpRequest) -> HttpResponse:
    """Choose what to keep of two to ten contacts, named by `ids` or by a `group` of duplicates. A POST that names them,
    such as that of the list's selection, leads here."""
    if request.method == "POST":
        return _to_review(request)
    group = groups.get(request.GET["group"]) if ids.is_id(request.GET.get("group")) else None
    chosen = wanted(request.GET) or ([one.pk for one in group.contacts][:10] if group else [])
    if not chosen and "group" in request.GET:
        messages.info(request, "This group is settled already.")
        return redirect(link("contacts:duplicates"))
    try:
        folding.check_number(chosen)
    except Invalid as error:
        context = {"problem": error.message, "back": link("contacts:list")}
        return render(request, "contacts/merge/refused.html", context, status=error.status)
    return _page(request, contacts_of(chosen), request.GET)


def _to_review(request: HttpRequest) -> HttpResponse:
    if request.POST.get("all"):
        raise Invalid({"ids": "Choose two to ten contacts by their boxes: all of a list cannot be merged into one."})
    chosen = folding.check_number(wanted(request.POST))
    group = request.POST.get("group", "")
    named = {"ids": ",".join(chosen)} | ({"group": group} if ids.is_id(group) else {})
    target = link("contacts:merge") + "?" + urlencode(named)
    if not is_partial(request):
        return redirect(target)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = target
    return response


def _page(
    request: HttpRequest, contacts: list[Contact], given: QueryDict, problem: str = "", status: int = 200
) -> HttpResponse:
    by_id = {one.pk: one for one in contacts}
    take = by_id.get(given.get("take", ""))
    master = take or by_id.get(given.get("master", "")) or folding.default_master(contacts)
    picks = _picks(given, by_id)
    shown = review(contacts, master, picks, frozenset(given.getlist("drop")))
    if take:
        every = {line.key: take.pk for line in shown.lines}
        shown = review(contacts, master, every)
    group_id = str(given.get("group", ""))
    group = groups.get(group_id) if ids.is_id(group_id) else None
    context: dict[str, Any] = {
        "review": shown,
        "number": len(contacts),
        "ids": ",".join(by_id),
        "group": group.row if group else None,
        "problem": problem,
        "until": clock.now() + Merge.undo_for(),
        "show_all": given.get("show") == "all",
        "others": [one for one in contacts if one.pk != shown.master.pk],
        "phones": [(number, pretty(number)) for number in shown.phones],
        "back": link("contacts:duplicates") + (f"?kind={group.row.kind}" if group else ""),
    }
    if group:
        following = groups.following(group.row)
        place, total = groups.place(group.row)
        context |= {
            "place": place,
            "total": total,
            "skip": link("contacts:merge") + f"?group={following}" if following else context["back"],
        }
    return render(request, "contacts/merge/review.html", context, status=status)


def _picks(given: QueryDict, known: dict[str, Contact]) -> dict[str, str]:
    found = {name.removeprefix("pick:"): given[name] for name in given if name.startswith("pick:")}
    return {key: pk for key, pk in found.items() if may_be_picked(key) and pk in known}


@require_POST
@allowed("contacts.merge")
def run(request: HttpRequest) -> HttpResponse:
    """Merge, and go on to the result; or show the page again with what stands in the way."""
    given = request.POST
    chosen = folding.check_number(wanted(given))
    contacts = contacts_of(chosen)
    master = given.get("master") or folding.default_master(contacts).pk
    dropped = frozenset(given.getlist("drop"))
    try:
        if not given.get("confirmed"):
            raise Invalid({"confirmed": "Tick the box that says these records are the same person."})
        picks = _picks(given, {one.pk: one for one in contacts})
        done = folding.merge(chosen, master, Choice(picks, dropped_emails=dropped, dropped_phones=dropped))
    except Duplicate as error:
        said = match_for(error, scope.current().actor).sentence
        return _page(request, contacts, given, said, error.status)
    except (Invalid, Refused) as error:
        return _page(request, contacts, given, error.message, error.status)
    target = link("contacts:merged", done.pk) + _onwards(given)
    if not is_partial(request):
        return redirect(target)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = target
    return response


def _onwards(given: QueryDict) -> str:
    kind = given.get("kind", "")
    return f"?{urlencode({'kind': kind})}" if kind in ("email", "phone", "name", "similar") else ""


@require_GET
@allowed("contacts.merge")
def merged(request: HttpRequest, pk: str) -> HttpResponse:
    """What a merge did, with its undo."""
    found = Merge.objects.filter(pk=pk).first()
    master = found and Contact.objects.visible_to(scope.current().actor).filter(pk=found.master).first()
    if found is None or (master is None and not scope.current().actor.sees_everything):
        raise NotFound("There is no such merge.")
    context = {
        "merge": found,
        "master": master if master and not master.merged_into else None,
        "counts": list(found.counts.items()),
        "kind": request.GET.get("kind", ""),
    }
    return render(request, "contacts/merge/merged.html", context)


@require_POST
@allowed("contacts.merge")
def unmerge(request: HttpRequest, pk: str) -> HttpResponse:
    """Take a merge back."""
    try:
        done = undoing.undo(pk)
    except Duplicate as error:
        said = match_for(error, scope.current().actor).sentence
        return _undo_refused(request, pk, f"{said} Change or merge one of the two first.")
    except Refused as error:
        return _undo_refused(request, pk, error.message)
    names = ", ".join(name for name in done.absorbed_names if name)
    messages.success(request, f"{names or 'The contacts'} and {done.master_name} are separate again.")
    target = link("contacts:merged", pk)
    if not is_partial(request):
        return redirect(target)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = target
    return response


def _undo_refused(request: HttpRequest, pk: str, said: str) -> HttpResponse:
    if is_partial(request):
        raise Problem(said)
    messages.error(request, said)
    return redirect(link("contacts:merged", pk))


@require_GET
@allowed("contacts.merge")
def merges(request: HttpRequest) -> HttpResponse:
    """What was merged, the latest first, with the days left to undo it."""
    actor = scope.current().actor
    rows = Merge.objects.select_related("owner").order_by("-pk")
    after = request.GET.get("after", "")
    if ids.is_id(after):
        rows = rows.filter(pk__lt=after)
    if not actor.sees_everything:
        rows = rows.filter(master__in=Contact.objects.visible_to(actor).order_by().values("pk"))
    found = list(rows[: ON_A_PAGE + 1])
    more = f"?after={found[ON_A_PAGE - 1].pk}" if len(found) > ON_A_PAGE else ""
    found = found[:ON_A_PAGE]
    held = Contact.objects.live().filter(pk__in=[row.master for row in found])
    names = {row.pk: str(row) for row in held}
    context = {
        "rows": [(row, names.get(row.master)) for row in found],
        "next_url": more,
        "sections": sections("contacts:duplicates"),
    }
    return render(request, "contacts/merge/merges.html", context)
