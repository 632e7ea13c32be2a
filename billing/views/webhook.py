"""Where gateways post their events."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import events
from billing.gateways import BadSignature, NoAnswer
from core.pages import public

MOST = 64 * 1024


@csrf_exempt
@public
@require_POST
def receive(request: HttpRequest, gateway: str) -> HttpResponse:
    """200 for what is known or new, 400 for a wrong signature, 404 for a gateway that is not ours, 503 for what could
    not be looked up and is to be told again."""
    if int(request.headers.get("Content-Length") or 0) > MOST:
        return HttpResponse("too large", status=413, content_type="text/plain")
    try:
        events.receive(gateway, request.headers, request.body)
    except KeyError:
        return HttpResponse("no such gateway", status=404, content_type="text/plain")
    except BadSignature as problem:
        return HttpResponse(problem.message, status=400, content_type="text/plain")
    except NoAnswer:
        return HttpResponse("tell again later", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
