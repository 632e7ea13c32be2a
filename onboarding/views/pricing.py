"""/pricing/: what the plans cost and hold, for everybody."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from billing import plans as catalogue
from core.pages import public
from onboarding import comparing
from onboarding.forms import DEFAULT_PLAN


@public
@require_safe
def pricing(request: HttpRequest) -> HttpResponse:
    """The plans, monthly or with ?by=year. Where nobody can sign up there is nothing to sell."""
    if not settings.SIGN_UP:
        return redirect("home")
    plans = catalogue.current()
    by_year = request.GET.get("by") == "year"
    cards = [
        {
            "plan": plan,
            "cents": plan.annual_cents // 12 if by_year else plan.monthly_cents,
            "facts": comparing.highlights(plan),
            "is_usual": plan.key == DEFAULT_PLAN,
        }
        for plan in plans
    ]
    savings = sorted({plan.saving_percent for plan in plans})
    context = {
        "cards": cards,
        "by_year": by_year,
        "plans": plans,
        "groups": comparing.table(plans),
        "trial": comparing.trial(),
        "saving": savings[-1] if savings else 0,
    }
    return render(request, "onboarding/pricing.html", context)
