"""Winning, losing, abandoning and reopening; the trash and the way back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from accounts import current
from contacts.contact_form import say
from contacts.models.trash import KEPT_FOR
from core import ids, scope
from core.errors import Invalid, NotFound, Problem
from core.pages import allowed, is_partial, link
from objects import dialogs
from opportunities import dealing
from opportunities.forms import LoseForm
from opportunities.models import LostReason, Opportunity
from opportunities.models.opportunity import STATUSES
from opportunities.views.finding import CHANGED, WRITE, done, home, members, shown, telling

MOST_REASONS = 500


@require_POST
@allowed(WRITE)
def status(request: HttpRequest, pk: str) -> HttpResponse:
    """Set the status; `reason` where it was lost. The answer offers the way back."""
    opportunity = shown(pk)
    given = members(request)
    wanted, before, reason = given.get("status", ""), opportunity.status, opportunity.lost_reason_id
    try:
        dealing.edit(opportunity, status=wanted, lost_reason=given.get("reason") or None)
    except Invalid as error:
        if is_partial(request):
            text = "; ".join(say(each) for each in error.errors.values())
            return HttpResponse(text, status=422, content_type="text/plain; charset=utf-8")
        raise
    sentence = f"{opportunity} is {dict(STATUSES)[wanted].lower()}."
    undo = "" if "undo" in given else _undo(pk, before, reason)
    if is_partial(request):
        return telling(HttpResponse(), CHANGED, "deal:changed", toast=sentence, undo=undo)
    messages.success(request, sentence)
    return redirect(home(pk))


def _undo(pk: str, before: str, reason: str | None) -> str:
    return f"{link('opportunities:status', pk)}?status={before}&undo=1" + (f"&reason={reason}" if reason else "")


@require_http_methods(["GET", "POST"])
@allowed(WRITE)
def lose(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask why, then mark as lost."""
    opportunity = shown(pk)
    reasons = list(LostReason.objects.all()[:MOST_REASONS])
    place = current.location()
    form = LoseForm(
        reasons,
        place.lost_reason_required,
        request.POST if request.method == "POST" else None,
        initial={"reason": opportunity.lost_reason_id or ""},
    )
    if request.method == "POST" and form.is_valid():
        before, reason = opportunity.status, opportunity.lost_reason_id
        try:
            dealing.edit(opportunity, status="lost", lost_reason=form.cleaned_data["reason"] or None)
        except Problem as error:
            form.add_error("reason", say(error.message))
        else:
            return done(request, f"{opportunity} is lost.", home(pk), _undo(pk, before, reason), "deal:changed")
    context = {
        "deal": opportunity,
        "form": form,
        "action": link("opportunities:lose", pk),
        "has_reasons": bool(reasons),
        "may_manage": scope.current().actor.may("pipelines.write"),
    }
    return dialogs.ask(request, "opportunities/lose.html", context, 422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed(WRITE)
def remove(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask, then move to the trash; it can be undone."""
    opportunity = shown(pk)
    if request.method == "POST":
        dealing.trash(opportunity)
        return done(
            request,
            f"{opportunity} is in the trash for {KEPT_FOR.days} days.",
            link("opportunities:board"),
            link("opportunities:restore", pk),
            "drawer:close",
        )
    context = {
        "title": f"Move {opportunity} to the trash?",
        "text": f"For {KEPT_FOR.days} days it can be restored; then it is deleted for good.",
        "action": link("opportunities:remove", pk),
        "submit": "Move to trash",
        "kind": "danger",
    }
    return dialogs.ask(request, "components/dialog.html", context)


@require_POST
@allowed(WRITE)
def restore(request: HttpRequest, pk: str) -> HttpResponse:
    """Take out of the trash."""
    actor = scope.current().actor
    found = Opportunity.objects.trashed().visible_to(actor).filter(pk=pk).first() if ids.is_id(pk) else None
    if found is None:
        raise NotFound("It is not in the trash.")
    dealing.restore(found)
    sentence = f"{found} is back."
    if is_partial(request):
        return telling(HttpResponse(), CHANGED, toast=sentence)
    messages.success(request, sentence)
    return redirect(home(pk))
