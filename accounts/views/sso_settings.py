"""Settings → Security → Single sign-on: what the provider has to know, whose it is, and whether people must use it."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

from cryptography import x509
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts import current
from accounts.confirming import confirm_recently, confirmed
from accounts.forms import MetadataForm, SignOnModeForm, show_errors
from accounts.models import Company, SingleSignOn
from accounts.models.single_sign_on import ENFORCED, OFF, OPTIONAL
from accounts.second_factor import policy
from accounts.sso import keeping, provider, state
from core import clock
from core.errors import Invalid, NotFound, Refused
from core.pages import allowed, link
from journal.models import Entry
from journal.sentences import changes_of, sentence

SHOWN = 8  # entries of its history
SAID = {
    OFF: "Single sign-on is off. Everybody signs in with a password.",
    OPTIONAL: "Your people may use single sign-on now.",
    ENFORCED: "Single sign-on is the only way in now, for everybody but the owner.",
}


def company_here() -> Company:
    """The company of the location in scope.

    Raises:
        NotFound: its plan has no single sign-on.
    """
    rows = Company.objects.everywhere(reason="the location in scope names it").select_related("owner")
    company: Company = rows.get(pk=current.location().company_id)
    if not state.is_offered(company.pk):
        raise NotFound("There is no such page.")
    return company


@allowed("settings.write")
def page(request: HttpRequest) -> HttpResponse:
    """The whole set-up; a POST brings the provider's metadata."""
    company = company_here()
    form = MetadataForm()
    if request.method == "POST":
        if answer := confirm_recently(request):
            return answer
        form = MetadataForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                held = keeping.keep_provider(company, request.user, form.cleaned_data["data"])
            except Invalid as error:
                show_errors(form, error)
            else:
                messages.success(request, f"The identity provider {held.entity_id} is set up.")
                return redirect(link("settings:single_sign_on"))
    return show(request, company, form)


@allowed("settings.write")
@require_POST
@confirmed
def mode(request: HttpRequest) -> HttpResponse:
    """Off, optional or enforced."""
    company = company_here()
    form = SignOnModeForm(request.POST)
    if form.is_valid():
        try:
            held = keeping.set_mode(company, request.user, form.cleaned_data["mode"])
        except Refused as error:
            form.add_error("mode", error.message)
        else:
            messages.success(request, SAID[held.mode])
            return redirect(link("settings:single_sign_on"))
    return show(request, company, MetadataForm(), form)


@allowed("settings.write")
@confirmed
def remove(request: HttpRequest) -> HttpResponse:
    """Ask, then forget the provider."""
    company = company_here()
    keeping.check(company, request.user)
    if request.method == "POST":
        keeping.forget_provider(company, request.user)
        messages.success(request, "The identity provider is removed.")
        return redirect(link("settings:single_sign_on"))
    held = state.kept(company.pk)
    if held is None:
        raise NotFound("There is no identity provider.")
    context = {"held": held, "settings_title": "Single sign-on", "settings_url": link("settings:single_sign_on")}
    return render(request, "settings/single_sign_on_remove.html", context)


def show(
    request: HttpRequest, company: Company, form: MetadataForm, mode_form: SignOnModeForm | None = None
) -> HttpResponse:
    held = state.kept(company.pk)
    context: dict[str, Any] = {
        "settings_title": "Security",
        "settings_url": link("settings:security"),
        "held": held,
        "form": form,
        "mode_form": mode_form or SignOnModeForm(initial={"mode": held.mode if held else OFF}),
        "certificates": certificates(held) if held else [],
        "history": history(company.pk),
        "may_write": keeping.may_set_up(request.user, company),
        "owner_is_safe": company.owner is not None and policy.has(company.owner),
        "ours": [
            ("Entity ID", provider.entity_id()),
            ("Assertion URL (ACS)", provider.assertion_url()),
            ("Metadata URL", provider.entity_id()),
        ],
    }
    wrong = form.errors or (mode_form is not None and mode_form.errors)
    return render(request, "settings/single_sign_on.html", context, status=422 if wrong else 200)


def certificates(held: SingleSignOn) -> list[dict[str, Any]]:
    """What people compare with the provider's own pages: fingerprint and end of each certificate."""
    rows: list[dict[str, Any]] = []
    for text, mark in zip(held.certificates, held.fingerprints, strict=True):
        ends = x509.load_der_x509_certificate(base64.b64decode(text)).not_valid_after_utc
        rows.append({"fingerprint": mark, "ends": ends, "is_late": ends < clock.now() + dt.timedelta(days=30)})
    return rows


def history(company_id: str) -> list[dict[str, Any]]:
    """What was changed last and whom the provider could not let in: the audit logs of locations have it not, since it
    is the company's. One query."""
    rows = Entry.objects.everywhere(reason="the company's own, in no location; the company is named")
    found = rows.filter(company_id=company_id, location_id=None, verb__startswith="single_sign_on.").order_by("-id")
    return [
        {
            "entry": entry,
            "said": sentence(entry, {}),
            "mode": next(
                (f"{old} to {new}" for label, old, new in changes_of(entry, {}) if label == "mode" and old), ""
            ),
        }
        for entry in found[:SHOWN]
    ]
