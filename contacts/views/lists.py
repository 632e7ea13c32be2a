"""The contact list: the page and its fragments, the counts that load apart, and the column chooser."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import current
from contacts import columns as columns_of
from contacts.bulk_menu import menu
from contacts.cells import Cells
from contacts.chips import Chip, chips
from contacts.filters import BadFilter, sorting
from contacts.models import BulkAction, SmartList
from contacts.models.smart_list import BUILT_IN, built_in
from contacts.views.list_menus import address, complete, list_menu, phone_menu, sections, tab_menu
from contacts.views.look import PAGE_SIZES, REMEMBERED, Look, Page, look_from
from contacts.walking import ListContext
from core import scope
from core.pages import allowed, is_partial, link
from objects import dialogs

MOST_TABS = 50
COUNT_LIMIT_MS = 4_000
COUNTS_LIMIT_MS = 8_000  # of all tabs together
TOO_MANY = "More than 9,999 match; lists count exactly up to there."
TOO_SLOW = "Counting took too long for these filters."


@require_GET
@allowed("contacts.readonly")
def contact_list(request: HttpRequest) -> HttpResponse:
    """The page; for htmx the whole list (target `list`) or what changed around the rows (target `results`)."""
    lists = list(SmartList.objects.shown_to(scope.current().actor)[:MOST_TABS])
    look = look_from(request, known=lists)
    target = request.headers.get("HX-Target", "")
    partial = is_partial(request) and target in ("list", "results")
    template = f"contacts/list/{target}.html" if partial else "contacts/list/page.html"
    response = render(request, template, around(look, lists) | listed(look))
    if partial:
        here = look.here()
        shown = request.headers.get("HX-Current-URL", "")
        response["HX-Push-Url"] = "false" if shown.endswith(here) else here
    response["Cache-Control"] = "private, no-store"
    return response


def listed(look: Look) -> dict[str, Any]:
    """The rows and what stands below them: at most three queries."""
    problem = look.context.problem
    page = Page([], 0)
    if not problem:
        try:
            page = look.page()
        except BadFilter as error:
            problem = error.message
    columns = look.columns
    cells = Cells(
        columns,
        columns_of.names_in(page.rows, columns),
        current.location().zone,
        look.context.query_string(),
        bool(look.context.filters),
    )
    count = len(page.rows) if page.is_whole else None
    return {
        "rows": cells.rows(page.rows, page.first),
        "page": page,
        "heads": heads(look),
        "count": count,
        "count_url": "" if count is not None else look.url("contacts:count"),
        "previous_url": look.url(before=page.previous, n=max(1, page.first - look.page_size)) if page.previous else "",
        "next_url": look.url(after=page.next, n=page.last + 1) if page.next else "",
        "problem": problem,
        "is_filtered": bool(look.context.filters or look.context.search),
    }


def around(look: Look, lists: Iterable[SmartList]) -> dict[str, Any]:
    """Tabs, chips and buttons: at most three queries."""
    actor = scope.current().actor
    saved = look.smart_list
    found: list[Chip] = []
    if look.context.filters and not look.context.problem:
        found = chips(look.context.tree, look.with_filters, look.context.resolved)
    import_url = address("contacts:imports") if actor.may("contacts.import") else ""
    orders = {column.name: column.label for column in columns_of.STANDARD if column.sorts}
    sort = look.context.sort
    return {
        "look": look,
        "smart_list": saved,
        "tabs": (every := tabs(look, lists)),
        "tab_menu": complete(tab_menu(every)),
        "chips": found,
        "chip_count": sum(1 for _ in look.context.tree.conditions()) if found else 0,
        "is_unsaved": look.is_unsaved,
        "may_edit": saved is not None and saved.may_edit(actor),
        "may_share": actor.may("smart_lists.share"),
        "reset_url": link("contacts:list") + (f"?list={saved.pk}" if saved else ""),
        "sections": sections("contacts:list"),
        "bulk_menu": menu(actor),
        "signature": f"{look.context.list_id}|{look.context.filters}",
        "page_sizes": PAGE_SIZES,
        "members": look.members(),
        "members_but_rows": {name: value for name, value in look.members().items() if name != "rows"},
        "look_query": query_of(look),
        "reset_label": "Remove all filters" if saved is None else f"Back to {saved.name}",
        "all_search_url": f"{link('contacts:list')}?{urlencode({'q': look.context.search})}"
        if not is_all(look)
        else "",
        "all_search_label": "Search all contacts" if not is_all(look) else "",
        "create_url": address("contacts:create") if actor.may("contacts.write") else "",
        "import_url": import_url,
        "import_label": "Import contacts" if import_url else "",
        "sorts": [
            {"label": label, "url": look.url(sort=other(name, sort)), "current": sort.lstrip("-") == name}
            for name, label in orders.items()
        ],
        "sort_words": sort_words(sort, orders),
        "list_menu": complete(list_menu(look)),
        "phone_menu": complete(phone_menu(look)),
    }


def tabs(look: Look, lists: Iterable[SmartList]) -> list[dict[str, Any]]:
    """All, then the lists the actor may see."""
    saved = look.smart_list
    found = [{"id": "", "label": "All", "url": link("contacts:list"), "current": saved is None, "unsaved": False}]
    for row in [*built_ins(), *lists]:
        is_current = saved is not None and row.pk == saved.pk
        found.append(
            {
                "id": row.pk,
                "label": row.name,
                "url": f"{link('contacts:list')}?list={row.pk}",
                "current": is_current,
                "unsaved": is_current and look.is_unsaved,
                "shared": row.is_shared,
            }
        )
    return found


def other(name: str, sort: str) -> str:
    """What choosing a column's order again does: the other direction; dates and numbers start with the latest."""
    if sort.lstrip("-") == name:
        return name if sort.startswith("-") else f"-{name}"
    return f"-{name}" if name in ("score", "dateAdded", "dateUpdated", "lastActivity", "dnd") else name


