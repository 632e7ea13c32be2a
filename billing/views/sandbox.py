"""The sandbox gateway's own pages: a card number is typed here, never on ours, and a bank is played."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from billing.gateways import sandbox, trial_cards
from billing.models import SandboxCharge, SandboxSetup
from core.errors import Invalid, NotFound
from core.pages import public


class CardForm(forms.Form):
    """A card as it is typed. The sandbox keeps its last four digits."""

    number = forms.CharField(label="Card number", max_length=30)
    expiry = forms.RegexField(
        r"^\s*(0?[1-9]|1[0-2])\s*/\s*(\d{2}|20\d{2})\s*$", label="Expiry", max_length=9,
        error_messages={"invalid": "Write month and year, such as 12/30."},
    )  # fmt: skip
    code = forms.RegexField(
        r"^\d{3,4}$", label="Security code", max_length=4, error_messages={"invalid": "Three or four digits."}
    )

    def month_and_year(self) -> tuple[int, int]:
        month, year = (int(part) for part in self.cleaned_data["expiry"].split("/"))
        return month, year + 2000 if year < 100 else year


@public
@require_http_methods(["GET", "POST"])
def card(request: HttpRequest, pk: str) -> HttpResponse:
    """Type a test card; it is saved with the sandbox and the person goes back to where they came from."""
    if not settings.SANDBOX or not SandboxSetup.objects.filter(pk=pk, token="").exists():
        raise Http404
    form = CardForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        month, year = form.month_and_year()
        try:
            return redirect(sandbox.add_card(pk, form.cleaned_data["number"], month, year))
        except Invalid as problem:
            for name, sentence in problem.errors.items():
                form.add_error(name or None, sentence)
    context = {"form": form, "cards": trial_cards.CARDS, "pk": pk}
    return render(request, "billing/sandbox/card.html", context, status=422 if form.errors else 200)


@public
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, pk: str) -> HttpResponse:
    """The bank asks the person whether they mean it."""
    charge = SandboxCharge.objects.select_related("card").filter(pk=pk, state="needs_action").first()
    if charge is None or not settings.SANDBOX:
        raise Http404
    if request.method == "POST":
        try:
            return redirect(sandbox.confirm(pk, request.POST.get("answer") == "yes") or "/")
        except NotFound:
            raise Http404 from None
    return render(request, "billing/sandbox/confirm.html", {"charge": charge})
