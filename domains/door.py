"""The way in of visitors of a custom domain. They get its redirects, its robots text and a plain page: never the CRM."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.template.loader import render_to_string

from accounts import current
from core import access, scope
from domains import names, redirecting
from domains.models import Domain

OPEN_TO_ROBOTS = "User-agent: *\nDisallow:\n"
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class CustomDomains:
    """Answers what is asked of a domain that somebody added; stands before everything that knows sessions or pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = asked_host(request)
        if is_own(host):
            return self.get_response(request)
        domain = Domain.answering(host)
        if domain is None:
            return self.get_response(request)  # no name of ours or of anybody: ALLOWED_HOSTS refuses it
        with scope.fresh(), current.at(domain.location, via="ui"):
            answer = answered(request, domain)
        answer["Content-Security-Policy"] = POLICY
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Referrer-Policy"] = "strict-origin-when-cross-origin"
        return answer


def asked_host(request: HttpRequest) -> str:
    """The host of the request as it is kept, without port; ALLOWED_HOSTS has not been asked. "" for none."""
    raw = request.META.get("HTTP_HOST", "")
    host, _ = split_domain_port(raw)
    return host.lower().removesuffix(".")


def is_own(host: str) -> bool:
    """Whether a host is this installation's own, or none that anybody could have added."""
    if "." not in host or host[-1].isdigit() or host.startswith("["):
        return True
    named = [one for one in settings.ALLOWED_HOSTS if one != "*"]
    return host in names.own_hosts() or validate_host(host, named)


def answered(request: HttpRequest, domain: Domain) -> HttpResponse:
    """What a visitor of `domain` gets."""
    if not domain.is_served:
        return _page("This domain is not set up yet.", status=404)
    if settings.SECURE and not request.is_secure():
        return _sent_on(f"https://{domain.host}{request.get_full_path()}", is_permanent=True)
    place = domain.location
    if not place.is_active or place.suspended_at or not access.is_full():
        answer = _page("This site is temporarily unavailable.", status=503)
        answer["Retry-After"] = "86400"
        return answer
    if request.path_info == "/robots.txt":
        text = domain.robots + "\n" if domain.robots else OPEN_TO_ROBOTS
        return HttpResponse(text, content_type="text/plain; charset=utf-8")
    found = redirecting.match(request.path_info, domain.redirects.all()[: redirecting.MOST])
    if found is not None:
        rule, rest = found
        return _sent_on(redirecting.address(rule, rest, request.META.get("QUERY_STRING", "")), rule.is_permanent)
    if request.path_info == "/":
        return _page("Nothing is published here yet.", status=200)
    return _page("There is no such page.", status=404)


def _page(text: str, status: int) -> HttpResponse:
    answer = HttpResponse(render_to_string("domains/plain.html", {"text": text}), status=status)
    answer["X-Robots-Tag"] = "noindex"
    answer["Cache-Control"] = "no-store"
    return answer


def _sent_on(url: str, is_permanent: bool) -> HttpResponse:
    """Any web address will do: its owner wrote it, and it was checked then."""
    answer = HttpResponse(status=301 if is_permanent else 302)
    answer["Location"] = url
    answer["Cache-Control"] = "max-age=300"
    return answer
