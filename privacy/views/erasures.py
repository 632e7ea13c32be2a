"""Erasing one person: the question, how far it is, and the certificate."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from contacts.merging import moving
from contacts.models import Contact
from contacts.views.finding import shown
from core import scope
from core.errors import Forbidden, NotFound, Problem
from core.pages import allowed, is_partial, link
from objects import dialogs
from privacy import tasks
from privacy.erasing import process, who
from privacy.models import Erasure, PrivacyRequest

PAGE = 50


@require_GET
@allowed("privacy.write")
def index(request: HttpRequest) -> HttpResponse:
    """The people who were erased, the latest first, a page at a time."""
    before = request.GET.get("before", "")
    rows = Erasure.objects.order_by("-pk")
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    context = {"rows": found[:PAGE], "older": f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else ""}
    return render(request, "privacy/erasures.html", context)


@allowed("privacy.write")
def erase(request: HttpRequest, pk: str) -> HttpResponse:
    """Say what goes and what stays, ask for the name, and begin. `request` in the address is a privacy request."""
    if not scope.current().actor.is_admin:
        raise Forbidden("Only admins erase people.")
    contact = shown(pk)
    asked = _request(request.GET.get("request", ""))
    name = name_of(contact)
    context: dict[str, Any] = {
        "contact": contact,
        "name": name,
        "counts": moving.count(who.ids_of(contact)),
        "merged": len(who.ids_of(contact)) - 1,
        "action": link("settings:person_erase", pk) + (f"?request={asked.pk}" if asked else ""),
    }
    if request.method == "POST":
        if " ".join(request.POST.get("confirm", "").split()).lower() != name.lower():
            context["wrong"] = f"Type {name} to confirm."
        else:
            try:
                row = process.begin(contact, asked)
            except Problem as problem:
                context["problem"] = problem.message
            else:
                tasks.erase.delay(row.pk)
                return dialogs.done(request, link("settings:erasure", row.pk), "")
    status = 422 if "wrong" in context or "problem" in context else 200
    return dialogs.ask(request, "privacy/erase.html", context, status)


def name_of(contact: Contact) -> str:
    """What has to be typed: the name, or whatever stands for it."""
    return " ".join(str(contact).split())


@require_GET
@allowed("privacy.write")
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """How far it is and, once done, what was erased and what stays; for a script how far alone."""
    row = _found(pk)
    if is_partial(request):
        return render(request, "privacy/erasing.html", {"row": row})
    context = {
        "row": row,
        "counts": sorted((words_of(store), number) for store, number in row.counts.items()),
        "kept": [(words_of(store), why) for store, why in process.KEPT.items()],
        "is_genuine": row.is_done and process.is_genuine(row),
    }
    return render(request, "privacy/erasure.html", context)


def words_of(store: str) -> str:
    """A store as people call it; one that is no longer there by its name."""
    try:
        name = str(apps.get_model(store)._meta.verbose_name_plural)
    except LookupError:
        return store
    return name[:1].upper() + name[1:]


@require_GET
@allowed("privacy.write")
def certificate(request: HttpRequest, pk: str) -> HttpResponse:
    """The certificate as a file."""
    row = _found(pk)
    if not row.is_done:
        raise NotFound("The certificate is written when everything is erased.")
    answer = HttpResponse(process.certificate(row), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="erasure-{row.number}.json"'
    return answer


def _request(pk: str) -> PrivacyRequest | None:
    if not pk:
        return None
    found: PrivacyRequest | None = PrivacyRequest.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("This request does not exist.")
    return found


def _found(pk: str) -> Erasure:
    row: Erasure | None = Erasure.objects.select_related("owner").filter(pk=pk).first()
    if row is None:
        raise NotFound("This erasure does not exist.")
    return row
