"""The one gate for everything that is sent to a contact, and what contacts and carriers say about being reached.

Whoever sends asks `may_send` at the moment of sending, or `sendable` for many, and `decide` or `decide_many` where the
decision is to be kept. Nothing else looks at a contact's do-not-disturb states to decide about sending.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Case, CharField, Q, QuerySet, Value, When

from accounts import current
from contacts.models import ConsentReceipt, Contact
from contacts.models.consent import BLOCKED, CHANNELS, COMPLAINT, state_now
from core import clock, scope
from core.errors import Refused
from journal.models import Entry

# Whether a purpose heeds the contact's wishes. All but word to our own people do: confirmations and receipts too.
PURPOSES = {"marketing": True, "transactional": True, "manual": True, "internal": False}
BY_EMAIL = ("Email",)
BY_PHONE = ("SMS", "Call", "WhatsApp")
INBOUND_BLOCKED = ("SMS", "Call")  # what the inbound switch turns away; e-mail and chat still arrive
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
CARRIER_CODES = {
    "30003": ("active", "The phone could not be reached"),
    "30005": ("active", "The number is unknown"),
    "30006": ("active", "The number cannot receive text messages"),
    "30004": ("permanent", "The carrier reports that the contact blocked the number"),
}
ICONS = {
    "Call": "phone", "Email": "mail", "SMS": "chat", "WhatsApp": "chat", "GMB": "map-pin", "FB": "chat",
    "Instagram": "image",
}  # fmt: skip
BATCH = 2000


@dataclass(frozen=True)
class Verdict:
    """Whether a message may go out. `code` and `reason` say why not; `since` and `by` whose doing it is, if known."""

    allowed: bool
    code: str = ""  # merged, trashed, no_address, invalid_address, not_connected, dnd_all, dnd
    reason: str = ""
    since: dt.datetime | None = None
    by: str = ""

    def __bool__(self) -> bool:
        return self.allowed


@dataclass(frozen=True)
class Audience:
    """Many contacts, parted: `allowed` in the order of their ids, `refused` as {id: code}."""

    allowed: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def may_send(contact: Contact, channel: str, purpose: str, *, at: dt.datetime | None = None) -> Verdict:
    """Whether a message of this purpose may go to the contact over this channel now.

    Args:
        channel: one of CHANNELS.
        purpose: one of PURPOSES; `internal` is word to our own people about the contact, and always may.
        at: when it is meant to go. A time to come tells what holds now: ask again then.

    Raises:
        ValueError: no such channel or purpose.
    """
    _check(channel, purpose)
    if not PURPOSES[purpose]:
        return Verdict(True)
    state = contact.dnd_settings.get(channel) or {}
    code = ""
    if contact.merged_into:
        code = "merged"
    elif contact.is_trashed:
        code = "trashed"
    elif (channel in BY_EMAIL and not contact.email) or (channel in BY_PHONE and not contact.phone):
        code = "no_address"
    elif _validity(contact, channel) == "invalid":
        code = "invalid_address"
    elif not current.location().has_channel(channel):
        code = "not_connected"
    elif contact.dnd:
        code = "dnd_all"
    elif state.get("status") in BLOCKED:
        code = "dnd"
    if not code:
        return Verdict(True)
    since, by = None, ""
    if code == "dnd":
        since, by = moment_of(state.get("at")), state.get("by") or ""
    elif code == "dnd_all":
        since, by = _blocked_since(contact)
    return Verdict(False, code, _sentence(code, channel, since, state.get("message") or ""), since, by)


def sendable(contacts: QuerySet[Contact] | Iterable[str], channel: str, purpose: str) -> Audience:
    """The same for many, in one query.

    Args:
        contacts: a queryset, or ids; ids that belong to nobody here are left out of both parts.

    Raises:
        ValueError: no such channel or purpose.
    """
    rows = contacts if isinstance(contacts, QuerySet) else Contact.objects.filter(pk__in=list(contacts))
    found = Audience()
    for pk, code in rows.annotate(refusal=refusal(channel, purpose)).order_by("pk").values_list("pk", "refusal"):
        if code:
            found.refused[pk] = code
        else:
            found.allowed.append(pk)
    return found


def refusal(channel: str, purpose: str) -> Case:
    """An expression over contacts: the code of why not, "" where the message may go.

    Raises:
        ValueError: no such channel or purpose.
    """
    _check(channel, purpose)
    cases: list[When] = []
    if PURPOSES[purpose]:
        cases = [When(~Q(merged_into=""), then=Value("merged")), When(deleted_at__isnull=False, then=Value("trashed"))]
        column = "email" if channel in BY_EMAIL else "phone" if channel in BY_PHONE else ""
        if column:
            cases.append(When(Q(**{column: ""}), then=Value("no_address")))
            cases.append(When(Q(**{f"{column}_validity": "invalid"}), then=Value("invalid_address")))
        if not current.location().has_channel(channel):
            cases.append(When(Q(pk__isnull=False), then=Value("not_connected")))
        cases.append(When(dnd=True, then=Value("dnd_all")))
        cases.append(When(Q(**{f"dnd_settings__{channel}__status__in": list(BLOCKED)}), then=Value("dnd")))
    return Case(*cases, default=Value(""), output_field=CharField())


def words_for(code: str, channel: str) -> str:
    """A refusal in few words, for lists and statistics: "Do not disturb is on for SMS"."""
    return {
        "merged": "Merged into another contact",
        "trashed": "In the trash",
        "no_address": "Has no e-mail" if channel in BY_EMAIL else "Has no phone number",
        "invalid_address": "The e-mail is invalid" if channel in BY_EMAIL else "The phone number is invalid",
        "not_connected": f"{CHANNELS[channel]} is not connected",
        "dnd_all": f"Do not disturb is on for {CHANNELS[channel]}",
        "dnd": f"Do not disturb is on for {CHANNELS[channel]}",
    }[code]


def decide(contact: Contact, channel: str, purpose: str, subject: str = "") -> Verdict:
    """`may_send`, and a receipt of the answer.

    Args:
        subject: what is to be sent, as "message:<id>"; at most 80 characters.
    """
    verdict = may_send(contact, channel, purpose)
    ConsentReceipt.objects.create(
        contact=contact, channel=channel, purpose=purpose, allowed=verdict.allowed, code=verdict.code,
        reason=verdict.reason[:300], subject=subject[:80],
    )  # fmt: skip
    return verdict


def decide_many(contacts: QuerySet[Contact] | Iterable[str], channel: str, purpose: str, subject: str = "") -> Audience:
    """`sendable`, and a receipt for each contact, in few statements."""
    found = sendable(contacts, channel, purpose)
    at = clock.now()

    def receipt(pk: str, code: str) -> ConsentReceipt:
        return ConsentReceipt(
            contact_id=pk, channel=channel, purpose=purpose, allowed=not code, code=code,
            reason=words_for(code, channel) if code else "", subject=subject[:80], at=at,
        )  # fmt: skip

    rows = [receipt(pk, "") for pk in found.allowed] + [receipt(pk, code) for pk, code in found.refused.items()]
    ConsentReceipt.objects.bulk_create(rows, batch_size=BATCH)
    return found


def require(contact: Contact, channel: str, purpose: str, subject: str = "") -> None:
    """`decide` for a sender that answers a person.

    Raises:
        Refused: with the reason and its date.
    """
    verdict = decide(contact, channel, purpose, subject)
    if not verdict:
        raise Refused(verdict.reason)


def may_receive(contact: Contact, channel: str) -> bool:
    """Whether a message or call from the contact is let in. Only the inbound switch turns any away."""
    is_on = (contact.inbound_dnd.get("all") or {}).get("status") == "active"
    return not (is_on and channel in INBOUND_BLOCKED)


def keyword_of(text: str) -> str:
    """`stop`, `start`, or "" where the message is not one of the agreed words and nothing else."""
    word = re.sub(r"[^A-Z]", "", text.upper()) if len(text) <= 40 and len(text.split()) == 1 else ""
    return "stop" if word in STOP_WORDS else "start" if word in START_WORDS else ""


def opted_out(contact: Contact, keyword: str = "STOP") -> bool:
    """The contact texted an opt-out: SMS is blocked until they text START. Harmless to repeat."""
    with _speaking(contact):
        state = state_now("permanent", f"Texted {keyword.strip().upper()[:20]}")
        return contact.receive_dnd("SMS", state, "stop")


def opted_in(contact: Contact, keyword: str = "START") -> bool:
    """The contact texted START: SMS is open again, whoever blocked it. A block of all channels stays."""
    with _speaking(contact):
        return contact.receive_dnd("SMS", state_now("inactive", f"Texted {keyword.strip().upper()[:20]}"), "start")


def carrier_refused(contact: Contact, code: str | int) -> bool:
    """A carrier would not deliver a text message. Codes that say nothing about the contact change nothing."""
    known = CARRIER_CODES.get(str(code))
    if known is None:
        return False
    with scope.use(actor=scope.SYSTEM):
        return contact.receive_dnd("SMS", state_now(*known, str(code)), "carrier")


def complained(contact: Contact) -> bool:
    """The contact marked an e-mail as spam: e-mail is locked."""
    with _speaking(contact):
        return contact.receive_dnd("Email", state_now("permanent", "Reported as spam", COMPLAINT), "complaint")


def unsubscribed(contact: Contact) -> bool:
    """The contact followed the link to unsubscribe: e-mail is blocked; a user can lift it when asked to."""
    with _speaking(contact):
        state = state_now("active", "Unsubscribed")
        return contact.receive_dnd("Email", state, "unsubscribed", has_unsubscribed=True)


def bounced(contact: Contact, hard: bool) -> bool:
    """An e-mail came back. A soft bounce says nothing for good; a hard one blocks e-mail, and makes the address invalid
    unless the location has switched that off (`preferences["keep_bounced_emails_valid"]`)."""
    if not hard:
        return False
    fields: dict[str, object] = {"has_bounced": True}
    if not current.location().preferences.get("keep_bounced_emails_valid"):
        fields["email_validity"] = "invalid"
    with scope.use(actor=scope.SYSTEM):
        return contact.receive_dnd("Email", state_now("active", "E-mail came back", "bounced"), "bounced", **fields)


def offered() -> dict[str, str]:
    """{channel: icon} of those the location has; the state of the others is kept until they come back."""
    place = current.location()
    return {name: icon for name, icon in ICONS.items() if place.has_channel(name)}


def moment_of(text: str | None) -> dt.datetime | None:
    """When a state began, or None where that was not written down."""
    try:
        return dt.datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _check(channel: str, purpose: str) -> None:
    if channel not in CHANNELS:
        raise ValueError(f"{channel} is no channel")
    if purpose not in PURPOSES:
        raise ValueError(f"{purpose} is no purpose; there are {', '.join(PURPOSES)}")


def _validity(contact: Contact, channel: str) -> str:
    return contact.email_validity if channel in BY_EMAIL else contact.phone_validity if channel in BY_PHONE else ""


def _sentence(code: str, channel: str, since: dt.datetime | None, message: str) -> str:
    told = words_for(code, channel)
    day = f" since {since:%-d %B %Y}" if since else ""
    why = f" ({message})" if code == "dnd" and message else ""
    return f"{told}{day}{why}."


def _blocked_since(contact: Contact) -> tuple[dt.datetime | None, str]:
    """When all channels were blocked, and by whom: the journal's to know."""
    verbs = ("contact.dnd_changed", "contact.created", "contact.merged", "contact.import_undone", "contact.updated")
    entry = Entry.objects.filter(contact_id=contact.pk, verb__in=verbs, changes__dnd__1=True).order_by("-pk").first()
    return (entry.at, entry.actor_name) if entry else (None, "")


def _speaking(contact: Contact):  # type: ignore[no-untyped-def]
    name = str(contact)[:200]
    return scope.use(actor=scope.Actor(id=contact.pk, name=name, kind="contact", abilities=frozenset()))
