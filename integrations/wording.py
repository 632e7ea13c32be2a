"""The text of a message: a template of the location, filled in for one contact or deal, safe for Slack."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings

from contacts.models import Contact
from core.pages import link
from integrations.happenings import Happening
from integrations.models.mapping import LONGEST
from objects.rendering import render
from opportunities import money
from opportunities.models import Opportunity

OWN = re.compile(r"\{\{\s*(contact\.link|deal\.(?:name|value|owner|pipeline|link))\s*\}\}", re.IGNORECASE)
SAMPLE = {
    "contact.link": "",
    "deal.name": "Website for Example Ltd",
    "deal.owner": "Erin Example",
    "deal.pipeline": "Sales",
    "deal.link": "",
}


def of_contact(template: str, contact: Contact) -> str:
    """The message about a contact."""
    return _filled(template, contact, {"contact.link": _link("contacts:show", contact.pk, contact)})


def of_deal(template: str, deal: Opportunity) -> str:
    """The message about an opportunity; its contact, owner and pipeline are read with it."""
    own = {
        "contact.link": _link("contacts:show", deal.contact_id, deal.contact),
        "deal.name": escaped(deal.name),
        "deal.value": escaped(money.shown(deal.value_cents)),
        "deal.owner": escaped(deal.assigned_to.name if deal.assigned_to else "nobody"),
        "deal.pipeline": escaped(str(deal.pipeline)),
        "deal.link": _link("opportunities:show", deal.pk, deal.name),
    }
    return _filled(template, deal.contact, own)


def sample(template: str) -> str:
    """The message about somebody made up, marked as a test."""
    person = Contact(
        first_name="Ann", last_name="Example", email="ann@example.com", phone="+12025550100", source="Test"
    )
    own = {name: escaped(value) for name, value in SAMPLE.items()} | {"deal.value": escaped(money.shown(520_000))}
    return f"_A test from HoopAI:_ {_filled(template, person, own)}"


def of_many(what: Happening, count: int) -> str:
    """The message that tells many at once as a number."""
    return f"{what.many.format(count=f'{count:,}')}\n<{settings.BASE_URL}{link(what.many_url)}|Open in HoopAI>"


def escaped(text: Any) -> str:
    """Text that Slack takes literally: no mention, no link can come out of it."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _link(name: str, pk: str, words: Any) -> str:
    return f"<{settings.BASE_URL}{link(name, pk)}|{escaped(words).replace('|', ' ')}>"


def _filled(template: str, contact: Contact, own: dict[str, str]) -> str:
    """Our tags first, one by one; what stands between them is rendered by itself, so no value is read for tags."""
    pieces = OWN.split(template)
    texts = [
        own.get(piece.lower(), "") if place % 2 else escaped(render(piece, contact))
        for place, piece in enumerate(pieces)
    ]
    lines = (re.sub(r"[ \t]+", " ", line).strip() for line in "".join(texts).splitlines())
    return "\n".join(line for line in lines if line)[: LONGEST * 2]
