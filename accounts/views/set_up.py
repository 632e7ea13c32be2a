"""Setting two-step sign-in up: scan, type a code, keep the backup codes."""

from __future__ import annotations

import json
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import confirming, gate, throttling
from accounts.confirming import confirmed
from accounts.forms import SetUpForm
from accounts.second_factor import authenticator, backup_codes, passkeys, policy, proving
from accounts.views.doors import kept, next_page, with_next
from core import clock
from core.crypto import seal, unseal
from core.pages import allowed

KEY = "authenticator_key"  # in the session, sealed, until a code proves that the app has it
CODES = "backup_codes"  # in the session, sealed, until they were shown


@login_required
@allowed("anyone")
@never_cache
@confirmed
@sensitive_post_parameters("code")
def set_up(request: HttpRequest) -> HttpResponse:
    """Scan, type the code, done. Who owes a second step comes here from the sign-in and gets no further without."""
    user, target = request.user, next_page(request)
    if KEY not in request.session:
        request.session[KEY] = seal(authenticator.new_key())
    key = unseal(request.session[KEY])
    form = SetUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if throttling.count(request, "code", throttling.ATTEMPTS):
            form.add_error(None, proving.THROTTLED)
        elif authenticator.put(user, key, "".join(form.cleaned_data["code"].split())):
            del request.session[KEY]
            messages.success(request, "Your authenticator app is set up.")
            return added(request, "authenticator", target)
        else:
            form.add_error("code", "That code does not belong to this QR code. Is the clock of your phone right?")
    due = gate.owed(request)
    context = {
        "form": form,
        "picture": authenticator.picture(user, key),
        "key": " ".join(key[place : place + 4] for place in range(0, len(key), 4)),
        "plain_key": key,
        "next": kept(target),
        "target": target,
        "replaces": hasattr(user, "authenticator"),
        "due": due,
        "passkeys": passkeys.is_possible(request),
        "may_wait": due is not None and due > clock.now(),
    }
    return render(request, "accounts/security/set_up.html", context, status=422 if form.errors else 200)


def added(request: HttpRequest, how: str, target: str) -> HttpResponse:
    """A factor was added in this session: nothing is owed, it counts as proof; on to the backup codes, if there are none."""
    gate.settle(request)
    confirming.note(request)
    request.session["second_step"] = how
    if target == "/":
        target = reverse("accounts:security")
    if backup_codes.left(request.user):
        return redirect(target)
    request.session[CODES] = seal(json.dumps(backup_codes.make(request.user)))
    return redirect(with_next(reverse("accounts:codes"), target))


@login_required
@allowed("anyone")
@never_cache
def codes(request: HttpRequest) -> HttpResponse:
    """The new backup codes, once."""
    held = request.session.pop(CODES, None)
    target = next_page(request)
    if held is None:
        return redirect(target if target != "/" else "accounts:security")
    found = json.loads(unseal(held))
    text = "HoopAI backup codes. Each works once.\n\n" + "\n".join(found) + "\n"
    context = {
        "codes": found,
        "text": "\n".join(found),
        "file": "data:text/plain;charset=utf-8," + quote(text),
        "target": target if target != "/" else reverse("accounts:security"),
    }
    return render(request, "accounts/security/codes.html", context)


@login_required
@allowed("anyone")
@require_POST
@confirmed
def new_codes(request: HttpRequest) -> HttpResponse:
    """Replace the backup codes; the old ones stop working."""
    if not policy.has(request.user):
        messages.error(request, "Set a second step up first.")
        return redirect("accounts:security")
    request.session[CODES] = seal(json.dumps(backup_codes.make(request.user)))
    return redirect(with_next(reverse("accounts:codes"), reverse("accounts:security")))
