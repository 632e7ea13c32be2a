"""What protects a person's sign-in, on one page; switching it off; and proving again who they are."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import browsers, confirming, known_browsers, signing_in
from accounts.forms import ConfirmForm, SwitchOffForm
from accounts.models import KnownBrowser, User
from accounts.second_factor import backup_codes, passkeys, policy, proving
from accounts.sso import state
from accounts.throttling import TooMany
from accounts.views.doors import kept, next_page
from accounts.views.own_account import framed
from core.errors import NotFound, Refused
from core.pages import allowed
from journal.models import Entry
from journal.writing import write

LAST_SIGN_INS = 20
WORDS = {
    "user.signed_in": "Signed in",
    "user.sign_in_failed": "Wrong password",
    "user.code_refused": "Wrong code",
}


@login_required
@allowed("anyone")
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    """Second step, passkeys, backup codes, trusted browsers, the last sign-ins."""
    user = request.user
    keys = list(user.passkeys.all())
    app = getattr(user, "authenticator", None)
    context = {
        "app": app,
        "passkeys": keys,
        "may_add_passkey": passkeys.is_possible(request),
        "is_on": bool(app or keys),
        "codes_left": backup_codes.left(user),
        "few": backup_codes.FEW,
        "is_required": policy.is_required(user),
        "trusted": [
            {"row": row, "name": browsers.name_of(row.agent), "icon": browsers.icon_of(row.agent)}
            for row in known_browsers.trusted(user)
        ],
        "sign_ins": sign_ins_of(user),
    }
    return framed(request, "accounts/security/overview.html", context)


def sign_ins_of(user: User) -> list[dict[str, Any]]:
    """The last sign-ins and refused attempts, newest first. One query."""
    rows = Entry.objects.everywhere(reason="a person's own sign-ins, which lie outside any location").filter(
        subject_id=user.pk, verb__in=WORDS
    )
    return [
        {
            "at": row.at,
            "went_well": row.verb == "user.signed_in",
            "what": WORDS[row.verb],
            "how": row.facts.get("second_step", ""),
            "address": row.facts.get("address") or "",
            "browser": browsers.name_of(row.facts["browser"]) if row.facts.get("browser") else "",
        }
        for row in rows.order_by("-pk")[:LAST_SIGN_INS]
    ]


@login_required
@allowed("anyone")
@never_cache
@sensitive_post_parameters()
def switch_off(request: HttpRequest) -> HttpResponse:
    """Go back to the password alone: with the password and a code, and not where the company wants both."""
    user = request.user
    if policy.is_required(user):
        messages.error(request, "Your company requires two-step sign-in. It cannot be switched off.")
        return redirect("accounts:security")
    if not policy.has(user):
        return redirect("accounts:security")
    form = SwitchOffForm(request.POST or None)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        field = "password"
        try:
            signing_in.identify(request, user.email, form.cleaned_data["password"])
            field = "code"
            proving.check(request, user, form.cleaned_data["code"])
        except TooMany as error:
            form.add_error(None, error.message)
            status = 429
        except Refused as error:
            form.add_error(field, error.message)
        else:
            policy.forget(user)
            write("user.second_step_off", user)
            messages.success(request, "Two-step sign-in is off. Your password alone lets you in.")
            return redirect("accounts:security")
    return framed(request, "accounts/security/off.html", {"form": form}, status)


@login_required
@allowed("anyone")
@require_POST
def forget_browser(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask for a code again in one browser, or with the id `all` in every one."""
    rows = known_browsers.trusted(request.user)
    if pk != "all":
        rows = rows.filter(pk=pk)
    count = KnownBrowser.objects.filter(pk__in=rows.values("pk")).update(trusted_until=None)
    if not count and pk != "all":
        raise NotFound("That browser is not trusted any more.")
    if count:
        write("user.browsers_forgotten", request.user, facts={"count": count})
        messages.success(request, f"{count} browser{'' if count == 1 else 's'} will be asked for a code again.")
    return redirect("accounts:security")


@login_required
@allowed("anyone")
@never_cache
@sensitive_post_parameters()
def confirm(request: HttpRequest) -> HttpResponse:
    """Prove again who you are, with the password or a code, then go on to what you wanted."""
    user, target = request.user, next_page(request)
    if confirming.was_recent(request):
        return redirect(target)
    form = ConfirmForm(request.POST or None)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        field = "code" if form.cleaned_data["code"] else "password"
        try:
            if field == "code":
                request.session["second_step"] = proving.check(request, user, form.cleaned_data["code"])
            else:
                signing_in.identify(request, user.email, form.cleaned_data["password"])
        except TooMany as error:
            form.add_error(None, error.message)
            status = 429
        except Refused as error:
            form.add_error(field, error.message)
        else:
            confirming.note(request)
            return redirect(target)
    context = {
        "form": form,
        "next": kept(target),
        "has_codes": policy.has(user),
        "has_passkey": user.passkeys.exists(),
        "single_sign_on": state.of(user.company_id) is not None,
    }
    return render(request, "accounts/security/confirm.html", context, status=status)
