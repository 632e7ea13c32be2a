"""Changing an opportunity: one field in place, or all of them on a page."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from contacts.contact_form import say
from contacts.views.fields import company, given
from core import ids
from core.errors import Invalid, Problem
from core.pages import allowed, is_partial, link
from objects.models import CustomField
from opportunities import dealing, details, money
from opportunities.forms import EditForm
from opportunities.views.deal import fields as field_rows
from opportunities.views.deal import head
from opportunities.views.finding import CHANGED, WRITE, home, people, pipelines, shown, stages_of, telling, visible


@require_POST
@allowed(WRITE)
def change(request: HttpRequest, pk: str, name: str) -> HttpResponse:
    """Store one field: the name of a core field, or the id of a custom one. The answer is its editor afresh."""
    opportunity = shown(pk)
    field = None
    if ids.is_id(name):
        field = CustomField.objects.filter(model="opportunity", pk=name).first()
    row = details.row_of(opportunity, field) if field else details.row_named(opportunity, name)
    if row is None or (row.kind == "fixed" and name != "owner"):
        raise Http404
    try:
        with transaction.atomic():
            dealing.edit(opportunity, **_values(request, name, row, field))
    except Problem as error:
        return refused(request, error, pk)
    if not visible().filter(pk=pk).exists():
        return gone(request)
    fresh = shown(pk)
    if not is_partial(request):
        messages.success(request, "Saved.")
        return redirect(home(pk))
    if field is not None:
        row = details.row_of(fresh, field)
        context: dict[str, Any] = {"row": row, "deal": fresh, "may_write": True}
    else:
        shown_rows = field_rows(fresh)
        row = next((each for each in shown_rows["rows"] if each.name == name), None) or details.row_named(fresh, name)
        context = {**head(fresh), **shown_rows, "row": row, "oob": True}
    return telling(render(request, "opportunities/deal_edited.html", context), CHANGED)


def _values(request: HttpRequest, name: str, row: details.Row, field: CustomField | None) -> dict[str, Any]:
    """What the editor sent, as `dealing.edit` takes it."""
    if field is not None:
        return {"custom": {field.pk: given(request, row)}}
    text = request.POST.get("value", "")
    if name == "value":
        return {"value": amount(text)}
    if name == "owner":
        return {"assigned_to": text or None}
    if name == "business":
        return {"business": company(text)}
    return {name: text or None} if name in ("expected_close_on", "probability") else {name: text}


def amount(text: str) -> Decimal:
    """What a person typed as whole units of the currency.

    Raises:
        Invalid: it is no amount.
    """
    try:
        return Decimal(money.cents(text)) / 100
    except money.BadAmount as error:
        raise Invalid({"value": str(error)}) from None


def refused(request: HttpRequest, error: Problem, pk: str) -> HttpResponse:
    """The sentence of a refusal, under the field for a script and on the page otherwise. Nothing was written."""
    texts = list(error.errors.values()) if isinstance(error, Invalid) else [error.message]
    if is_partial(request):
        return JsonResponse({"errors": {"value": [say(text) for text in texts]}}, status=422)
    for text in texts:
        messages.error(request, say(text))
    return redirect(home(pk))


def gone(request: HttpRequest) -> HttpResponse:
    """The actor has given it out of sight: close the drawer, or go to the board."""
    if is_partial(request):
        return telling(HttpResponse(), CHANGED, "drawer:close", toast="Saved. It is no longer yours to see.")
    messages.success(request, "Saved. It is no longer yours to see.")
    return redirect(link("opportunities:board"))


@require_http_methods(["GET", "POST"])
@allowed(WRITE)
def edit(request: HttpRequest, pk: str) -> HttpResponse:
    """All core fields on one page, for those who would rather not edit in place or cannot."""
    opportunity = shown(pk)
    form = EditForm(opportunity, people(), stages_of(pipelines()), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            dealing.edit(opportunity, **form.values())
        except Problem as error:
            form.refuse(error)
        else:
            messages.success(request, "Saved.")
            return redirect(home(pk))
    context = {"deal": opportunity, "form": form, "back": home(pk)}
    return render(request, "opportunities/edit.html", context, status=422 if form.errors else 200)
