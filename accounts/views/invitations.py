"""Inviting somebody, sending it again, taking it back; and the page behind the link of the mail."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import allowance, invitation_links, invitations
from accounts.forms import show_errors
from accounts.models import Invitation
from accounts.staff_forms import InviteForm, JoinForm
from core import scope
from core.errors import Invalid, LimitReached, NotFound, Refused
from core.pages import allowed, link, public


@allowed("users.write")
def invite(request: HttpRequest) -> HttpResponse:
    """Who, with what access; then the mail leaves."""
    form = InviteForm(request.POST or None)
    full = None
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = invitations.invite(
                values["email"], first_name=values["first_name"], last_name=values["last_name"], **form.access()
            )
        except LimitReached as error:
            full = error.message
            form.add_error(None, error.message)
        except Invalid as error:
            show_errors(form, error)
        except Refused as error:
            form.add_error("email", error.message)
        else:
            messages.success(request, f"The invitation to {made.email} is on its way. Its link works for 24 hours.")
            return redirect(link("settings:people"))
    context = {
        "form": form,
        "full": full,
        "seats": allowance.use("users"),
        "may_upgrade": scope.current().actor.may("billing.write"),
    }
    return render(request, "settings/invite.html", context, status=422 if form.errors else 200)


@require_POST
@allowed("users.write")
def send_again(request: HttpRequest, pk: str) -> HttpResponse:
    invitation = waiting(pk)
    invitations.send_again(invitation)
    messages.success(request, f"A new link is on its way to {invitation.email}. The one before no longer works.")
    return redirect(link("settings:people"))


@require_POST
@allowed("users.write")
def revoke(request: HttpRequest, pk: str) -> HttpResponse:
    invitation = waiting(pk)
    invitations.revoke(invitation)
    messages.success(request, f"The invitation to {invitation.email} is taken back.")
    return redirect(link("settings:people"))


def waiting(pk: str) -> Invitation:
    held: Invitation | None = Invitation.objects.pending().filter(pk=pk).first()
    if held is None:
        raise NotFound("There is no such invitation.")
    return held


@public
@never_cache
@sensitive_post_parameters("new")
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link. Somebody new chooses a name and a password; somebody known only says yes."""
    try:
        invitation = invitation_links.found(token)
    except Refused as error:
        return stale(request, error.message)
    known = invitations.known_user(invitation)
    form = JoinForm(request.POST or None, invitation=invitation) if known is None else None
    if request.method == "POST" and (form is None or form.is_valid()):
        values = dict(form.cleaned_data) if form else {}
        if form:
            values["password"] = values.pop("new")
        try:
            user = invitations.accept(token, **values)
        except Invalid as error:
            assert form is not None  # noqa: S101  only a new person gives anything that can be wrong
            show_errors(form, error)
        except Refused as error:
            return stale(request, error.message)
        else:
            messages.success(request, f"You are in. {invitation.location} is open to you.")
            if request.user.is_authenticated and request.user.pk == user.pk:
                return redirect("location_home", location=invitation.location_id)
            return redirect(reverse("accounts:sign_in"))
    context = {"invitation": invitation, "place": invitation.location, "form": form, "known": known}
    status = 422 if form is not None and form.errors else 200
    return render(request, "accounts/invitation.html", context, status=status)


def stale(request: HttpRequest, message: str) -> HttpResponse:
    return render(request, "accounts/invitation_stale.html", {"message": message}, status=410)
