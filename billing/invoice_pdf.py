"""An invoice on paper: one page or more, drawn from its frozen rows, so that it is the same whenever it is made."""

from __future__ import annotations

import font_roboto
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from billing.models import Invoice
from billing.money import dollars

GREY = (107, 102, 95)
TEXT = (38, 34, 30)
TEAL = (4, 94, 96)


def make(invoice: Invoice) -> bytes:
    """The PDF. Fonts are embedded: names in Latin, Greek and Cyrillic letters print as they are."""
    paper = FPDF(format="letter" if invoice.billed_to.get("country") in ("US", "CA") else "a4")
    paper.add_font("Text", "", font_roboto.Roboto)
    paper.add_font("Text", "B", font_roboto.RobotoBold)
    paper.set_title(f"Invoice {invoice.number}")
    paper.set_creation_date(invoice.issued_at)
    paper.set_margin(20)
    paper.add_page()
    _head(paper, invoice)
    _lines(paper, invoice)
    _sums(paper, invoice)
    return bytes(paper.output())


def _say(paper: FPDF, text: str, size: int = 10, bold: bool = False, colour: tuple[int, int, int] = TEXT) -> None:
    paper.set_font("Text", "B" if bold else "", size)
    paper.set_text_color(*colour)
    paper.multi_cell(0, size * 0.52, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _head(paper: FPDF, invoice: Invoice) -> None:
    _say(paper, "HoopAI", 16, True, TEAL)
    paper.ln(6)
    _say(paper, f"Invoice {invoice.number}", 18, True)
    assert invoice.issued_at is not None
    _say(paper, f"Issued {invoice.issued_at:%d %B %Y}", 10, False, GREY)
    if invoice.period_start and invoice.period_end:
        _say(paper, f"Period {invoice.period_start:%d %b %Y} to {invoice.period_end:%d %b %Y}", 10, False, GREY)
    _say(
        paper, f"{invoice.get_state_display()}{f' on {invoice.paid_at:%d %B %Y}' if invoice.paid_at else ''}", 10, True
    )
    paper.ln(5)
    to = invoice.billed_to
    place = " ".join(part for part in (to.get("postal_code"), to.get("city"), to.get("state")) if part)
    _say(paper, "Billed to", 9, False, GREY)
    for part in (to.get("name"), to.get("address"), place, to.get("country"), to.get("tax_number")):
        if part:
            _say(paper, part)
    paper.ln(6)


def _lines(paper: FPDF, invoice: Invoice) -> None:
    paper.set_text_color(*TEXT)
    paper.set_font("Text", "", 10)
    paper.set_draw_color(229, 226, 221)
    plain = FontFace(emphasis="BOLD", color=GREY)
    with paper.table(
        col_widths=(4, 1), text_align=("LEFT", "RIGHT"), borders_layout="HORIZONTAL_LINES", headings_style=plain,
        line_height=7,
    ) as table:  # fmt: skip
        table.row(["What", "Amount"])
        for line in invoice.lines.all():
            table.row([line.text, dollars(line.amount_cents)])


def _sums(paper: FPDF, invoice: Invoice) -> None:
    paper.ln(4)
    rows = [("Subtotal", invoice.subtotal_cents)]
    if invoice.tax_cents:
        rows.append((f"{invoice.tax_name} {invoice.tax_rate.normalize():f} %", invoice.tax_cents))
    if invoice.credit_cents:
        rows.append(("Credit", -invoice.credit_cents))
    rows.append((f"Total in {invoice.currency}", invoice.total_cents))
    if invoice.refunded_cents:
        rows.append(("Given back", -invoice.refunded_cents))
    for label, cents in rows:
        paper.set_font("Text", "B" if label.startswith("Total") else "", 10)
        paper.cell(paper.epw * 0.8, 7, label, align="R")
        paper.cell(paper.epw * 0.2, 7, dollars(cents), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    if invoice.tax_note:
        paper.ln(4)
        _say(paper, invoice.tax_note, 9, False, GREY)
