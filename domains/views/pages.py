"""Settings -> Domains: the list, and one domain with its records, its state and what visitors find."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views import dialogs
from core import access, clock
from core.errors import Invalid, Refused
from core.pages import allowed, is_partial, link
from domains import lifecycle, names, redirecting, schedule, tasks
from domains.forms import DomainForm, RobotsForm, say, status
from domains.models import Domain
from domains.models.domain import MOST

MANAGE = allowed("domains.write")
ANSWERED = 286  # tells a page that asks again and again to stop


def find(pk: str) -> Domain:
    """The domain of the location in scope, or 404."""
    found: Domain | None = Domain.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@MANAGE
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The domains of the location, by name."""
    rows = list(Domain.objects.order_by("host")[:MOST])
    return render(request, "domains/index.html", {"rows": rows, "may_change": access.is_full(), **_here()})


@MANAGE
@never_cache
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Ask for a name; the next page shows what to enter at the DNS provider."""
    form = DomainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                made = Domain.add(form.cleaned_data["host"])
                other = redirecting.add_twin(made) if form.cleaned_data["twin"] else None
        except (Invalid, Refused) as error:
            say(form, error)
        else:
            for one in filter(None, (made, other)):
                tasks.check.apply_async([one.pk])
            said = f"{made} and {other} are added." if other else f"{made} is added."
            return dialogs.done(
                request, link("settings:domain", made.pk), f"{said} Now enter the record at your DNS provider."
            )
    context = {
        "title": "Add a domain",
        "form": form,
        "action": link("settings:domain_create"),
        "submit": "Add domain",
    }
    return dialogs.ask(request, context, status=status(form))


@MANAGE
@require_safe
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """One domain."""
    row = find(pk)
    twin = row.twin
    context = {
        "settings_title": "Domains",
        "settings_url": link("settings:domains"),
        "redirects": list(row.redirects.all()[: redirecting.MOST]),
        "twin": names.shown(twin) if twin and not Domain.objects.filter(host=twin).exists() else "",
        "may_change": access.is_full(),
        **_here(),
        **_state(row),
    }
    return render(request, "domains/show.html", context)


@MANAGE
@never_cache
@require_safe
def state(request: HttpRequest, pk: str) -> HttpResponse:
    """How it stands, for a page that keeps looking; on its own address the whole page."""
    row = find(pk)
    if not is_partial(request):
        return redirect(link("settings:domain", row.pk))
    context = {"may_change": access.is_full(), **_state(row)}
    return render(
        request, "domains/state.html", context, status=200 if row.is_under_way or row.is_checking else ANSWERED
    )


@MANAGE
@require_POST
def check(request: HttpRequest, pk: str) -> HttpResponse:
    """Look now instead of when it is its turn."""
    row = find(pk)
    if row.ask_check():
        tasks.check.apply_async([row.pk])
    return redirect(link("settings:domain", row.pk))


@MANAGE
@require_POST
def again(request: HttpRequest, pk: str) -> HttpResponse:
    """Begin anew with one that failed."""
    row = find(pk)
    try:
        row.try_again()
    except Refused as error:
        messages.error(request, error.message)
    else:
        tasks.check.apply_async([row.pk])
    return redirect(link("settings:domain", row.pk))


@MANAGE
@require_POST
def twin(request: HttpRequest, pk: str) -> HttpResponse:
    """Add the name with or without www, leading here."""
    row = find(pk)
    try:
        made = redirecting.add_twin(row)
    except (Invalid, Refused) as error:
        messages.error(request, error.message)
        return redirect(link("settings:domain", row.pk))
    tasks.check.apply_async([made.pk])
    messages.success(request, f"{made} is added and will lead to {row}. It needs a record of its own.")
    return redirect(link("settings:domain", made.pk))


@MANAGE
@require_http_methods(["GET", "POST"])
def robots(request: HttpRequest, pk: str) -> HttpResponse:
    """What search engines may read."""
    row = find(pk)
    form = RobotsForm(request.POST if request.method == "POST" else None, initial={"robots": row.robots})
    if request.method == "POST" and form.is_valid():
        try:
            row.set_robots(form.cleaned_data["robots"])
        except Invalid as error:
            say(form, error)
        else:
            return dialogs.done(request, link("settings:domain", row.pk), "The text is saved.")
    context = {"title": "robots.txt", "form": form, "action": link("settings:domain_robots", row.pk)}
    return dialogs.ask(request, context, status=status(form))


@MANAGE
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask, then take it away."""
    row = find(pk)
    if request.method == "POST":
        row.remove_it()
        return dialogs.done(request, link("settings:domains"), f"{row} is removed.")
    text = "Its redirects are deleted with it, and its certificate is not renewed. Anybody may connect the name then."
    if row.is_served:
        text = f"Visitors of {row} are no longer answered. {text}"
    context = {
        "title": f"Remove {row}?",
        "text": text,
        "action": link("settings:domain_remove", row.pk),
        "submit": "Remove",
        "kind": "danger",
        "note": "Your DNS records stay as they are.",
    }
    return dialogs.ask(request, context)


def _here() -> dict[str, Any]:
    """What this installation offers."""
    return {"is_open": bool(settings.DOMAINS_HOST), "is_for_show": settings.DOMAINS_HOST.endswith(".example")}


def _state(row: Domain) -> dict[str, Any]:
    """What the part of the page that renews itself shows."""
    return {
        "row": row,
        "found": [(kind, ", ".join(values)) for kind, values in row.seen.items()],
        "gives_up": row.waiting_since + schedule.GIVES_UP if row.state == lifecycle.PENDING_DNS else None,
        "lapsed": row.certificate_until is not None and row.certificate_until < clock.now(),
    }
