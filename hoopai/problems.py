"""Error answers: a page for people, JSON for programs."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from core import scope

PAGES = ("/l/", "/account/", "/admin/", "/styleguide", "/static/", "/docs/")


def is_page(request: HttpRequest) -> bool:
    """Whether a person looks at this address; everything else belongs to the API."""
    return request.path_info == "/" or request.path_info.startswith(PAGES)


def as_json(status: int, message: str, error: str) -> JsonResponse:
    return JsonResponse(
        {
            "statusCode": status,
            "message": message,
            "error": error,
            "traceId": scope.current().request_id or str(uuid.uuid4()),
        },
        status=status,
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_page(request):
        return render(request, "400.html", status=400)
    return as_json(400, "Bad Request", "Bad Request")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_page(request):
        return render(request, "403.html", status=403)
    return as_json(403, "Forbidden", "Forbidden")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_page(request):
        return render(request, "404.html", status=404)
    return as_json(404, f"Cannot {request.method} {request.get_full_path()}", "Not Found")


def server_error(request: HttpRequest) -> HttpResponse:
    if is_page(request):
        return render(request, "500.html", {"request_id": getattr(request, "id", "")}, status=500)
    return as_json(500, "Internal Server Error", "Internal Server Error")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or a request from elsewhere."""
    return render(
        request,
        "403.html",
        {
            "message": "This form was open for too long, or cookies are switched off. Go back, reload the page and send it again."
        },
        status=403,
    )
