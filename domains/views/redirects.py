"""The redirects of a domain."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.views import dialogs
from core.errors import Invalid, Refused
from core.pages import allowed, link
from domains import redirecting
from domains.forms import RedirectForm, say, status
from domains.models import Redirect
from domains.views.pages import find

MANAGE = allowed("domains.write")


def find_redirect(pk: str) -> Redirect:
    """The redirect of the location in scope, or 404."""
    found: Redirect | None = Redirect.objects.select_related("domain").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@MANAGE
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest, pk: str) -> HttpResponse:
    """A new redirect, after those there are."""
    domain = find(pk)
    form = RedirectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            redirecting.add(domain, **form.cleaned_data)
        except (Invalid, Refused) as error:
            say(form, error)
        else:
            return dialogs.done(request, link("settings:domain", domain.pk), "The redirect is added.")
    context = {
        "title": f"Redirect at {domain}",
        "form": form,
        "action": link("settings:redirect_create", domain.pk),
        "submit": "Add redirect",
    }
    return dialogs.ask(request, context, status=status(form))


@MANAGE
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Change a redirect."""
    row = find_redirect(pk)
    begin = {"path": row.path, "target": row.target, "is_permanent": "1" if row.is_permanent else "0"}
    form = RedirectForm(request.POST or None, initial=begin)
    if request.method == "POST" and form.is_valid():
        try:
            redirecting.edit(row, **form.cleaned_data)
        except (Invalid, Refused) as error:
            say(form, error)
        else:
            return dialogs.done(request, link("settings:domain", row.domain_id), "The redirect is saved.")
    context = {
        "title": f"Redirect at {row.domain}",
        "form": form,
        "action": link("settings:redirect_edit", row.pk),
    }
    return dialogs.ask(request, context, status=status(form))


@MANAGE
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask, then delete it."""
    row = find_redirect(pk)
    if request.method == "POST":
        redirecting.delete(row)
        return dialogs.done(request, link("settings:domain", row.domain_id), "The redirect is deleted.")
    context = {
        "title": "Delete this redirect?",
        "text": f"Visitors of {row.domain.host}{row.path} are no longer sent to {row.target}.",
        "action": link("settings:redirect_delete", row.pk),
        "submit": "Delete",
        "kind": "danger",
    }
    return dialogs.ask(request, context)


@MANAGE
@require_POST
def order(request: HttpRequest, pk: str) -> HttpResponse:
    """Take over the order of the redirects."""
    redirecting.arrange(find(pk), request.POST.getlist("ids")[: redirecting.MOST])
    return HttpResponse(status=204)
