"""What the master holds after a merge, key by key. Pure functions over states, the master's first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contacts.merging.state import LISTS, State, is_blank
from contacts.models.addresses import MOST as MOST_ADDRESSES
from contacts.models.consent import strictest
from contacts.models.following import MOST as MOST_FOLLOWERS

PICKABLE = (
    "first_name", "last_name", "type", "source", "company", "owner", "address", "city", "state", "postal_code", "country",
    "website", "date_of_birth", "gender", "timezone", "picture",
)  # fmt: skip


def may_be_picked(key: str) -> bool:
    """Whether a reviewer chooses whose value is kept; all else is combined by a rule."""
    return key in PICKABLE or key.startswith("custom.")


def combine(states: Sequence[State], picks: dict[str, int] | None = None) -> State:
    """The master's values after taking the others in.

    Args:
        states: the master's first.
        picks: {key: index of the state whose value is wanted}, for keys that may be picked.
    """
    chosen = picks or {}
    keys = dict.fromkeys(key for state in states for key in state)
    found = {key: value_of(key, states, chosen.get(key)) for key in keys}
    found["followers"] = [held for held in found["followers"] if held != found["owner"][0]][:MOST_FOLLOWERS]
    return found


def value_of(key: str, states: Sequence[State], pick: int | None = None) -> Any:
    """What the master holds under `key`."""
    values = [state.get(key) for state in states]
    if may_be_picked(key):
        return values[pick] if pick is not None else first_filled(values)
    if key in RULES:
        return RULES[key](states)
    if key.startswith(("dnd_settings.", "inbound_dnd.")):
        return strictest(values)
    return first_filled(values)


def first_filled(values: Sequence[Any]) -> Any:
    """The master's, or where it is blank the first of the others that is not."""
    return next((value for value in values if not is_blank(value)), values[0])


def emails(states: Sequence[State]) -> list[str]:
    """All, each once; the master's primary stays first. May be more than a contact can hold."""
    return list(dict.fromkeys(held for state in states for held in state["emails"]))


def phones(states: Sequence[State]) -> list[dict[str, str]]:
    """All, each number once. A label that another number has already is dropped."""
    found: dict[str, dict[str, str]] = {}
    taken: set[str] = set()
    for state in states:
        for held in state["phones"]:
            known = found.get(held["number"])
            label = held.get("label", "")
            if known is None:
                found[held["number"]] = {"number": held["number"], "label": label if label not in taken else ""}
                taken |= {label} - {""}
    return list(found.values())


def union(key: str) -> Any:
    return lambda states: list(dict.fromkeys(held for state in states for held in state[key]))


def of_the_email(key: str) -> Any:
    """What is known about an address goes with it: that of the contact whose primary e-mail the master has."""

    def rule(states: Sequence[State]) -> Any:
        first = next((state["emails"][0] for state in states if state["emails"]), None)
        return next((state[key] for state in states if state["emails"][:1] == [first]), states[0][key])

    return rule


def of_the_phone(states: Sequence[State]) -> Any:
    first = next((state["phones"][0]["number"] for state in states if state["phones"]), None)
    held = (state for state in states if state["phones"] and state["phones"][0]["number"] == first)
    return next((state["phone_validity"] for state in held), states[0]["phone_validity"])


def attributed_at(state: State, key: str) -> str:
    """When a snapshot was taken; one that does not say counts from when the contact was added."""
    snapshot = state[key]
    told = next((snapshot[name] for name in ("at", "date", "dateAdded", "timestamp") if snapshot.get(name)), None)
    return str(told or state["date_added"])


def first_attribution(states: Sequence[State]) -> Any:
    held = [state for state in states if state["first_attribution"]]
    return min(held, key=lambda one: attributed_at(one, "first_attribution"))["first_attribution"] if held else None


def last_attribution(states: Sequence[State]) -> Any:
    held = [state for state in states if state["last_attribution"]]
    return max(held, key=lambda one: attributed_at(one, "last_attribution"))["last_attribution"] if held else None


RULES: dict[str, Any] = {
    "emails": emails,
    "phones": phones,
    "tags": union("tags"),
    "followers": union("followers"),
    "dnd": lambda states: any(state["dnd"] for state in states),
    "has_unsubscribed": lambda states: any(state["has_unsubscribed"] for state in states),
    "has_bounced": of_the_email("has_bounced"),
    "email_validity": of_the_email("email_validity"),
    "phone_validity": of_the_phone,
    "score": lambda states: sum(state["score"] for state in states),
    "first_attribution": first_attribution,
    "last_attribution": last_attribution,
    "date_added": lambda states: min(state["date_added"] for state in states),
    "last_activity_at": lambda states: max(state["last_activity_at"] for state in states),
}


def identity_of(item: Any) -> Any:
    """What makes a member of a list the same member: a phone is its number, whatever its label."""
    return item["number"] if isinstance(item, dict) else item


def room_in(key: str) -> int | None:
    """How many members a list may have; None where nothing limits it."""
    return {"emails": MOST_ADDRESSES, "phones": MOST_ADDRESSES, "followers": MOST_FOLLOWERS}.get(key)


assert set(LISTS) <= set(RULES)  # noqa: S101  a list without a rule would lose members
