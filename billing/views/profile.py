"""Settings -> Billing -> Address and tax: who invoices are made out to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from accounts import countries
from accounts.confirming import confirmed
from accounts.forms import show_errors
from billing import exemptions, profile, vat
from billing.models import BillingProfile, TaxExemption
from billing.views.frame import context
from core import clock, scope
from core.errors import Forbidden, Invalid, Refused
from core.pages import allowed, link

MOST_EMAILS = 5


TAX_HELP = (
    "In the European Union and the United Kingdom a VAT number, with its two letters, means reverse charge: no tax on "
    "our invoices."
)


class ProfileForm(forms.Form):
    """The billing information; further addresses one a line."""

    name = forms.CharField(label="Company", max_length=200)
    address = forms.CharField(label="Street and number", max_length=300)
    city = forms.CharField(max_length=100)
    state = forms.CharField(label="State or region", max_length=100, required=False)
    postal_code = forms.CharField(max_length=20, required=False)
    country = forms.ChoiceField(choices=[])
    tax_number = forms.CharField(label="VAT or tax number", max_length=40, required=False)
    wants_invoices = forms.BooleanField(label="E-mail me receipts and invoices", required=False)
    emails = forms.CharField(label="Also send them to", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["country"].choices = list(countries.names().items())  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        number, country = found.get("tax_number", ""), found.get("country", "")
        if number and vat.is_asked(country):
            if not vat.is_number(number, country):
                begins = " or ".join(vat.prefixes(country))
                self.add_error(
                    "tax_number", f"This is no VAT number of {countries.names()[country]}. It begins with {begins}."
                )
            found["tax_number"] = vat.plain(number)
        return found

    def clean_emails(self) -> list[str]:
        found = [line.strip().lower() for line in self.cleaned_data["emails"].splitlines() if line.strip()]
        if len(found) > MOST_EMAILS:
            raise forms.ValidationError(f"At most {MOST_EMAILS} addresses.")
        for email in found:
            forms.EmailField().clean(email)
        return list(dict.fromkeys(found))


class ExemptionForm(forms.Form):
    """A certificate that frees the company from sales tax."""

    number = forms.CharField(label="Number of the certificate", max_length=60)
    country = forms.ChoiceField(choices=[])
    region = forms.CharField(label="State or region", max_length=100, required=False, help_text="Empty for all of it.")
    valid_until = forms.DateField(
        label="Valid until", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    file = forms.FileField(label="Certificate", help_text="PDF, PNG or JPEG, at most 5 MB.")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["country"].choices = list(countries.names().items())  # type: ignore[attr-defined]


@allowed("billing.readonly")
@confirmed
def edit(request: HttpRequest) -> HttpResponse:
    """Shown to all who may see billing, changed by those who may write it. Issued invoices keep what held then."""
    may_write = scope.current().actor.may("billing.write")
    if request.method == "POST" and not may_write:
        raise Forbidden("You may see the billing information, not change it.")
    held = profile.of(scope.company_id())
    shown = {name: getattr(held, name) for name in ProfileForm.base_fields} | {"emails": "\n".join(held.emails)}
    form = ProfileForm(request.POST or None, initial=shown)
    if request.method == "POST" and form.is_valid():
        try:
            if held._state.adding:
                BillingProfile.record_new(company_id=scope.company_id(), **form.cleaned_data)
            else:
                held.change(**form.cleaned_data)
        except Invalid as error:
            show_errors(form, error)
        else:
            messages.success(request, "The billing information is saved. It holds for future invoices.")
            return redirect(link("settings:billing_address"))
    return _page(request, form, ExemptionForm(initial={"country": held.country, "region": held.state}))


@require_POST
@allowed("billing.write")
@confirmed
def send_exemption(request: HttpRequest) -> HttpResponse:
    """A certificate is sent; our staff look at it."""
    form = ExemptionForm(request.POST, request.FILES)
    if form.is_valid():
        given = form.cleaned_data
        file = given.pop("file")
        try:
            content = file.read(exemptions.MOST_BYTES + 1)
            exemptions.send(**given, file_name=file.name, content=content)
        except Invalid as error:
            show_errors(form, error)
        except Refused as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "The certificate is sent. A mail tells you when we have looked at it.")
            return redirect(link("settings:billing_address"))
    held = profile.of(scope.company_id())
    shown = {name: getattr(held, name) for name in ProfileForm.base_fields} | {"emails": "\n".join(held.emails)}
    return _page(request, ProfileForm(initial=shown), form)


@require_GET
@allowed("billing.readonly")
@confirmed
def exemption(request: HttpRequest, pk: str) -> HttpResponse:
    """The certificate as it was sent, as a download."""
    row = exemptions.one(pk)
    answer = HttpResponse(bytes(row.content), content_type=row.content_type)
    answer.headers["Content-Disposition"] = content_disposition_header(True, row.file_name) or "attachment"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@require_POST
@allowed("billing.write")
@confirmed
def remove_exemption(request: HttpRequest, pk: str) -> HttpResponse:
    """The company takes a certificate back."""
    exemptions.take_back(pk)
    messages.success(request, "The certificate is taken back. Invoices that exist do not change.")
    return redirect(link("settings:billing_address"))


def _page(request: HttpRequest, form: forms.Form, exemption_form: forms.Form) -> HttpResponse:
    found = context(request, "settings:billing_address", form=form, exemption=exemption_form, tax_help=TAX_HELP)
    if not found["may_write"]:
        for field in form.fields.values():
            field.disabled = True
    rows = list(TaxExemption.objects.defer("content").order_by("-pk")[: exemptions.MOST])
    for row in rows:
        row.is_over = row.valid_until < clock.today()
    found["exemptions"] = rows
    wrong = form.errors or exemption_form.errors
    return render(request, "billing/address.html", found, status=422 if wrong else 200)
