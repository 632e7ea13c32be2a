"""Where a contact came from: the first tracked interaction, set once, and the latest.

Forms, surveys, bookings, the chat widget and order forms say `capture(contact, visit)`. A page view alone is none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from contacts.models import Contact
from core import clock, scope

PAID_SEARCH, PAID_SOCIAL, ORGANIC, SOCIAL = "Paid Search", "Paid Social", "Organic Search", "Social Media"
REFERRAL, DIRECT, OTHERS, CRM_UI, THIRD_PARTY = "Referral", "Direct", "Others", "CRM UI", "Third-party"
CATEGORIES = (PAID_SEARCH, PAID_SOCIAL, ORGANIC, SOCIAL, REFERRAL, DIRECT, OTHERS, CRM_UI, THIRD_PARTY)
CREATED = {"ui": (CRM_UI, "manual"), "api": (THIRD_PARTY, "api"), "import": (THIRD_PARTY, "import")}
MEDIA = ("form", "survey", "calendar", "chat_widget", "order_form", "call", "sms", "email", "whatsapp")
DIRECTLY = ("call", "sms", "email", "whatsapp")  # a message or a call: no page was visited

MEMBERS = (
    "category", "campaign", "campaignId", "utmSource", "utmMedium", "utmContent", "utmTerm", "url", "referrer", "gclid",
    "fbclid", "msclkid", "dclid", "fbc", "fbp", "fbEventId", "userAgent", "ip", "medium", "mediumId", "at",
)  # fmt: skip
LABELS = {
    "campaign": "Campaign", "campaignId": "Campaign id", "utmSource": "UTM source", "utmMedium": "UTM medium",
    "utmContent": "UTM content", "utmTerm": "UTM term", "url": "Page", "referrer": "Referrer",
    "gclid": "Google click id", "fbclid": "Facebook click id", "msclkid": "Microsoft click id",
    "dclid": "Display click id", "fbc": "Facebook click cookie", "fbp": "Facebook browser cookie",
    "fbEventId": "Facebook event id", "userAgent": "Browser", "ip": "IP address", "medium": "Medium",
    "mediumId": "Medium id",
}  # fmt: skip
FROM_PAGE = {
    "utm_campaign": "campaign", "utm_source": "utmSource", "utm_medium": "utmMedium", "utm_content": "utmContent",
    "utm_term": "utmTerm", "campaign_id": "campaignId", "utm_id": "campaignId", "gclid": "gclid", "fbclid": "fbclid",
    "msclkid": "msclkid", "dclid": "dclid",
}  # fmt: skip
CLICK_IDS = {"gclid": PAID_SEARCH, "msclkid": PAID_SEARCH, "dclid": PAID_SEARCH, "fbclid": PAID_SOCIAL}
WIRE = {"category": "sessionSource", "msclkid": "msclikid"}

SEARCH_SITES = ("google", "bing", "duckduckgo", "yahoo", "ecosia", "baidu", "yandex", "qwant", "startpage", "brave")
SOCIAL_SITES = (
    "facebook", "instagram", "linkedin", "twitter", "x", "t", "lnkd", "fb", "youtube", "youtu", "tiktok", "pinterest",
    "reddit", "snapchat", "threads", "whatsapp", "messenger",
)  # fmt: skip
# UTM values are compared as they stand, letter case included: CPC is another medium than cpc.
PAID_MEDIA = ("cpc", "ppc", "paid", "paidsearch", "paid_search", "paid-search", "sem", "cpm", "cpv", "display")
PAID_SOCIAL_MEDIA = ("paidsocial", "paid_social", "paid-social")
SOCIAL_MEDIA = ("social", "social_media", "social-media", "social-network", "sm")
MESSAGE_MEDIA = ("email", "e-mail", "sms", "call", "phone", "whatsapp")
SHORT = {"x": ("x.com",), "t": ("t.co",), "fb": ("fb.com", "fb.me", "fb.watch")}
LONGEST = 2000


@dataclass(frozen=True)
class Visit:
    """One tracked interaction, as the page or channel that saw it tells it.

    Args:
        medium: one of MEDIA, or page_view, which is no interaction.
        medium_id: of the form, calendar or widget.
        url: of the page; UTM values and click ids are read from it where `details` does not name them.
        details: members of a snapshot that are known better than the page's address tells, such as fbc and fbp.
    """

    medium: str
    medium_id: str = ""
    url: str = ""
    referrer: str = ""
    user_agent: str = ""
    ip: str = ""
    details: Mapping[str, str] | None = None
    at: dt.datetime | None = None


def capture(contact: Contact, visit: Visit) -> bool:
    """Keep a visit as the latest interaction, and as the first where there is none.

    Returns:
        Whether it counted; a page view does not.

    Raises:
        ValueError: no such medium.
    """
    if visit.medium == "page_view":
        return False
    if visit.medium not in MEDIA:
        raise ValueError(f"{visit.medium} is no medium; there are {', '.join(MEDIA)}")
    taken = snapshot(visit)
    contact.attribute(taken)
    return True


def snapshot(visit: Visit) -> dict[str, Any]:
    """What is kept of a visit; only members that have a value."""
    query = parse_qs(urlsplit_safely(visit.url)[1])
    told: dict[str, Any] = {FROM_PAGE[name]: values[0] for name, values in query.items() if name in FROM_PAGE}
    told |= {name: value for name, value in (visit.details or {}).items() if name in MEMBERS and value}
    told |= {
        "url": visit.url,
        "referrer": visit.referrer,
        "userAgent": visit.user_agent,
        "ip": visit.ip,
        "medium": visit.medium,
        "mediumId": visit.medium_id,
    }
    found = {name: str(value).replace("\x00", "")[:LONGEST] for name, value in told.items() if value}
    found["category"] = OTHERS if visit.medium in DIRECTLY else category_of(found)
    found["at"] = clock.iso(visit.at or clock.now()) or ""
    return {name: found[name] for name in MEMBERS if name in found}


def category_of(held: Mapping[str, Any]) -> str:
    """The category of a snapshot: its click ids decide, then its UTM values, then the referring domain, else Direct."""
    for name, category in CLICK_IDS.items():
        if held.get(name):
            return category
    by_utm = _category_of_utm(str(held.get("utmSource") or ""), str(held.get("utmMedium") or ""))
    if by_utm:
        return by_utm
    host = urlsplit_safely(str(held.get("referrer") or ""))[0]
    if not host or host == urlsplit_safely(str(held.get("url") or ""))[0]:
        return DIRECT
    if is_of(host, SEARCH_SITES):
        return ORGANIC
    return SOCIAL if is_of(host, SOCIAL_SITES) else REFERRAL


def created_by_hand(via: str = "") -> dict[str, Any] | None:
    """The snapshot of a contact that is being created through a page, a program or a file; None for all else.

    Args:
        via: the door, if not the one in scope.
    """
    found = CREATED.get(via or scope.current().via)
    if found is None:
        return None
    return {"category": found[0], "medium": found[1], "at": clock.iso(clock.now())}


def from_wire(given: Mapping[str, Any]) -> dict[str, Any]:
    """A snapshot from the API's members; those that only the wire knows are kept as they are.

    The category is the one named, or the one that the members tell.
    """
    names = {wire: name for name, wire in WIRE.items()}
    found = {names.get(name, name): value for name, value in given.items() if value is not None}
    if not found.get("category"):
        found["category"] = category_of(found)
    found.setdefault("at", clock.iso(clock.now()))
    return found


def to_wire(held: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A snapshot in the API's members; `url` is always there."""
    if not held:
        return None
    found = {WIRE.get(name, name): value for name, value in held.items() if name != "at"}
    return {"url": "", **found}


