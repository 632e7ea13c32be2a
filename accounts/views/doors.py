"""Signing in and out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import signing_in
from accounts.forms import SignInForm
from accounts.throttling import TooMany
from core.errors import Refused
from core.pages import public

WAIT = 600  # seconds, as the sentence of the refusal says


@public
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page. `?next=` is followed when it stays on this host."""
    target = next_page(request)
    if request.user.is_authenticated:
        return redirect(target)
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                user = signing_in.identify(request, form.cleaned_data["email"], form.cleaned_data["password"])
            except TooMany as error:
                form.add_error(None, error.message)
                status = 429
            except Refused as error:
                form.add_error(None, error.message)
            else:
                signing_in.sign_in(request, user)
                return redirect(target)
    answer = render(
        request, "accounts/sign_in.html", {"form": form, "next": target if target != "/" else ""}, status=status
    )
    if status == 429:
        answer["Retry-After"] = str(WAIT)
    return answer


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    signing_in.sign_out(request)
    return redirect(reverse("accounts:sign_in"))


def next_page(request: HttpRequest) -> str:
    """Where to go after signing in; never to another host."""
    target = request.POST.get("next") or request.GET.get("next") or "/"
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else "/"
