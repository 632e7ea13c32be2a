"""The API's own way in: past sessions, cookies, forms and pages, none of which it uses."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver
from prometheus_client import Histogram

from api.routes import Tree, unknown

SECONDS = Histogram(
    "hoopai_api_seconds",
    "Seconds an API operation took, by operation and status",
    ["operation", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


class ApiDoor:
    """Answers what the API routes, and on a host of its own everything; the rest goes on to the pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    @cached_property
    def tree(self) -> Tree | None:
        return next((one for one in get_resolver().url_patterns if isinstance(one, Tree)), None)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = self.tree.match(request.path_info[1:]) if self.tree is not None else None
        if found is None:
            if settings.API_HOST and request.get_host() == settings.API_HOST:
                return unknown(request)
            return self.get_response(request)
        began = time.perf_counter()
        route, values = found
        response = route.view(request, **values)
        if not response.streaming:
            response["Content-Length"] = str(len(response.content))
        response.headers.setdefault("Cache-Control", "no-store")
        operation = route.operations.get(request.method or "", "unknown")
        SECONDS.labels(operation, response.status_code).observe(time.perf_counter() - began)
        return response
