"""Which bulk actions there are. The apps that own them fill this table in AppConfig.ready(); pages offer what is in it.

A step does one chunk. It runs in a transaction, with the scope of whoever started the action, after `bulk_steps` has
chosen the rows, followed merged contacts to their master, skipped those that are gone and locked the rest. It gets the
action and `bounds` {"action", "location", "rows", "contacts"}: ids for set-based SQL. For every row of `bounds["rows"]`
it must set `outcome` (done, failed, skipped) and, unless done, `reason`: a sentence for people. It writes one journal
entry for each contact it changes. Where it can be undone it keeps what it changed in `changed` or `was` of the row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q

if TYPE_CHECKING:
    from contacts.models import BulkAction
    from core.scope import Actor

Params = dict[str, Any]
Step = Callable[["BulkAction", dict[str, Any]], None]


class ParamsForm(forms.Form):
    """What an action must be told. `params()` gives it as JSON for `BulkAction.params`, and a name to suggest."""

    def params(self) -> Params:
        """The cleaned parameters as JSON.

        Raises:
            Invalid: {field: sentence}; what only the database can tell.
        """
        return dict(self.cleaned_data)

    def preview(self) -> Params:
        """The same for a forecast: nothing is written, whatever `params` would create."""
        return self.params()

    def words(self, params: Params) -> str:
        """What the action is about, behind its label: "Add tags: vip"."""
        return ""


def nothing_known(params: Params) -> dict[str, Q]:
    return {}


def nothing_told(params: Params) -> list[tuple[str, str]]:
    return []


def as_many(count: int) -> str:
    return "1 contact" if count == 1 else f"{count:,} contacts"


@dataclass(frozen=True)
class BulkKind:
    key: str  # add_tags: what BulkAction.kind holds; at most 40 letters
    label: str  # Add tags
    icon: str
    ability: str  # whoever starts it needs it
    step: Step | None  # one chunk; None for kinds with a task of their own (export) or a page of their own (merge)
    form: type[ParamsForm] | None = None
    group: str = "Contacts"  # heading in the menu
    can_schedule: bool = False  # may run later or drip
    inverse: str = ""  # key of the kind that takes it back; empty where it cannot be undone
    is_dangerous: bool = False  # a red button
    is_offered: bool = True  # in menus; not for undo-only kinds and for those with a place of their own (restore)
    confirm_word: str = ""  # typed before it starts
    title: str = ""  # Add tags to {}: the head of its dialog; {} is "412 contacts"
    submit: str = ""  # Tag: what its button says before "412 contacts"
    doing: str = "Working on"  # Tagging: while it runs
    text: str = ""  # what will happen, in the dialog
    template: str = ""  # of the fields in its dialog, where the form's own order will not do
    on_trash: bool = False  # works on contacts in the trash instead of live ones
    most: int = 0  # contacts at once; 0 is any number
    opens: str = ""  # name of a page that does the work, opened with ?ids=a,b,c
    channel: str = ""  # senders: Email, SMS, …; whoever may not or cannot be reached is skipped before the step
    purpose: str = ""  # senders: what the message is for, as the consent rules call it
    passed_over: Callable[[Params], dict[str, Q]] = nothing_known  # {reason: those it will not change}, to count before
    told: Callable[[Params], list[tuple[str, str]]] = nothing_told  # (name, value) pairs for the page of an action
    subject: str = "contact"  # the noun of what its rows name; other nouns bring their own lock, re-check and names
    names: Callable[[Iterable[str]], dict[str, tuple[str, str]]] | None = None  # {id: (name, url)} of other subjects

    @property
    def can_pause(self) -> bool:
        return self.step is not None


KINDS: dict[str, BulkKind] = {}


def register(kind: BulkKind) -> None:
    """Called in AppConfig.ready() of the app that owns the action; registering a key again replaces it."""
    KINDS[kind.key] = kind


def get(key: str) -> BulkKind:
    """The kind of that key.

    Raises:
        LookupError: nobody registered it.
    """
    try:
        return KINDS[key]
    except KeyError:
        raise LookupError(f"{key} is no bulk action of this version") from None


def label_of(key: str) -> str:
    """How people call it; the key itself where no app has it any more."""
    return KINDS[key].label if key in KINDS else key.replace("_", " ").capitalize()


def offered(actor: Actor, subject: str = "contact") -> list[BulkKind]:
    """What `actor` may start from a list of such records, in the order of registration."""
    return [kind for kind in KINDS.values() if kind.is_offered and kind.subject == subject and actor.may(kind.ability)]