def cards(contact: Contact) -> list[dict[str, Any]]:
    """The first and the latest interaction for people: title, category, medium, when, and (label, value) pairs."""
    found = []
    for title, held in (
        ("First interaction", contact.first_attribution),
        ("Latest interaction", contact.last_attribution),
    ):
        if isinstance(held, dict) and held:
            category = held.get("category") or held.get("sessionSource") or category_of(held)
            found.append(
                {
                    "title": title,
                    "category": str(category)[:80],
                    "medium": str(held.get("medium") or "").replace("_", " ").capitalize()[:80],
                    "at": _moment(held.get("at")),
                    "details": [(LABELS[name], str(held[name])) for name in LABELS if held.get(name)],
                }
            )
    return found


def urlsplit_safely(address: str) -> tuple[str, str]:
    """(host without www, query) of an address; empty where it is none."""
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        return (parts.hostname or "").removeprefix("www."), parts.query
    except ValueError:
        return "", ""


def is_of(host: str, sites: tuple[str, ...]) -> bool:
    """Whether a host belongs to one of these sites in any country: google.co.uk, m.facebook.com."""
    labels = host.split(".")
    for site in sites:
        if site in SHORT:
            if any(host == name or host.endswith(f".{name}") for name in SHORT[site]):
                return True
        elif site in labels[-3:-1]:
            return True
    return False


def _category_of_utm(source: str, medium: str) -> str:
    is_social = source in SOCIAL_SITES
    if medium in PAID_SOCIAL_MEDIA or (medium in PAID_MEDIA and is_social):
        return PAID_SOCIAL
    if medium in PAID_MEDIA:
        return PAID_SEARCH
    if medium in SOCIAL_MEDIA:
        return SOCIAL
    if medium == "organic":
        return ORGANIC
    if medium == "referral":
        return REFERRAL
    if medium in MESSAGE_MEDIA:
        return OTHERS
    if is_social:
        return SOCIAL
    return ORGANIC if source in SEARCH_SITES else ""


def _moment(text: Any) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None
