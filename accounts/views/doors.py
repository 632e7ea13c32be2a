"""Signing in and out: the password, then the second step of those who have one."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import gate, known_browsers, signing_in
from accounts.forms import CodeForm, SignInForm
from accounts.models import User
from accounts.second_factor import passkeys, policy, proving
from accounts.sso import state
from accounts.throttling import TooMany
from core.errors import Refused
from core.pages import public
from journal.writing import write

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
                return after_password(request, user, target)
    context = {"form": form, "next": kept(target), "passkeys": passkeys.is_possible(request)}
    context["single_sign_on"] = state.is_in_use()
    answer = render(request, "accounts/sign_in.html", context, status=status)
    if status == 429:
        answer["Retry-After"] = str(WAIT)
    return answer


def after_password(request: HttpRequest, user: User, target: str) -> HttpResponse:
    """In at once, or on to the second step."""
    if policy.has(user):
        if not known_browsers.is_trusted(request, user):
            signing_in.half(request, user)
            return redirect(with_next(reverse("accounts:second_step"), target))
        return let_in(request, user, target, "trusted browser")
    return let_in(request, user, target)


@public
@never_cache
@sensitive_post_parameters("code")
def second_step(request: HttpRequest) -> HttpResponse:
    """The code after the password. Who comes without the password is sent to the beginning."""
    target = next_page(request)
    if request.user.is_authenticated:
        return redirect(target)
    user = signing_in.half_of(request)
    if user is None:
        return redirect(with_next(reverse("accounts:sign_in"), target))
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                how = proving.check(request, user, form.cleaned_data["code"])
            except TooMany as error:
                form.add_error(None, error.message)
                status = 429
            except Refused as error:
                form.add_error("code", error.message)
            else:
                return let_in(request, user, target, how, trust=form.cleaned_data["trust"])
    context = {
        "form": form,
        "next": kept(target),
        "may_trust": known_browsers.may_trust(user),
        "has_app": hasattr(user, "authenticator"),
        "has_passkey": user.passkeys.exists(),
    }
    answer = render(request, "accounts/second_step.html", context, status=status)
    if status == 429:
        answer["Retry-After"] = str(WAIT)
    return answer


def let_in(request: HttpRequest, user: User, target: str, how: str = "", trust: bool = False) -> HttpResponse:
    """Open the session and go on; whoever owes a second step goes to its set-up first."""
    earlier = user.last_login
    signing_in.sign_in(request, user, how)
    due = None if how else policy.due(user)
    if due is not None:
        gate.owe(request, due)
        target = with_next(reverse("accounts:set_up"), target)
    answer = redirect(target)
    is_new = known_browsers.meet(request, answer, user, trust)
    facts = {"address": request.session["address"], "browser": request.session["browser"]}
    with signing_in.acting(user):
        if is_new and earlier:
            write("user.new_browser", user, facts=facts)
        if trust and known_browsers.may_trust(user):
            write("user.browser_trusted", user, facts=facts)
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


def kept(target: str) -> str:
    """The target as forms carry it on; "" for the front page."""
    return target if target != "/" else ""


def with_next(address: str, target: str) -> str:
    return f"{address}?{urlencode({'next': target})}" if kept(target) else address