def sort_words(sort: str, orders: dict[str, str]) -> str:
    """The order in words: "Score, highest first"."""
    name, down = sort.lstrip("-"), sort.startswith("-")
    if name in ("dateAdded", "dateUpdated", "lastActivity", "dateOfBirth"):
        direction = "latest first" if down else "oldest first"
    elif name == "score":
        direction = "highest first" if down else "lowest first"
    else:
        direction = "Z to A" if down else "A to Z"
    return f"{orders.get(name, 'Own field')}, {direction}"


def heads(look: Look) -> list[dict[str, Any]]:
    """The column heads with their sort links."""
    sort = look.context.sort
    return [
        {
            "label": column.label,
            "css": " ".join(
                part
                for part in ("number" if column.is_number else "", f"w-{column.width}" if column.width else "")
                if part
            ),
            "url": look.url(sort=other(column.name, sort)) if column.sorts else "",
            "sorted": ("descending" if sort.startswith("-") else "ascending")
            if sort.lstrip("-") == column.name
            else "",
        }
        for column in look.columns
    ]


def is_all(look: Look) -> bool:
    """Whether it is "All" without filters."""
    return look.smart_list is None and not look.context.filters


def query_of(look: Look) -> str:
    """The look as the start of a query string, for addresses of dialogs."""
    members = urlencode(look.members())
    return f"{members}&" if members else ""


def built_ins() -> list[SmartList]:
    """The lists that every location has."""
    return [found for found in map(built_in, BUILT_IN) if found is not None]


@require_GET
@allowed("contacts.readonly")
def count(request: HttpRequest) -> HttpResponse:
    """How many match, exact to 9,999: for the pager, the "select all" button and the ear."""
    look = look_from(request)
    number = counted(look.context)
    context = {
        "number": number,
        "note": TOO_SLOW if number is None else TOO_MANY if number > sorting.COUNTED - 1 else "",
    }
    return render(request, "contacts/list/count.html", context)


