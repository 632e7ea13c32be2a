"""Confirming the address one signed up with: the page behind the link, and the button that sends another."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import confirmation, confirmation_links, signing_in
from accounts.confirming import page_before
from accounts.models import User
from core.errors import Refused
from core.pages import allowed, public


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, user: str, token: str) -> HttpResponse:
    """The page behind the link. A button confirms: programs that open every link of a mail must not use it up."""
    try:
        person = confirmation_links.user_of(user, token)
        if request.method != "POST":
            return render(request, "onboarding/confirm.html", {"email": person.email})
        confirmation.confirm(user, token)
    except Refused as error:
        return render(request, "onboarding/confirm_stale.html", {"message": error.message}, status=410)
    messages.success(request, f"{person.email} is confirmed. You can invite people and connect programs now.")
    return redirect("home" if request.user.is_authenticated else "accounts:sign_in")


@require_POST
@allowed("anyone")
def send_again(request: HttpRequest) -> HttpResponse:
    """Another mail to the person signed in, once a minute."""
    person = request.user
    assert isinstance(person, User)  # allowed() lets nobody else in
    try:
        with signing_in.acting(person):
            confirmation.ask(person)
    except Refused as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"A new link is on its way to {person.email}. The one before no longer works.")
    return redirect(page_before(request))
