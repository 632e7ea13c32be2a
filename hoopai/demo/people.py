"""Two thousand contacts and the businesses they work for."""

from __future__ import annotations

import datetime as dt
import random
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from contacts.models import Business, Contact, Tag
from core import clock, ids
from core.text import slug
from hoopai.demo import fields as demo_fields
from hoopai.demo import phones, words
from objects.models import CustomField

MONTHS = 18
SPAN = dt.timedelta(days=30 * MONTHS)


@dataclass
class Ground:
    """What contacts of one location are drawn from."""

    draw: random.Random
    now: dt.datetime
    column: int  # of words.PEOPLE: 3 Portland, 4 Lisbon
    team: list[User]
    tags: list[Tag]
    fields: dict[str, CustomField]
    businesses: list[Business]
    names: set[tuple[str, str]] = field(default_factory=set)  # of people so far


def id_at(draw: random.Random, moment: dt.datetime) -> str:
    """A key as it would have been made at `moment`."""
    return ids.encode(clock.epoch_ms(moment), ids.TIME_LENGTH) + ids.encode(draw.getrandbits(70), 12)


def plain(text: str) -> str:
    """Letters of an e-mail address: accents folded, the rest left out."""
    spelt = text.lower().replace("ø", "o").replace("ł", "l").replace("ß", "ss").replace("ı", "i")
    folded = unicodedata.normalize("NFKD", spelt)
    return "".join(letter for letter in folded.encode("ascii", "ignore").decode() if letter.isalnum())


def businesses(draw: random.Random, now: dt.datetime, count: int, country: str) -> list[Business]:
    names = [f"{house} {trade}" for house in words.HOUSES for trade in words.TRADES]
    rows = []
    for number, name in enumerate(draw.sample(names, count)):
        city, state, postal_code = draw.choice(words.PLACES[country])
        added = now - SPAN * draw.random()
        rows.append(
            Business(
                id=id_at(draw, added),
                name=name,
                website=f"https://{slug(plain(name))}.example",
                email=f"office@{plain(name)}.example",
                phone=phones.us(2500 + number) if country == "US" else phones.fr(9000 + number),
                description=draw.choice(words.DESCRIPTIONS),
                address=f"{draw.randint(1, 240)} {draw.choice(words.STREETS[country])}",
                city=city,
                state=state,
                postal_code=postal_code,
                country=country,
                created_via="ui",
                date_added=added,
                date_updated=added,
            )
        )
    return rows


def contacts(ground: Ground, count: int) -> list[Contact]:
    """`count` unsaved contacts, oldest first: more in recent months, as in a business that grows."""
    draw = ground.draw
    ages = sorted((draw.random() ** 1.4 for _ in range(count)), reverse=True)
    return [contact(ground, number, ground.now - SPAN * age) for number, age in enumerate(ages)]


def unheard_of(ground: Ground, firsts: list[str], lasts: list[str]) -> tuple[str, str]:
    """A first and a last name that nobody has yet: whoever is in the demo twice is so for a reason."""
    draw = ground.draw
    for attempt in range(40):
        last = draw.choice(lasts) if attempt < 20 else "-".join(draw.sample(lasts, 2))
        name = (draw.choice(firsts), last)
        if name not in ground.names:
            break
    ground.names.add(name)
    return name


def contact(ground: Ground, number: int, added: dt.datetime) -> Contact:
    draw = ground.draw
    firsts, lasts, country, *_ = draw.choices(words.PEOPLE, [group[ground.column] for group in words.PEOPLE])[0]
    first, last = unheard_of(ground, firsts.split(), lasts.split())
    lives = draw.choice(words.PLACES[country])
    business = draw.choice(ground.businesses) if draw.random() < 0.28 else None
    host = plain(business.name) if business else draw.choice(["mail", "post", "inbox"])
    mail = f"{plain(first)}.{plain(last)}{number}@{host}.example"
    is_new = ground.now - added < dt.timedelta(days=20)
    owner = draw.choice(ground.team) if draw.random() < (0.5 if is_new else 0.82) else None
    values: dict[str, Any] = {
        "first_name": first,
        "last_name": last if draw.random() < 0.97 else "",
        "type": "customer" if draw.random() < 0.35 and not is_new else "lead",
        "source": draw.choice(words.SOURCES),
        "business": business,
        "company_name": business.name if business else "",
        "email": mail if draw.random() < 0.93 else "",
        "phone": phones.of_country(country, number) if country != "SE" and draw.random() < 0.88 else "",
        "assigned_to": owner,
        "created_via": draw.choice(["ui", "ui", "import", "api"]),
        "created_by": owner.name if owner else "",
        "tags": [tag.pk for tag in draw.sample(ground.tags, draw.choices([0, 1, 2, 3, 5], [25, 35, 25, 12, 3])[0])],
        "custom": demo_fields.answers(draw, ground.fields, number, added.year),
        "email_validity": draw.choices(["", "valid", "invalid"], [50, 46, 4])[0],
        "date_added": added,
    }
    values["phone_label"] = draw.choice(["mobile", "home", "work", ""]) if values["phone"] else ""
    if draw.random() < 0.7:
        values |= {
            "city": lives[0],
            "state": lives[1],
            "postal_code": lives[2],
            "country": country,
            "timezone": words.ZONES[country],
            "address": f"{draw.randint(1, 300)} {draw.choice(words.STREETS[country])}",
        }
    if draw.random() < 0.25:
        values["date_of_birth"] = dt.date(draw.randint(1946, 2004), draw.randint(1, 12), draw.randint(1, 28))
    if values["email"] and draw.random() < 0.08:
        values["more_emails"] = [f"{plain(first)}{number}@home.example"]
    if values["phone"] and draw.random() < 0.1:
        free = [label for label in ("mobile", "work", "home") if label != values["phone_label"]]
        values["more_phones"] = [{"number": phones.gb(number), "label": draw.choice(free)}] if country != "GB" else []
    if draw.random() < 0.12:
        watchers = [user.pk for user in ground.team if user is not owner]
        values["followers"] = draw.sample(watchers, min(len(watchers), draw.randint(1, 2)))
    values |= disturbing(draw, added)
    active = added + (ground.now - added) * draw.random() ** 0.6
    return Contact(id=id_at(draw, added), last_activity_at=active, date_updated=active, **values)


def disturbing(draw: random.Random, since: dt.datetime) -> dict[str, Any]:
    """Do not disturb: nearly everybody is open, some block a channel, a few everything."""
    chance = draw.random()

    def blocked(status: str, message: str) -> dict[str, str]:
        return {"status": status, "message": message, "code": "", "at": str(clock.iso(since)), "by": "HoopAI"}

    if chance < 0.03:
        return {"dnd": True}
    if chance < 0.08:
        return {"dnd_settings": {"SMS": blocked("active", "Asked for no text messages")}}
    if chance < 0.11:
        return {"dnd_settings": {"Email": blocked("permanent", "Unsubscribed")}, "has_unsubscribed": True}
    if chance < 0.13:
        return {"dnd_settings": {"Call": blocked("active", "Only in writing"), "SMS": blocked("inactive", "")}}
    if chance < 0.135:
        return {"inbound_dnd": {"all": {"status": "active", "message": "Abusive calls"}}}
    return {}