@require_GET
@allowed("contacts.readonly")
def counts(request: HttpRequest) -> HttpResponse:
    """The counts of all tabs and of running bulk actions, each put in its place out of band."""
    actor = scope.current().actor
    until = time.monotonic() + COUNTS_LIMIT_MS / 1000
    found = [{"id": "all", "number": counted(ListContext())}]
    for row in [*built_ins(), *SmartList.objects.shown_to(actor)[:MOST_TABS]]:
        left = int((until - time.monotonic()) * 1000)
        number = counted(ListContext(smart_list=row), min(COUNT_LIMIT_MS, left)) if left > 0 else None
        found.append({"id": row.pk, "number": number})
    running = BulkAction.objects.visible_to(actor).filter(status__in=("queued", "processing")).count()
    return render(request, "contacts/list/counts.html", {"counts": found, "running": running})


def counted(context: ListContext, limit_ms: int = COUNT_LIMIT_MS) -> int | None:
    """How many contacts a list has; 10,000 and more are 10,001. None when the database would take too long."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(limit_ms)])
            number = sorting.count(context.queryset())
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
            return number
    except BadFilter:
        return 0
    except OperationalError:
        return None


@require_GET
@allowed("contacts.readonly")
def columns(request: HttpRequest) -> HttpResponse:
    """The column chooser: chosen ones first in their order, then the others by category. A dialog."""
    look = look_from(request)
    chosen = look.columns
    names = {column.name for column in chosen}
    rest: dict[str, list[Any]] = {}
    for column in columns_of.catalogue():
        if column.name not in names:
            rest.setdefault(column.category, []).append(column)
    return dialogs.ask(
        request,
        "contacts/list/columns.html",
        {
            "chosen": chosen,
            "rest": rest.items(),
            "members": look.members(),
            "most": columns_of.MOST,
            "widths": columns_of.WIDTHS.items(),
        },
    )


@require_POST
@allowed("contacts.readonly")
def choose_columns(request: HttpRequest) -> HttpResponse:
    """Show the columns named, in the order given. "All" remembers them for the person; a saved list becomes unsaved."""
    look = look_from(request, request.POST)
    names = request.POST.getlist("column")[: columns_of.MOST]
    given = [f"{name}:{request.POST.get(f'width-{name}', '')}" for name in names]
    valid = [column.spec for column in columns_of.chosen(given)] if names else []
    if not valid:
        return HttpResponse("Choose at least one column.", status=400, content_type="text/plain; charset=utf-8")
    if look.smart_list is None:
        remember(request, columns=valid)
        address = look.url(columns="")
    else:
        address = look.url(columns="" if valid == look.smart_list.columns else ",".join(valid))
    return moved(request, address)


@require_GET
@allowed("contacts.readonly")
def page_size(request: HttpRequest) -> HttpResponse:
    """Show another number of rows, from the first page on."""
    look = look_from(request)
    size = look.own_rows or 50
    if look.smart_list is None:
        remember(request, rows=size)
        return redirect(look.url(rows=""))
    return redirect(look.url(rows="" if size == look.smart_list.page_size else size))


def remember(request: HttpRequest, **what: Any) -> None:
    """Keep how this person looks at "All"."""
    request.session[REMEMBERED] = {**(request.session.get(REMEMBERED) or {}), **what}


def moved(request: HttpRequest, address: str, toast: str = "", target: str = "results") -> HttpResponse:
    """Close the dialog and go to another look: without leaving the page for htmx, by redirect otherwise."""
    if not is_partial(request):
        return redirect(address)
    response = HttpResponse(status=200)
    response["HX-Location"] = json.dumps({"path": address, "target": f"#{target}", "swap": "innerHTML show:none"})
    events: dict[str, Any] = {"dialog:close": ""}
    if toast:
        events["toast"] = {"text": toast, "level": "ok"}
    response["HX-Trigger"] = json.dumps(events)
    return response
