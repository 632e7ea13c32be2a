"""A person's own pages: profile, password and sessions. They lie outside any location."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import browsers, passwords, sessions, throttling
from accounts.forms import ChangePasswordForm, ProfileForm, show_errors
from core.errors import Invalid, NotFound
from core.pages import allowed
from journal.writing import write

MOST_SESSIONS = 100


PAGES = (
    ("Profile", "accounts:profile", "user"),
    ("Security", "accounts:security", "shield"),
    ("Sessions", "accounts:sessions", "monitor"),
    ("Notifications", "account_notifications", "bell"),
)


def side_list(path: str) -> list[dict[str, Any]]:
    """The pages of the account for the side list; the one at `path` is current."""
    items = [
        {"label": label, "url": reverse(name), "icon": icon, "current": path.startswith(reverse(name))}
        for label, name, icon in PAGES
    ]
    return [{"label": "Your account", "items": items}]


def framed(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page of the account with its own side list."""
    return render(request, template, {"settings_nav": side_list(request.path), **context}, status=status)


@login_required
@allowed("anyone")
def profile(request: HttpRequest) -> HttpResponse:
    user = request.user
    form = ProfileForm(request.POST or None, instance=copy(user))
    if request.method == "POST" and form.is_valid():
        try:
            user.change(**form.cleaned_data)
        except Invalid as error:
            show_errors(form, error)
        else:
            messages.success(request, "Your profile is saved.")
            return redirect("accounts:profile")
    context = {"form": form, "password_form": ChangePasswordForm(user=user)}
    return framed(request, "accounts/profile.html", context, 422 if form.errors else 200)


@login_required
@allowed("anyone")
@require_POST
@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    """Change one's password. This browser stays signed in under a new key; the others do not."""
    user = request.user
    form = ChangePasswordForm(request.POST, user=user)
    if throttling.is_over(request, "wrong_password", throttling.FAILURES):
        form.is_valid()
        form.add_error(None, "Too many attempts from your network. Wait ten minutes and try again.")
    elif form.is_valid():
        try:
            passwords.change(user, form.cleaned_data["old"], form.cleaned_data["new"], request.session.session_key)
        except Invalid as error:
            if "old" in error.errors:
                throttling.count(request, "wrong_password", throttling.FAILURES)
            show_errors(form, error)
        else:
            update_session_auth_hash(request, user)
            messages.success(request, "Your password is changed. Other browsers have been signed out.")
            return redirect("accounts:profile")
    context = {"form": ProfileForm(instance=copy(user)), "password_form": form}
    return framed(request, "accounts/profile.html", context, 422)


@login_required
@allowed("anyone")
def session_list(request: HttpRequest) -> HttpResponse:
    rows = [
        {
            "handle": row.handle,
            "browser": browsers.name_of(row.browser),
            "icon": browsers.icon_of(row.browser),
            "address": row.address or "",
            "started_at": row.started_at,
            "seen_at": row.seen_at,
            "is_this": row.session_key == request.session.session_key,
        }
        for row in sessions.of_user(request.user.pk)[:MOST_SESSIONS]
    ]
    rows.sort(key=lambda row: not row["is_this"])
    return framed(request, "accounts/sessions.html", {"rows": rows, "others": sum(not row["is_this"] for row in rows)})


@login_required
@allowed("anyone")
@require_POST
def session_revoke(request: HttpRequest, handle: str) -> HttpResponse:
    """End one of one's own sessions, or with the handle `others` all but this one."""
    if handle == "others":
        count = sessions.end_others(request.user.pk, request.session.session_key)
    else:
        mine = sessions.of_user(request.user.pk)[:MOST_SESSIONS]
        chosen = next((row for row in mine if row.handle == handle), None)
        if chosen is None:
            raise NotFound("That session has ended already.")
        if chosen.session_key == request.session.session_key:
            messages.info(request, "This is the browser you are using. Sign out to end it.")
            return redirect("accounts:sessions")
        chosen.delete()
        count = 1
    if count:
        write("user.sessions_ended", request.user, facts={"count": count})
    messages.success(request, f"{count} other session{'' if count == 1 else 's'} ended.")
    return redirect("accounts:sessions")
