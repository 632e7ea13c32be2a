"""Forgetting where a contact came from: for admins, and audited."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from contacts.views.finding import editable
from core import scope
from core.errors import Forbidden
from core.pages import allowed, link
from objects import dialogs


@allowed("contacts.write")
def reset(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask, then forget the first and the latest interaction.

    Raises:
        Forbidden: whoever asks is no admin.
    """
    if not scope.current().actor.is_admin:
        raise Forbidden("Only an admin of this location can reset the attribution.")
    contact = editable(pk)
    if request.method == "POST":
        contact.reset_attribution()
        return dialogs.done(request, link("contacts:show", pk) + "?panel=activity", "The attribution is reset.")
    context = {
        "title": "Reset the attribution?",
        "text": "The first and the latest interaction are forgotten. The next tracked interaction becomes the first.",
        "action": link("contacts:attribution_reset", pk),
        "submit": "Reset attribution",
        "kind": "danger",
    }
    return dialogs.ask(request, "components/dialog.html", context)
