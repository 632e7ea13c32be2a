"""Who else is in an opportunity, who follows it, and its tags."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from contacts.models import Contact
from contacts.views.tagging import MOST_AT_ONCE, refuse_new
from core import ids, scope
from core.errors import Invalid, NotFound, Problem
from core.pages import allowed, is_partial
from opportunities import dealing
from opportunities.models import Opportunity
from opportunities.views.deal import whole
from opportunities.views.fields import gone
from opportunities.views.finding import CHANGED, WRITE, home, shown, telling, visible


@require_POST
@allowed(WRITE)
def participant(request: HttpRequest, pk: str, deed: str) -> HttpResponse:
    """Add or take off an additional contact."""
    opportunity = shown(pk)
    wanted = request.POST.get("contact", "")

    def work() -> None:
        if deed == "remove":
            dealing.remove_participant(opportunity, wanted)
            return
        found = Contact.objects.live().visible_to(scope.current().actor).filter(pk=wanted).first()
        if found is None:
            raise NotFound("Choose a contact.") if ids.is_id(wanted) else Invalid({"contact": "Choose a contact."})
        dealing.add_participant(opportunity, found)

    return _answer(request, opportunity, deed, work, "participants")


@require_POST
@allowed(WRITE)
def follower(request: HttpRequest, pk: str, deed: str) -> HttpResponse:
    """Add or remove a follower."""
    opportunity = shown(pk)
    wanted = request.POST.get("user", "")

    def work() -> None:
        if deed == "remove":
            dealing.unfollow(opportunity, [wanted])
        elif not ids.is_id(wanted):
            raise Invalid({"user": "Choose somebody who works here."})
        else:
            dealing.follow(opportunity, [wanted])

    return _answer(request, opportunity, deed, work, "followers")


@require_POST
@allowed(WRITE)
def tag(request: HttpRequest, pk: str, deed: str) -> HttpResponse:
    """Add tags by name, or remove one."""
    opportunity = shown(pk)
    names = [name for name in request.POST.getlist("tags") if name.strip()][:MOST_AT_ONCE]

    def work() -> None:
        if deed == "remove":
            dealing.untag(opportunity, *names)
            return
        if not names:
            raise Invalid({"tags": "Choose or type a tag."})
        refuse_new(names)
        dealing.tag(opportunity, *names)

    return _answer(request, opportunity, deed, work, "tags")


def _answer(request: HttpRequest, opportunity: Opportunity, deed: str, work: object, place: str) -> HttpResponse:
    """Do it; the details afresh, with the sentence of a refusal beside what was asked."""
    if deed not in ("add", "remove"):
        raise Http404
    trouble = ""
    try:
        work()  # type: ignore[operator]
    except Problem as error:
        trouble = error.message
    if not is_partial(request):
        if trouble:
            messages.error(request, trouble)
        return redirect(home(opportunity.pk))
    if not visible().filter(pk=opportunity.pk).exists():
        return gone(request)
    context = {**whole(request, shown(opportunity.pk)), "trouble": {place: trouble}}
    response = render(request, "opportunities/deal.html", context, status=422 if trouble else 200)
    return response if trouble else telling(response, CHANGED)
