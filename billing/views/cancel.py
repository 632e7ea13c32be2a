"""Settings -> Billing -> Cancel: a reason, what is lost, the typed word; and keeping it after all."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.confirming import confirmed
from billing import cancelling, usage
from billing.dates import after, in_words
from billing.views.frame import context
from core import clock, scope
from core.errors import Invalid, Refused
from core.pages import allowed, link

WORD = "CANCEL"


@allowed("billing.write")
@confirmed
def cancel(request: HttpRequest) -> HttpResponse:
    """One page of three steps. Nothing happens before the word is typed."""
    found = context(request, "settings:billing")
    held = found["subscription"]
    if held is None or not held.is_billed:
        raise Refused("There is no paid subscription to cancel. A trial ends by itself and costs nothing.")
    errors: dict[str, str] = {}
    if request.method == "POST":
        if request.POST.get("word", "").strip() != WORD:
            errors["word"] = f"Type {WORD} to confirm."
        try:
            if not errors:
                cancelling.cancel(scope.company_id(), request.POST.get("reason", ""), request.POST.get("comment", ""))
                messages.success(request, "Your subscription is cancelled. Until its end nothing changes.")
                return redirect(link("settings:billing"))
        except Invalid as problem:
            errors |= problem.errors
    ends = held.period_end if held.state == "active" else clock.now()
    found |= {
        "reasons": cancelling.REASONS.items(),
        "errors": errors,
        "given": request.POST,
        "ends": ends,
        "deleted": ends + after(held.plan.retention_days) if ends else None,
        "lines": [line for line in usage.of(scope.company_id()) if line.used],
        "ends_text": in_words(ends) if ends else "",
        "word": WORD,
    }
    return render(request, "billing/cancel.html", found, status=422 if errors else 200)


@require_POST
@allowed("billing.write")
@confirmed
def keep(request: HttpRequest) -> HttpResponse:
    """Take the cancellation back."""
    cancelling.undo(scope.company_id())
    messages.success(request, "Your subscription goes on. Nothing else changed.")
    return redirect(link("settings:billing"))
