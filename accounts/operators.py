"""The operator's admin: a site of its own behind the same door as everything else."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from unfold.sites import UnfoldAdminSite

from accounts import signing_in
from accounts.second_factor import policy
from journal.operated import Operated, is_operator

# The admin's theme evaluates expressions in attributes and sets colours in style attributes. No other page may.
POLICY = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}


class OperatorSite(UnfoldAdminSite):
    """Only tables that write through verbs are let in, and only operators."""

    site_title = "HoopAI operations"
    site_header = "HoopAI operations"
    index_title = "Operations"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        if admin_class is not None and issubclass(admin_class, Operated):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return is_operator(request) and self.is_proved(request)

    def is_proved(self, request: HttpRequest) -> bool:
        """Whether the session began with a second step, or one was set up in it."""
        return not settings.OPERATORS_TWO_STEP or bool(request.session.get("second_step"))

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The one sign-in page, with its lockout and its throttle; operators without a second step set one up first."""
        target = request.GET.get("next") or reverse("admin:index")
        if is_operator(request) and not self.is_proved(request):
            if not policy.has(request.user):
                return redirect(f"{reverse('accounts:set_up')}?{urlencode({'next': target})}")
            signing_in.sign_out(request)  # the session is older than the second step
        if request.user.is_authenticated and not self.has_permission(request):
            return render(
                request,
                "403.html",
                {"message": "The operations pages are for operators of this installation."},
                status=403,
            )
        if self.has_permission(request):
            return redirect("admin:index")
        return redirect(f"{reverse('accounts:sign_in')}?{urlencode({'next': target})}")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method != "POST":
            return HttpResponse(status=405)
        signing_in.sign_out(request)
        return redirect("accounts:sign_in")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect(f"{reverse('accounts:profile')}#password")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return csp_update(POLICY)(super().admin_view(view, cacheable))
