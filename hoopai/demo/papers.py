"""The demo's documents: offers, plans and measurements that can be opened."""

from __future__ import annotations

import datetime as dt
import io
import random

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from contacts import documents
from contacts.models import Contact
from core import clock

DAY = dt.timedelta(days=1)
INK, PAPER = "#2f3b3c", "#fbfaf7"


def pdf(title: str, lines: list[str]) -> bytes:
    """One page with a title and lines, as a PDF. Letters that Latin-1 lacks become question marks."""
    drawn = ["BT /F1 20 Tf 60 770 Td 26 TL", f"({_escaped(title)}) Tj T*", "/F1 11 Tf 18 TL"]
    stream = "\n".join([*drawn, *(f"({_escaped(line)}) Tj T*" for line in lines), "ET"]).encode("latin-1", "replace")
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    starts = []
    for number, part in enumerate(parts, 1):
        starts.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, part)
    end = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % start for start in starts)
    out += b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % end
    return bytes(out)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def plan(draw: random.Random) -> bytes:
    """A floor plan of four rooms, as a PNG."""
    image = Image.new("RGB", (900, 640), PAPER)
    pen = ImageDraw.Draw(image)
    across, down = draw.randint(320, 580), draw.randint(240, 400)
    pen.rectangle((60, 60, 840, 580), outline=INK, width=10)
    pen.line((across, 60, across, 580), fill=INK, width=6)
    pen.line((60, down, 840, down), fill=INK, width=6)
    for x, y in ((across, 140), (across, 500), (200, down), (700, down)):
        pen.rectangle((x - 26, y - 26, x + 26, y + 26), fill=PAPER)
    for at, name in (((100, 90), "Kitchen"), ((across + 40, 90), "Hall"), ((100, down + 30), "Living room")):
        pen.text(at, name, fill=INK, font_size=26)
    kept = io.BytesIO()
    image.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def keep(draw: random.Random, people: list[Contact], number: int) -> None:
    """Give `number` contacts an offer, and some of them a plan, measurements and a second version of the offer."""
    since = clock.now() - 61 * DAY
    known = [
        one
        for one in people
        if one.deleted_at is None and one.last_name and one.assigned_to_id and one.date_added < since
    ]
    for place, contact in enumerate(draw.sample(known, min(number, len(known)))):
        ago = draw.uniform(4, 60)
        total = draw.randint(9, 120) * 1000
        with clock.moved(-ago * DAY):
            offer = pdf(
                f"Offer for {contact}",
                ["Work as discussed on site", f"Total: {total:,}", "Half before we begin, half at the handover."],
            )
            held = documents.upload(contact, [ContentFile(offer, f"Offer {contact.last_name}.pdf")], "Offers")
        with clock.moved(-(ago - 1) * DAY):
            if place % 2 == 0:
                documents.upload(contact, [ContentFile(plan(draw), "Ground floor.png")], "Plans")
            if place % 3 == 0:
                rows = "Room,Length,Width\nKitchen,4.20,3.10\nHall,5.60,1.40\nLiving room,6.15,4.80\n"
                documents.upload(contact, [ContentFile(rows.encode(), "Measurements.csv")])
        if place % 4 == 0:
            with clock.moved(-(ago - 3) * DAY):
                again = pdf(f"Offer for {contact}", ["Second version, with oak", f"Total: {total + 2400:,}"])
                documents.add_version(held[0], [ContentFile(again, "Offer with oak.pdf")])
