"""/l/<location>/start: the first steps, and the card in the menu that counts them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from core.pages import allowed, is_partial, link
from onboarding import checklist
from onboarding.standing import note_over


@require_safe
@allowed("anyone")
def show(request: HttpRequest) -> HttpResponse:
    """Everything there is to do, with what is done ticked."""
    return render(request, "onboarding/start.html", {"list": checklist.of(person(request))})


@require_safe
@allowed("anyone")
def card(request: HttpRequest) -> HttpResponse:
    """How many steps are done, for the menu; nothing once all are, or it was dismissed."""
    if not is_partial(request):
        return redirect(link("onboarding:start"))
    found = checklist.of(person(request))
    if found.is_finished or found.is_dismissed:
        note_over(request)
        return HttpResponse("")
    return render(request, "onboarding/card.html", {"list": found})


@require_POST
@allowed("anyone")
def skip(request: HttpRequest) -> HttpResponse:
    checklist.skip(person(request), request.POST.get("step", "")[:20])
    return redirect(link("onboarding:start"))


@require_POST
@allowed("anyone")
def dismiss(request: HttpRequest) -> HttpResponse:
    checklist.dismiss(person(request))
    note_over(request)
    messages.success(request, "The card is gone. The palette still finds the first steps.")
    return redirect(link("contacts:list"))


def person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # allowed() lets nobody else in
    return request.user
