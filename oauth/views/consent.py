"""/oauth/chooselocation: where an app is installed, for people who came from it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.errors import Forbidden, Invalid, Refused
from core.pages import public
from oauth import scopes
from oauth.consent import Ask, SentBack, may_install_agency, origin_of


@public
@never_cache
@require_http_methods(["GET", "POST"])
def choose_location(request: HttpRequest) -> HttpResponse:
    """The consent page. Signed-out people sign in first and come back."""
    try:
        ask = Ask.read(request.GET)
    except Refused as error:
        return render(request, "oauth/refused.html", {"message": error.message}, status=400)
    except SentBack as error:
        return redirect(error.url)
    if not request.user.is_authenticated:
        return redirect(f"{reverse('accounts:sign_in')}?{urlencode({'next': request.get_full_path()})}")
    error_text, status = "", 200
    if request.method == "POST":
        if request.POST.get("decision") != "allow":
            return redirect(ask.refusal())
        try:
            return redirect(
                ask.grant(
                    request.user,
                    request.POST.getlist("location"),
                    request.POST.get("agency") == "1",
                    request.POST.get("future") == "1",
                )
            )
        except Invalid as problem:
            error_text, status = problem.message, 422
        except Forbidden as problem:
            error_text, status = problem.message, 403
    response = render(
        request,
        "oauth/choose_location.html",
        {
            "ask": ask,
            "places": ask.places_for(request.user),
            "may_install_agency": may_install_agency(request.user, ask.app),
            "groups": scopes.in_words(ask.scopes),
            "host": origin_of(ask.redirect_uri),
            "error": error_text,
            "chosen": request.POST.getlist("location"),
        },
        status=status,
    )
    # the answer to the form leads to the app's own host, which the policy of the other pages forbids
    response._csp_update = {"form-action": [origin_of(ask.redirect_uri)]}  # type: ignore[attr-defined]
    return response
