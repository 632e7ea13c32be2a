"""Pages of a contact that was folded into another one lead to that one, also from a tab that has been open for long."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from contacts.merging import former
from contacts.models import Contact
from core import ids, scope
from core.errors import NotFound
from core.pages import is_partial, link

GetResponse = Callable[[HttpRequest], HttpResponse]


class FollowMerged:
    """Middleware. Costs nothing until a page is not found; then one query an id in its address."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        match = request.resolver_match
        if not isinstance(error, (NotFound, Http404)) or match is None or scope.current().location_id is None:
            return None
        for value in match.kwargs.values():
            master = former.master_of(value) if ids.is_id(value) else ""
            if not master:
                continue
            found = Contact.objects.visible_to(scope.current().actor).filter(pk=master).first()
            return _lead(request, value, found) if found else None
        return None


def _lead(request: HttpRequest, old: str, master: Contact) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        messages.error(request, f"This contact has been merged into {master}. What you did there was not saved.")
    elif not is_partial(request):
        return redirect(request.get_full_path().replace(old, master.pk))
    target = link("contacts:show", master.pk)
    if not is_partial(request):
        return redirect(target)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = target
    return response
