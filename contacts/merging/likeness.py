"""How much two contacts look like one person. Pure: no database, no clock.

Equal primary e-mails, phones and names are found without looking at pairs; here is what almost matches. A likeness of
names alone is not enough: many people share names. It takes a second sign: an address, a number or a company.
"""

from __future__ import annotations

from typing import NamedTuple

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio

NAMES_ALIKE = 84  # per cent of letters in common, in order
SURELY_ALIKE = 92  # where something else speaks against it
COLLEAGUES_ALIKE = 88  # where only the company speaks for it besides
LEAST_LOCAL = 5  # letters before the @ that say something
ELSEWHERE = "same e-mail name elsewhere"
DIGITS = str.maketrans("", "", "0123456789")


class Card(NamedTuple):
    """What is compared of a contact: `name` folded, `email` lower case, `phone` E.164, `company` folded."""

    id: str
    name: str
    email: str
    phone: str
    company: str


class Likeness(NamedTuple):
    """`score` in per cent, below 100; `reason` for people."""

    score: int
    reason: str


def likeness(one: Card, two: Card) -> Likeness | None:
    """Why two contacts may be the same person, or None. Symmetric.

    None also where primary e-mail, phone or whole name are equal: they are proposed for that.
    """
    name, other = one.name, two.name
    if (one.email and one.email == two.email) or (one.phone and one.phone == two.phone):
        return None
    if name == other and " " in name:
        return None
    if not name or not other:
        return _without_names(one, two)
    alike = ratio(name, other, score_cutoff=NAMES_ALIKE)
    if not alike:
        if " " in name and " " in other and sorted(name.split()) == sorted(other.split()):
            return Likeness(85, "Same name in another order")
        return None
    email = emails_alike(one.email, two.email)
    if email and _says_nothing_new(one, two, email, alike):
        email = ""
    phone = phones_alike(one.phone, two.phone)
    other_phone = bool(one.phone and two.phone and not phone)
    other_email = bool(one.email and two.email and not email)
    if email == ELSEWHERE and other_phone:
        return None
    if alike < SURELY_ALIKE and ((email and other_phone) or (phone and other_email)):
        return None  # one sign for it, one against it
    closeness = int((alike - NAMES_ALIKE) * 5 / (100 - NAMES_ALIKE))
    if email and phone:
        return Likeness(min(99, 93 + closeness), "Similar name, e-mail and phone")
    if email:
        return Likeness(87 + closeness, f"Similar name, {email}")
    if phone:
        return Likeness(86 + closeness, f"Similar name, {phone}")
    is_colleague = bool(one.company) and one.company == two.company and alike >= COLLEAGUES_ALIKE
    if is_colleague and not other_email and not other_phone:
        return Likeness(72 + closeness, "Similar name, same company")
    if " " in name and sorted(name.split()) == sorted(other.split()):
        return Likeness(85, "Same name in another order")
    return None


def _without_names(one: Card, two: Card) -> Likeness | None:
    email = emails_alike(one.email, two.email)
    if email and OSA.distance(one.email, two.email, score_cutoff=1) == 1:
        return Likeness(74, email[:1].upper() + email[1:])
    if one.phone and two.phone and one.phone[-9:] == two.phone[-9:]:
        return Likeness(70, "Same phone with another country code")
    return None


def _says_nothing_new(one: Card, two: Card, email: str, alike: float) -> bool:
    """Whether alike e-mails follow from alike names and are no sign of their own."""
    if email == ELSEWHERE:
        return alike < COLLEAGUES_ALIKE or _is_made_of(one.email, one.name) or _is_made_of(two.email, two.name)
    return not _same_local(one.email, two.email) and _pattern(one.email, one.name) == _pattern(two.email, two.name)


def _pattern(email: str, name: str) -> str:
    """How an address is made of a name. Where two are made alike, they differ only as the names do: no second sign."""
    local = email.partition("@")[0]
    first, last = name.partition(" ")[0], name.rpartition(" ")[2]
    return local.replace(last, "\0", 1).replace(first, "\1", 1)


def _same_local(one: str, two: str) -> bool:
    return one.partition("@")[0] == two.partition("@")[0]


def _is_made_of(email: str, name: str) -> bool:
    """Whether an address says no more than a last name and an initial: jsmith@ is many people's."""
    local = email.partition("@")[0]
    return len(local) <= len(name.rpartition(" ")[2]) + 2


def emails_alike(one: str, two: str) -> str:
    """In words how two different e-mails are alike, or "". Numbered addresses (ann1@, ann2@) are not."""
    if not one or not two:
        return ""
    local, _, domain = one.rpartition("@")
    other, _, elsewhere = two.rpartition("@")
    if local == other:
        if len(local) < LEAST_LOCAL:
            return ""
        near = OSA.distance(domain, elsewhere, score_cutoff=2) <= 2
        return "e-mail with a typing error" if near else ELSEWHERE
    if domain != elsewhere or local.translate(DIGITS) == other.translate(DIGITS):
        return ""
    most = 2 if min(len(local), len(other)) >= 7 else 1
    return "e-mail with a typing error" if OSA.distance(local, other, score_cutoff=most) <= most else ""


def phones_alike(one: str, two: str) -> str:
    """In words how two different numbers are alike, or ""."""
    if len(one) < 8 or len(two) < 8:
        return ""
    if one[-7:] == two[-7:]:
        return "same phone with another code"
    if len(one) == len(two) and OSA.distance(one, two, score_cutoff=1) <= 1:
        return "phone with one digit different"
    return ""
