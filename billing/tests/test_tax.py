"""Who pays which tax: by address, not at all by reverse charge, not at all by a certificate that we accepted."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.tests import make as people
from billing import exemptions, purchasing, tax, vat
from billing import plans as catalogue
from billing.models import BillingProfile, Invoice, Notice, TaxExemption, TaxRate
from billing.tests import make
from core import clock, scope
from core.errors import Invalid, Refused, TooLarge
from core.pages import link

PDF = b"%PDF-1.7\n certificate"
YEAR = dt.timedelta(days=365)
ADDRESS = {"name": "Acme", "address": "1 Street", "city": "Town"}


def lives(company, country: str, number: str = "", state: str = "") -> None:
    given = {"name": "Acme", "country": country, "tax_number": number, "state": state}
    BillingProfile.record_new(company_id=company.pk, **given)


def taxed(percent: str, country: str = "US") -> None:
    TaxRate.objects.create(country=country, name="Sales tax", rate=percent, valid_from=clock.today())


def certificate(**given) -> TaxExemption:
    fields = {"country": "US", "region": "", "number": "ST-5", "valid_until": clock.today() + YEAR}
    return exemptions.send(**{**fields, "file_name": "st5.pdf", "content": PDF, **given})


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("DE123456789", "DE"), ("de 123 456 789", "DE"), ("ATU12345678", "AT"), ("EL123456789", "GR"),
        ("GB123456789", "GB"), ("XI123456789012", "GB"), ("NL123456789B01", "NL"), ("IE1234567FA", "IE"),
        ("FRXX123456789", "FR"), ("ESX1234567X", "ES"), ("SE123456789001", "SE"), ("CY12345678L", "CY"),
    ],
)  # fmt: skip
def test_a_vat_number_has_the_form_of_its_country(number, country):
    assert vat.is_number(number, country)
    assert not vat.is_number(number[:-1], country) or country in ("BG", "CZ", "IE", "RO")
    assert not vat.is_number(number, "US") and not vat.is_number(number, "PL")
    assert not vat.is_number(vat.plain(number)[2:], country), "without its letters it is none"


@given(st.text(max_size=30), st.sampled_from(["DE", "GR", "GB", "US", "FR", ""]))
def test_no_text_upsets_the_check(number, country):
    assert vat.is_number(number, country) in (True, False)


def test_a_business_in_another_country_with_a_vat_number_pays_no_tax_and_the_invoice_says_why(cast, browse):
    make.over_no_limit(cast)
    taxed("19", "DE")
    lives(cast.company, "DE", "DE123456789")
    make.paying(cast.company, "starter")
    invoice = Invoice.objects.get()
    assert (invoice.tax_cents, invoice.total_cents) == (0, 9_700)
    assert "Reverse charge" in invoice.tax_note and "DE123456789" in invoice.tax_note
    shown = browse(cast.alice).get(link("settings:billing_invoice", invoice.pk)).content.decode()
    assert "Reverse charge" in shown
    assert purchasing.quote(cast.company.pk, catalogue.named("professional"), "month").tax_cents == 0
    BillingProfile.objects.get().change(tax_number="")
    assert purchasing.quote(cast.company.pk, catalogue.named("professional"), "month").tax_cents > 0
    invoice.refresh_from_db()
    assert "Reverse charge" in invoice.tax_note, "an issued invoice does not change"


def test_a_number_of_our_own_country_or_of_another_than_the_address_changes_nothing(cast):
    taxed("10")
    taxed("19", "DE")
    for address in ({"country": "US", "tax_number": "DE123456789"}, {"country": "DE", "tax_number": "ATU12345678"}):
        assert tax.rate_of(cast.company.pk, address, clock.today()).percent in (10, 19)


def test_the_page_refuses_a_number_that_is_none_and_keeps_one_that_is(cast, browse):
    alice = browse(cast.alice)
    wrong = alice.post(link("settings:billing_address"), {**ADDRESS, "country": "DE", "tax_number": "12345"})
    assert wrong.status_code == 422 and "no VAT number of Germany. It begins with DE" in wrong.content.decode()
    assert not BillingProfile.objects.exists()
    alice.post(link("settings:billing_address"), {**ADDRESS, "country": "DE", "tax_number": "de 123.456-789"})
    assert BillingProfile.objects.get().tax_number == "DE123456789"
    alice.post(link("settings:billing_address"), {**ADDRESS, "country": "US", "tax_number": "12-3456789"})
    assert BillingProfile.objects.get().tax_number == "12-3456789", "elsewhere it is only printed"


def test_a_certificate_frees_from_tax_once_it_is_accepted_and_until_it_expires(cast):
    make.over_no_limit(cast)
    taxed("10")
    make.paying(cast.company, "starter")
    assert Invoice.objects.get().tax_cents == 970
    row = certificate(valid_until=clock.today() + dt.timedelta(days=40))
    assert purchasing.quote(cast.company.pk, catalogue.named("professional"), "month").tax_cents > 0
    exemptions.accept(row)
    assert purchasing.quote(cast.company.pk, catalogue.named("professional"), "month").tax_cents == 0
    assert Notice.objects.filter(key="exemption_accepted").count() == 1
    make.wait_until_renewal(cast.company)
    first = Invoice.objects.filter(purpose="renewal").order_by("pk").last()
    assert first.tax_cents == 0 and "certificate ST-5" in first.tax_note
    make.wait_until_renewal(cast.company)
    assert Invoice.objects.filter(purpose="renewal").order_by("pk").last().tax_cents == 970
    with pytest.raises(Refused, match="looked at before"):
        exemptions.accept(row)


def test_a_certificate_holds_where_it_was_given(cast):
    taxed("10")
    exemptions.accept(certificate(region="NY"))
    here = {"country": "US", "state": "NY"}
    assert tax.rate_of(cast.company.pk, here, clock.today()).percent == 0
    for elsewhere in ({"country": "US", "state": "NJ"}, {"country": "US"}):
        assert tax.rate_of(cast.company.pk, elsewhere, clock.today()).percent == 10
    assert tax.rate_of(cast.globex.pk, here, clock.today()).percent == 10, "another company's"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"content": b"MZ program"}, Invalid),
        ({"content": PDF + b"x" * exemptions.MOST_BYTES}, TooLarge),
        ({"number": " "}, Invalid),
        ({"country": "XX"}, Invalid),
        ({"valid_until": dt.date(2020, 1, 1)}, Invalid),
        ({"valid_until": dt.date(2200, 1, 1)}, Invalid),
    ],
)
def test_what_is_no_certificate_is_refused(cast, given, error):
    with pytest.raises(error):
        certificate(**given)
    assert not TaxExemption.objects.exists()


def test_on_the_page_a_certificate_is_sent_read_and_taken_back(cast, browse):
    alice = browse(cast.alice)
    file = SimpleUploadedFile("st 5.pdf", PDF, content_type="text/html")
    given = {"number": "ST-5", "country": "US", "valid_until": f"{clock.today() + YEAR}"}
    alice.post(link("settings:billing_exemptions"), {**given, "file": file})
    row = TaxExemption.objects.get()
    page = alice.get(link("settings:billing_address")).content.decode()
    assert "Certificate ST-5" in page and "Being looked at" in page
    sent = alice.get(link("settings:billing_exemption", row.pk))
    assert (
        sent.content == PDF
        and sent["Content-Type"] == "application/pdf"
        and "attachment" in sent["Content-Disposition"]
    )
    wrong = alice.post(link("settings:billing_exemptions"), {**given, "file": SimpleUploadedFile("a.html", b"<b>")})
    assert wrong.status_code == 422 and "PDF, PNG or JPEG" in wrong.content.decode()
    with scope.fresh(company_id=cast.globex.pk):
        theirs = certificate()
    for name in ("billing_exemption", "billing_exemption_remove"):
        address = link(f"settings:{name}", theirs.pk)
        answer = alice.get(address) if name == "billing_exemption" else alice.post(address)
        assert answer.status_code == 404
    assert browse(cast.dora).get(link("settings:billing_exemption", row.pk)).status_code == 403
    alice.post(link("settings:billing_exemption_remove", row.pk))
    assert list(TaxExemption.objects.everywhere(reason="test")) == [theirs]


def test_our_staff_read_a_certificate_and_accept_or_refuse_it_in_the_admin(cast, browse):
    first, second = certificate(), certificate(number="ST-6")
    olga = browse(people.user(cast.company, "Olga", agency_role="admin", is_staff=True, is_superuser=True))
    address = reverse("admin:billing_taxexemption_changelist")
    assert olga.get(reverse("admin:billing_taxexemption_file", args=[first.pk])).content == PDF
    olga.post(address, {"action": "accept", "_selected_action": [first.pk]})
    change = reverse("admin:billing_taxexemption_change", args=[second.pk])
    assert "st5.pdf" in olga.get(change).content.decode()
    olga.post(change, {"note": "It is not signed"})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state, second.note) == ("accepted", "refused", "It is not signed")
    assert Notice.objects.filter(key="exemption_refused").count() == 1
    alice = browse(cast.alice)
    assert alice.get(reverse("admin:billing_taxexemption_file", args=[first.pk])).status_code in (302, 403, 404)
