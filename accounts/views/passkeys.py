"""Passkeys: made, named and removed on the security page; used at the sign-in and to confirm."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import confirming, signing_in, throttling
from accounts.confirming import confirmed
from accounts.models import Passkey
from accounts.second_factor import passkeys, proving
from accounts.views.doors import let_in, next_page, with_next
from accounts.views.set_up import added
from core.errors import Invalid, NotFound, Refused
from core.pages import allowed, public


@public
@never_cache
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """The question a passkey answers: of whoever is signed in or gave a password here, else of anybody."""
    throttled(request)
    user = request.user if request.user.is_authenticated else signing_in.half_of(request)
    return HttpResponse(passkeys.question(request, user), content_type="application/json")


@public
@never_cache
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey: alone, or after the password as its second step."""
    target = next_page(request)
    if request.user.is_authenticated:
        return redirect(target)
    half = signing_in.half_of(request)
    try:
        throttled(request)
        user = passkeys.prove(request, request.POST.get("answer", ""), half)
        signing_in.check_open(user)
    except Refused as error:
        throttling.count(request, "wrong_password", throttling.FAILURES)
        messages.error(request, error.message)
        return redirect(with_next(reverse("accounts:second_step" if half else "accounts:sign_in"), target))
    return let_in(request, user, target, "passkey")


@login_required
@allowed("anyone")
@never_cache
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Prove again who you are, with a passkey."""
    target = next_page(request)
    try:
        throttled(request)
        passkeys.prove(request, request.POST.get("answer", ""), request.user)
    except Refused as error:
        throttling.count(request, "wrong_password", throttling.FAILURES)
        messages.error(request, error.message)
        return redirect(with_next(reverse("accounts:confirm"), target))
    confirming.note(request)
    request.session["second_step"] = "passkey"
    return redirect(target)


@login_required
@allowed("anyone")
@never_cache
@require_POST
@confirmed
def creation(request: HttpRequest) -> HttpResponse:
    """What the browser is asked to make."""
    return HttpResponse(passkeys.creation(request, request.user), content_type="application/json")


@login_required
@allowed("anyone")
@require_POST
@confirmed
def add(request: HttpRequest) -> HttpResponse:
    """Keep the key the browser made."""
    try:
        key = passkeys.add(request, request.user, request.POST.get("name", ""), request.POST.get("answer", ""))
    except (Invalid, Refused) as error:
        messages.error(request, error.message)
        return redirect(confirming.page_before(request))
    messages.success(request, f"The passkey {key.name} is added. You can sign in with it from now on.")
    return added(request, "passkey", next_page(request))


def own(request: HttpRequest, pk: str) -> Passkey:
    """Raises: NotFound: the person has no such passkey."""
    key: Passkey | None = request.user.passkeys.filter(pk=pk).first()
    if key is None:
        raise NotFound("There is no such passkey.")
    return key


@login_required
@allowed("anyone")
@require_POST
def rename(request: HttpRequest, pk: str) -> HttpResponse:
    """Give a passkey another name."""
    key = own(request, pk)
    try:
        passkeys.rename(request.user, key, request.POST.get("name", ""))
    except Invalid as error:
        messages.error(request, error.message)
    return redirect("accounts:security")


@login_required
@allowed("anyone")
@require_POST
@confirmed
def remove(request: HttpRequest, pk: str) -> HttpResponse:
    """Forget a passkey; the key in the device opens nothing any more."""
    key = own(request, pk)
    try:
        passkeys.remove(request.user, key)
    except Refused as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"The passkey {key.name} opens nothing any more. Remove it from your device as well.")
    return redirect("accounts:security")


def throttled(request: HttpRequest) -> None:
    """Raises: throttling.TooMany: the network has tried too often."""
    if throttling.count(request, "passkey", throttling.ATTEMPTS) or throttling.is_over(
        request, "wrong_password", throttling.FAILURES
    ):
        raise throttling.TooMany(proving.THROTTLED)
