"""The history of invoices: filters, the file of it, the PDFs of a year, and what the wallet paid as lines of a bill."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from django.core.files.storage import default_storage

from billing import papers, wallet
from billing.models import Invoice, Notice
from billing.tests import make
from core import clock
from core.pages import link


@pytest.fixture
def alice(cast, browse):
    make.over_no_limit(cast)
    make.paying(cast.company, "starter")
    return browse(cast.alice)


def numbers(answer) -> list[str]:
    return [row["Number"] for row in csv.DictReader(io.StringIO(answer.content.decode()))]


def test_invoices_are_filtered_by_day_state_and_kind_on_the_page_and_in_the_file(cast, alice):
    make.wait_until_renewal(cast.company)
    first, renewal = Invoice.objects.order_by("pk")
    page, file = link("settings:billing_invoices"), link("settings:billing_invoices_csv")
    for query, kept in [
        ("", {first, renewal}),
        ("?kind=renewal", {renewal}),
        ("?state=overdue", set()),
        (f"?since={renewal.issued_at:%Y-%m-%d}", {renewal}),
        (f"?until={first.issued_at:%Y-%m-%d}", {first}),
        (f"?since={first.issued_at:%Y-%m-%d}&until={first.issued_at:%Y-%m-%d}&state=paid&kind=plan", {first}),
        ("?since=nonsense&until=9999-99-99&state=x&kind=y", {first, renewal}),
    ]:
        text = alice.get(page + query).content.decode()
        assert {one for one in (first, renewal) if one.number in text} == kept, query
        assert set(numbers(alice.get(file + query))) == {one.number for one in kept}, query
    assert "No invoice is like that" in alice.get(page + "?state=overdue").content.decode()


def test_a_years_invoices_are_one_file_of_pdfs(cast, alice):
    invoice = Invoice.objects.get()
    answer = alice.post(link("settings:billing_invoices_year"), {"year": invoice.issued_at.year})
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert archive.namelist() == [f"{invoice.number}.pdf"] and archive.read(archive.namelist()[0])[:4] == b"%PDF"
    for year in ("1999", "x", "", "20262", "²026"):
        assert alice.post(link("settings:billing_invoices_year"), {"year": year}).status_code == 404


def test_a_long_year_is_made_by_a_task_and_told_by_mail_and_swept_after_a_week(cast, alice, monkeypatch, drain):
    monkeypatch.setattr(papers, "AT_ONCE", 0)
    year, address = Invoice.objects.get().issued_at.year, link("settings:billing_invoices_year")
    with drain():
        answer = alice.post(address, {"year": year}, follow=True)
    assert "put into one file" in answer.content.decode()
    papers.make(cast.company.pk, cast.location.pk, year)
    assert Notice.objects.filter(key="papers_ready").count() == 1, "made once"
    ready = papers.ready(year)
    assert default_storage.exists(ready) and cast.location.pk in ready
    answer = alice.post(address, {"year": year})
    assert len(zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).namelist()) == 1
    papers.sweep()
    assert default_storage.exists(ready)
    with clock.moved(papers.KEPT * 1.1):
        papers.sweep()
    assert not default_storage.exists(ready) and papers.ready(year) == ""


def test_people_without_billing_get_no_papers(cast, alice, browse):
    dora = browse(cast.dora)
    assert dora.post(link("settings:billing_invoices_year"), {"year": "2026"}).status_code == 403


def test_what_the_wallet_paid_is_on_the_next_bill_for_information_with_nothing_due(cast, alice):
    wallet.give(cast.company.pk, "promotional", 50_000_000, "gift", about="Welcome")
    wallet.charge(cast.company.pk, "sms.out", 1_000, "sms-1")
    wallet.charge(cast.company.pk, "call.local.out", 10, "call-1")
    make.wait_until_renewal(cast.company)
    renewal = Invoice.objects.get(purpose="renewal")
    lines = list(renewal.lines.all())
    assert [(line.kind, line.amount_cents) for line in lines] == [("base", 9_700), ("usage", 0), ("usage", 0)]
    assert "Messages: 1 in" in lines[1].text and "$7.90 paid from wallet" in lines[1].text
    assert "$0.14 paid from wallet" in lines[2].text and renewal.total_cents == 9_700
    shown = alice.get(link("settings:billing_invoice", renewal.pk)).content.decode()
    assert "$7.90 paid from wallet" in shown and "$0.00" in shown
    make.wait_until_renewal(cast.company)
    assert Invoice.objects.filter(purpose="renewal").order_by("pk").last().lines.count() == 1, "told once"
