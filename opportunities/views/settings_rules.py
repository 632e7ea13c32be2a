"""Settings, Opportunities: the location's rules, and the trash."""

from __future__ import annotations

from copy import copy

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import current
from contacts.models.trash import KEPT_FOR
from core import clock, keyset, scope
from core.errors import Invalid, NotFound, Refused
from core.pages import allowed, link
from opportunities import dealing
from opportunities.models import Opportunity, Pipeline
from opportunities.settings_forms import RulesForm, show_errors

SHOWN = 50


@allowed("settings.write")
def rules(request: HttpRequest) -> HttpResponse:
    """Duplicates, reasons, currency."""
    place = current.location()
    form = RulesForm(request.POST or None, instance=copy(place))
    if request.method == "POST" and form.is_valid():
        try:
            place.change(**form.cleaned_data)
        except Invalid as error:
            show_errors(form, error)
        else:
            messages.success(request, "The rules are saved.")
            return redirect(link("settings:opportunities"))
    context = {"form": form, "in_trash": Opportunity.objects.trashed().count()}
    return render(request, "opportunities/settings/rules.html", context, status=422 if form.errors else 200)


@allowed("opportunities.write")
@require_GET
def trashed(request: HttpRequest) -> HttpResponse:
    """Deleted opportunities that the reader may see, latest first; those without a pipeline ask for a stage."""
    kept = {"deleted_at__gte": clock.now() - KEPT_FOR}
    rows = Opportunity.objects.trashed().visible_to(scope.current().actor).filter(**kept)
    page = keyset.page(
        rows.select_related("contact", "pipeline", "stage"), "deleted_at", request.GET.get("at", ""), SHOWN, True
    )
    for row in page.rows:
        row.days = max(0, (row.deleted_at + KEPT_FOR - clock.now()).days)
        row.waits_for_contact = row.contact.deleted_at is not None
        row.needs_stage = row.pipeline.deleted_at is not None
    context = {
        "page": page,
        "total": rows.count(),
        "pipelines": Pipeline.objects.live().visible_to(scope.current().actor).prefetch_related("stages"),
        "may_manage": scope.current().actor.may("pipelines.write"),
    }
    return render(request, "opportunities/settings/trash.html", context)


@allowed("opportunities.write")
@require_POST
def restore(request: HttpRequest, pk: str) -> HttpResponse:
    """Take one out of the trash, into its stage or the one chosen."""
    row = Opportunity.objects.trashed().visible_to(scope.current().actor).filter(pk=pk).first()
    if row is None:
        raise NotFound("This opportunity is not in the trash.")
    try:
        dealing.restore(row, request.POST.get("stage") or None)
    except (Invalid, Refused) as error:
        messages.error(request, error.message[:1].upper() + error.message[1:])
    else:
        messages.success(request, f"{row} is restored.")
    return redirect(link("settings:opportunities_trash"))
