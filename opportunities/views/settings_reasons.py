"""Settings, Lost reasons: the list and its changes."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core import scope
from core.errors import Invalid, NotFound, Refused
from core.pages import allowed, link
from objects import dialogs
from opportunities import lost_reasons
from opportunities.models import LostReason, Opportunity
from opportunities.settings_forms import ReasonForm, show_errors

WRITE = "pipelines.write"
SHOWN = 100


@allowed(WRITE)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """By name, a hundred a page, each with how many opportunities were lost for it. Two queries."""
    text = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:75]
    number = request.GET.get("page", "")
    page = int(number) if number.isascii() and number.isdigit() and 0 < len(number) < 3 else 1
    rows = LostReason.objects.filter(name__icontains=text) if text else LostReason.objects.all()
    total = rows.count()
    first = (max(page, 1) - 1) * SHOWN
    seen = Opportunity.objects.live().visible_to(scope.current().actor).order_by().values("pk")
    counted = Count("opportunities", filter=Q(opportunities__in=seen))
    shown = list(rows.annotate(number=counted).order_by("name", "pk")[first : first + SHOWN])
    for row in shown:
        row.menu = [
            {"label": "Rename", "icon": "pencil", "get": link("settings:lost_reason_rename", row.pk)},
            {"label": "Delete", "icon": "trash", "bad": True, "get": link("settings:lost_reason_delete", row.pk)},
        ]
    context = {
        "rows": shown,
        "total": total,
        "query": text,
        "next": page + 1 if first + SHOWN < total else None,
        "previous": page - 1 if page > 1 else None,
    }
    return render(request, "opportunities/settings/reasons.html", context)


@allowed(WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """Ask for a name."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = lost_reasons.add(form.cleaned_data["name"])
        except Invalid as error:
            show_errors(form, error)
        except Refused as error:
            form.add_error(None, error.message)
        else:
            return dialogs.done(request, link("settings:lost_reasons"), f"The reason {row} is there.")
    return _ask(request, form, "New lost reason", "settings:lost_reason_create", "Add reason")


@allowed(WRITE)
def rename(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask for another name."""
    row = find(pk)
    form = ReasonForm(request.POST or None, initial={"name": row.name})
    if request.method == "POST" and form.is_valid():
        try:
            lost_reasons.rename(row, form.cleaned_data["name"])
        except Invalid as error:
            show_errors(form, error)
        else:
            return dialogs.done(request, link("settings:lost_reasons"), f"The reason is now called {row}.")
    return _ask(request, form, f"Rename {row}", "settings:lost_reason_rename", "Rename", row.pk)


@allowed(WRITE)
def delete(request: HttpRequest, pk: str) -> HttpResponse:
    """Say how many opportunities were lost for it, then take it off the list."""
    row = find(pk)
    if request.method == "POST":
        lost_reasons.delete(row)
        return dialogs.done(request, link("settings:lost_reasons"), f"The reason {row} is deleted.")
    used = row.opportunities.filter(deleted_at=None).count()
    lost = "1 opportunity was" if used == 1 else f"{used:,} opportunities were"
    context: dict[str, Any] = {
        "title": f"Delete the reason {row}?",
        "text": f"{lost} lost for it and will have no reason. Their history keeps the word."
        if used
        else "No opportunity was lost for it.",
        "action": link("settings:lost_reason_delete", row.pk),
        "submit": "Delete reason",
        "kind": "danger",
    }
    return dialogs.ask(request, "components/dialog.html", context)


def find(pk: str) -> LostReason:
    row: LostReason | None = LostReason.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such lost reason.")
    return row


def _ask(request: HttpRequest, form: ReasonForm, title: str, name: str, submit: str, *args: str) -> HttpResponse:
    context = {"title": title, "form": form, "action": link(name, *args), "submit": submit}
    return dialogs.ask(request, "components/dialog.html", context, 422 if form.errors else 200)
