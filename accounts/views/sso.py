"""Signing in through a company's identity provider: there, back, and what the provider wants to know of us."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from accounts import confirming, throttling
from accounts.forms import SingleSignOnForm
from accounts.models import SingleSignOn, User
from accounts.models.user import plain_email
from accounts.signing_in import THROTTLED
from accounts.sso import answering, asking, provider, state
from accounts.views.doors import WAIT, kept, let_in, next_page
from core.errors import Forbidden, NotFound, Refused
from core.pages import allowed, public

NONE_HERE = (
    "There is no single sign-on for this e-mail. Sign in with a password; "
    "“Forgot your password?” on the sign-in page sets a new one."
)


@public
@never_cache
def enter(request: HttpRequest) -> HttpResponse:
    """Whose provider? The e-mail says. There is no such page while no company has one."""
    if not state.is_in_use():
        raise NotFound("There is no such page.")
    target = next_page(request)
    if request.user.is_authenticated:
        return redirect(target)
    form = SingleSignOnForm(request.POST or None)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        if throttling.count(request, "sign_in", throttling.ATTEMPTS):
            form.add_error(None, THROTTLED)
            status = 429
        elif held := provider_for(form.cleaned_data["email"]):
            return lead(request, held, target)
        else:
            form.add_error("email", NONE_HERE)
    answer = render(request, "accounts/sso_enter.html", {"form": form, "next": kept(target)}, status=status)
    if status == 429:
        answer["Retry-After"] = str(WAIT)
    return answer


def provider_for(email: str) -> SingleSignOn | None:
    """The identity provider of the person with this address."""
    rows = User.objects.everywhere(reason="signing in happens before any company is known")
    company = rows.filter(email=plain_email(email), is_active=True, is_staff=False).values_list("company_id", flat=True)
    return state.of(company.first())


def lead(request: HttpRequest, held: SingleSignOn, target: str, *, confirm: bool = False) -> HttpResponse:
    """Send the browser to the provider: from a page of its own, since forms may only lead to this host."""
    address = asking.begin(request, held, target, confirming=confirm)
    answer = render(request, "accounts/sso_leave.html", {"address": address, "host": held.address.split("/")[2]})
    answer["Refresh"] = f"0; url={address}"
    return answer


@login_required
@allowed("anyone")
@never_cache
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Prove again who you are, at the provider."""
    held = state.of(request.user.company_id)
    if held is None:
        raise NotFound("There is no such page.")
    return lead(request, held, next_page(request), confirm=True)


@public
@csrf_exempt
@never_cache
@require_POST
@sensitive_post_parameters()
def assertion(request: HttpRequest) -> HttpResponse:
    """The provider's answer arrives, without a session: the browser goes on with a ticket for the one it has."""
    try:
        ticket = answering.take(request.POST.get("SAMLResponse", ""), request.POST.get("RelayState", ""))
    except (Refused, Forbidden) as error:
        return refused(request, error.message, error.status)
    return redirect(f"{reverse('accounts:single_sign_on_back')}?{urlencode({'ticket': ticket})}")


@public
@never_cache
@require_GET
def come_back(request: HttpRequest) -> HttpResponse:
    """In the browser that began: open the session, or note that the person proved again who they are."""
    try:
        attempt, user = answering.redeem(request, request.GET.get("ticket", ""))
        if not attempt.is_confirming:
            return let_in(request, user, attempt.target, state.HOW)
    except (Refused, Forbidden) as error:
        return refused(request, error.message, error.status)
    confirming.note(request)
    request.session["second_step"] = state.HOW
    return redirect(attempt.target)


def refused(request: HttpRequest, message: str, status: int) -> HttpResponse:
    context = {"message": message, "may_again": state.is_in_use()}
    return render(request, "accounts/sso_refused.html", context, status=status)


@public
@require_GET
def metadata(request: HttpRequest) -> HttpResponse:
    """Who we are to identity providers. The same for every company, and nothing of any."""
    context = {"entity_id": provider.entity_id(), "assertion_url": provider.assertion_url()}
    return render(request, "accounts/sso_metadata.xml", context, content_type="application/samlmetadata+xml")
