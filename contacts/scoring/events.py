"""What can score. Events with verbs are read from the journal; the others are told by the app that sees them happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from journal.models import Entry

EMAIL, SITE, MEETINGS, TALK, LABELS, MONEY = (
    "E-mail",
    "Forms and pages",
    "Appointments",
    "Calls and SMS",
    "Tags",
    "Payments",
)


def nothing(entry: Entry) -> list[str]:
    return []


@dataclass(frozen=True)
class Scorable:
    """One kind of event.

    Args:
        key: what rules and stored events hold; at most 30 letters.
        verbs: of journal entries that may be such an event.
        items: the ids of what an entry is about; none means that it is no such event.
        is_activity: whether the contact did it, and so has been active.
        is_told: whether an app of this version tells of it; others are not offered for new rules.
    """

    key: str
    label: str
    group: str
    verbs: tuple[str, ...] = ()
    items: Callable[[Entry], list[str]] = nothing
    is_activity: bool = True
    is_told: bool = False
    item_label: str = ""  # what a rule may be narrowed to

    @property
    def is_offered(self) -> bool:
        return bool(self.verbs) or self.is_told


def tags_added(entry: Entry) -> list[str]:
    """Ids of the tags that came to a contact with this entry."""
    before, after = (entry.changes.get("tags") or [[], []])[:2]
    return [tag for tag in after or [] if tag not in (before or [])]


def caused(cause: str) -> Callable[[Entry], list[str]]:
    """The entry itself, where what the contact said about being reached has this cause."""
    return lambda entry: [entry.pk] if entry.facts.get("cause") == cause else []


DND = ("contact.dnd_changed",)
SCORABLE: dict[str, Scorable] = {}


def register(*kinds: Scorable) -> None:
    """Offer events, from `AppConfig.ready()` of the app that tells of them; a key given again replaces the entry."""
    for one in kinds:
        SCORABLE[one.key] = one


def label_of(key: str) -> str:
    """How people call an event; the key itself where no app has it any more."""
    return SCORABLE[key].label if key in SCORABLE else key.replace("_", " ").capitalize()


register(
    Scorable("email_opened", "E-mail opened", EMAIL),
    Scorable("email_clicked", "E-mail link clicked", EMAIL),
    Scorable("unsubscribed", "Unsubscribed", EMAIL, DND, caused("unsubscribed"), is_activity=False),
    Scorable("email_bounced", "E-mail bounced", EMAIL, DND, caused("bounced"), is_activity=False),
    Scorable("complained", "Reported as spam", EMAIL, DND, caused("complaint"), is_activity=False),
    Scorable("form_submitted", "Form submitted", SITE, item_label="Form"),
    Scorable("survey_submitted", "Survey submitted", SITE, item_label="Survey"),
    Scorable("page_visited", "Page visited", SITE),
    Scorable("trigger_link_clicked", "Trigger link clicked", SITE),
    Scorable("appointment_booked", "Appointment booked", MEETINGS),
    Scorable("appointment_confirmed", "Appointment confirmed", MEETINGS),
    Scorable("appointment_showed", "Appointment attended", MEETINGS),
    Scorable("appointment_no_show", "No-show", MEETINGS, is_activity=False),
    Scorable("appointment_cancelled", "Appointment cancelled", MEETINGS),
    Scorable("call_answered", "Call answered", TALK),
    Scorable("sms_replied", "Reply to SMS", TALK),
    Scorable(
        "tag_added", "Tag added", LABELS, ("contact.tagged", "contact.created", "contact.updated"), tags_added,
        is_activity=False, item_label="Tag",
    ),
    Scorable("payment_received", "Payment", MONEY),
)  # fmt: skip

# (event, points): what a new contact score starts with, as a draft
STARTING = (
    ("email_opened", 2), ("email_clicked", 5), ("sms_replied", 5), ("form_submitted", 10), ("appointment_booked", 15),
    ("appointment_showed", 20), ("unsubscribed", -20), ("appointment_no_show", -10), ("email_bounced", -5),
)  # fmt: skip
