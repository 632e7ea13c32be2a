"""/sign-up/: the form, and the two documents that go with it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import passwords, throttling
from accounts.forms import show_errors
from accounts.models import Company
from accounts.views.doors import let_in
from core.errors import Invalid, Refused
from core.pages import public
from onboarding import documents, signing_up
from onboarding.forms import DEFAULT_PLAN, SignUpForm

FROM_ONE_NETWORK = "10/h"
WAIT = 3600  # seconds
THROTTLED = "Too many accounts were opened from your network. Try again in an hour."
FIELD_OF = {"new": "password", "name": "business"}  # what the verbs call the form's fields


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Open an account: after it the person is signed in and on the page of first steps."""
    if request.user.is_authenticated:
        return redirect("home")
    if not settings.SIGN_UP:
        return render(request, "onboarding/closed.html", status=403)
    asked = request.GET.get("plan", "")
    form = SignUpForm(request.POST or None)
    form.initial["plan"] = asked if asked in {plan.key for plan in form.plans} else DEFAULT_PLAN
    status = 200
    if request.method == "POST":
        status = 422
        if throttling.count(request, "sign_up", FROM_ONE_NETWORK):
            form.add_error(None, THROTTLED)
            status = 429
        elif form.is_valid():
            try:
                opened = signing_up.sign_up(**form.values())
            except Invalid as error:
                show_errors(form, Invalid({FIELD_OF.get(name, name): said for name, said in error.errors.items()}))
            except Refused as error:
                form.add_error("email", error.message)
            else:
                page = "settings:billing_plans" if opened.had_trial else "onboarding:start"
                return let_in(request, opened.user, reverse(page, args=[opened.location.pk]))
    company = Company()
    context = {
        "form": form,
        "documents": documents.addresses(),
        "password_length": company.password_length,
        "mix": passwords.MIX if company.password_mix else {},
    }
    answer = render(request, "onboarding/sign_up.html", context, status=status)
    if status == 429:
        answer["Retry-After"] = str(WAIT)
    return answer


@public
@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    return render(request, "onboarding/terms.html", {"version": documents.VERSIONS["terms"]})


@public
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "onboarding/privacy.html", {"version": documents.VERSIONS["privacy"]})
