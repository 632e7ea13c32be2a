"""Setting a new password with the link of a mail."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import passwords, reset_links, signing_in, throttling
from accounts.forms import NewPasswordForm, ResetForm, show_errors
from accounts.models.user import plain_email
from accounts.tasks import send_reset
from core.errors import Invalid, Refused
from core.pages import public

log = logging.getLogger(__name__)


@public
@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for the mail. The answer is the same whether anybody has the address or not."""
    form = ResetForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            email = plain_email(form.cleaned_data["email"])
            if throttling.count(request, "reset_from", throttling.MAILS_FROM):
                form.add_error(None, "Too many mails were asked for from your network. Try again in an hour.")
                return render(request, "accounts/reset.html", {"form": form}, status=429)
            if not throttling.count(request, "reset", throttling.MAILS, email):
                try:
                    send_reset.apply_async([email], robust=False)
                except Exception:
                    log.exception("a reset mail could not be queued")
                    form.add_error(None, "Mail cannot be sent at the moment. Try again in a few minutes.")
                    return render(request, "accounts/reset.html", {"form": form}, status=503)
            return redirect("accounts:reset_sent")
    return render(request, "accounts/reset.html", {"form": form}, status=status)


@public
def sent(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/reset_sent.html")


@public
@never_cache
@sensitive_post_parameters()
def confirm(request: HttpRequest, user: str, token: str) -> HttpResponse:
    """The page behind the link: choose a password. A used or old link says so and offers a new one."""
    try:
        person = reset_links.user_of(user, token)
    except Refused as error:
        return render(request, "accounts/reset_stale.html", {"message": error.message}, status=410)
    form = NewPasswordForm(request.POST or None, user=person)
    if request.method == "POST" and form.is_valid():
        try:
            passwords.reset(user, token, form.cleaned_data["new"])
        except Refused as error:
            return render(request, "accounts/reset_stale.html", {"message": error.message}, status=410)
        except Invalid as error:
            show_errors(form, error)
        else:
            if request.user.is_authenticated:
                signing_in.sign_out(request)
            messages.success(request, "Your new password is set. Sign in with it.")
            return redirect(reverse("accounts:sign_in"))
    status = 422 if form.errors else 200
    return render(request, "accounts/reset_confirm.html", {"form": form, "email": person.email}, status=status)
