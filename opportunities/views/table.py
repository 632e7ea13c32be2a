"""The list: sortable columns, filters, pages by key, and the filter dialog that it shares with the board."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from contacts.cells import picture_address
from contacts.models import Contact, Tag
from core import scope
from core.pages import allowed
from objects import dialogs
from opportunities import ordering
from opportunities.contacts_seen import UNNAMED, hidden
from opportunities.forms import FilterForm
from opportunities.models import LostReason, may_see_values
from opportunities.narrowing import RANGES
from opportunities.views.finding import BULK, READ, people, stages_of
from opportunities.views.look import PAGE_SIZES, Look, look_from

COUNTED = 10_000
MOST_REASONS = 200
HEADS = [
    ("name", "Opportunity", False),
    ("contact", "Contact", False),
    ("stage", "Stage", False),
    ("status", "Status", False),
    ("value", "Value", True),
    ("", "Owner", False),
    ("close", "Expected close", False),
    ("", "Tags", False),
    ("created", "Created", False),
]


@require_GET
@allowed(READ)
def index(request: HttpRequest) -> HttpResponse:
    """The page of rows that the address asks for: three queries beside those of the frame."""
    look = look_from(request, "list")
    response = render(request, "opportunities/list.html", {**look.head(), **listed(look)})
    response["Cache-Control"] = "private, no-store"
    return response


def listed(look: Look) -> dict[str, Any]:
    """Rows, heads and pager."""
    actor = scope.current().actor
    sees_values = may_see_values(actor)
    rows = look.rows().select_related("contact", "stage", "pipeline", "assigned_to")
    page = ordering.page(rows, look.order, look.down, look.at, look.size)
    names = Tag.objects.names_of(pk for row in page.rows for pk in row.tags)
    unseen = hidden(row.contact_id for row in page.rows)
    for row in page.rows:
        row.tag_names = [names[pk] for pk in row.tags if pk in names]
        is_seen = row.contact_id not in unseen
        row.contact_shown = str(row.contact) if is_seen else UNNAMED
        row.picture = picture_address({"id": row.contact_id, "picture": row.contact.picture}) if is_seen else ""
    total = look.rows().order_by().values("pk")[: COUNTED + 1].count()
    return {
        "page": page,
        "total": total,
        "rows": page.rows,
        "heads": [head(look, *each) for each in HEADS if each[0] != "value" or sees_values],
        "next_url": look.url(at=page.next) if page.next else "",
        "previous_url": look.url(at=page.previous) if page.previous else "",
        "page_sizes": PAGE_SIZES,
        "may_bulk": actor.may(BULK),
        "may_export": actor.may("contacts.export"),
        "signature": look.query(),
    }


def head(look: Look, name: str, label: str, is_number: bool) -> dict[str, Any]:
    """A table head; choosing the order in force turns it round."""
    if not name:
        return {"label": label, "number": is_number, "url": "", "sorted": ""}
    is_here = look.sort.lstrip("-") == name
    first = f"-{name}" if ordering.ORDERS[name].is_down else name
    turned = name if look.down else f"-{name}"
    return {
        "label": label,
        "number": is_number,
        "url": look.url(sort=turned if is_here else first),
        "sorted": ("descending" if look.down else "ascending") if is_here else "",
    }


@require_GET
@allowed(READ)
def narrow(request: HttpRequest, view: str) -> HttpResponse:
    """Every filter at once; the form leads back to the board, the list or the forecast."""
    if view not in ("board", "list"):
        raise Http404
    look = look_from(request, view)
    held = look.narrowing
    chosen = [look.pipeline] if look.pipeline else look.pipelines
    form = FilterForm(held, people(), stages_of(chosen), LostReason.objects.all()[:MOST_REASONS])
    actor = scope.current().actor
    contacts = Contact.objects.visible_to(actor).filter(pk__in=held.contact) if held.contact else []
    context = {
        "form": form,
        "held": held,
        "view": view,
        "action": look.url(view).partition("?")[0],
        "members": look.others(),
        "contacts": [(row.pk, str(row)) for row in contacts],
        "tags": Tag.objects.names_of(held.tag).items(),
        "ranges": [
            (name, label, getattr(held, f"{name}_from"), getattr(held, f"{name}_to")) for name, label in RANGES.items()
        ],
        "sees_values": may_see_values(actor),
        "clear_url": look.url(view).partition("?")[0] + (f"?pipeline={look.pipeline.pk}" if look.pipeline else ""),
    }
    return dialogs.ask(request, "opportunities/filter.html", context)
