"""For those who run HoopAI: health, readiness and metrics."""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django_prometheus.exports import ExportToDjangoView
from kombu import Connection

from core.pages import public

LOOPBACK = ("127.", "::1")


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except Exception:  # whatever the driver raises, the answer is no
        return False


def cache_answers() -> bool:
    try:
        cache.set("readyz", "1", 5)
        return bool(cache.get("readyz") == "1")
    except Exception:
        return False


def broker_answers() -> bool:
    try:
        with Connection(
            settings.BROKER_URL, connect_timeout=2, transport_options={"socket_connect_timeout": 2}
        ) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
        return True
    except Exception:
        return False


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process is up and the database answers."""
    well = database_answers()
    return JsonResponse({"status": "ok" if well else "down"}, status=200 if well else 503)


@public
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when requests can be served in full: database, cache and broker, each named."""
    parts = {"database": database_answers(), "cache": cache_answers(), "broker": broker_answers()}
    return JsonResponse({"ready": all(parts.values()), **parts}, status=200 if all(parts.values()) else 503)


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics, for this machine or a bearer of METRICS_TOKEN only."""
    address = request.META.get("REMOTE_ADDR", "")
    token = settings.METRICS_TOKEN
    if token and constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}"):
        return ExportToDjangoView(request)
    if not token and address.startswith(LOOPBACK) and "X-Forwarded-For" not in request.headers:
        return ExportToDjangoView(request)
    return HttpResponse("Not for you.", status=403, content_type="text/plain")
