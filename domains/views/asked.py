"""What the front server asks before it gets a certificate: whether somebody has this name connected here."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from accounts import throttling
from core.pages import public
from domains.models import Domain

LOOPBACK = ("127.", "::1")
RATE = "600/m"  # of all questions: whoever points a thousand names at us gets no thousand certificates a minute


@public
@require_safe
def may_have_certificate(request: HttpRequest) -> HttpResponse:
    """200 for ?domain= of a verified name, 404 for any other. For this machine, or with ?token=DOMAINS_ASK_TOKEN."""
    if settings.DOMAINS_CERTIFICATES != "on_demand":
        return _told("Certificates are had elsewhere.", 404)
    if not _is_front(request):
        return _told("Not for you.", 403)
    if throttling.count(request, "domains:ask", RATE, "everybody"):
        return _told("Too many questions.", 429)
    host = request.GET.get("domain", "").lower().removesuffix(".")
    if len(host) > 253 or "\x00" in host or not Domain.is_verified(host):
        return _told("No such domain.", 404)
    return _told("Yes.", 200)


def _is_front(request: HttpRequest) -> bool:
    token = settings.DOMAINS_ASK_TOKEN
    if token:
        return bool(constant_time_compare(request.GET.get("token", ""), token))
    return request.META.get("REMOTE_ADDR", "").startswith(LOOPBACK) and "X-Forwarded-For" not in request.headers


def _told(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
