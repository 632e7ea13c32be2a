"""A contact as one flat object of plain values, {key: value}: what merging compares, combines and keeps for undoing.

Keys are columns, but for those that only make sense together: `owner` is [user, team], `company` is [business, name],
`emails` and `phones` are whole lists with the primary first. Members of JSON columns have keys of their own:
`custom.<field id>`, `dnd_settings.<channel>`, `inbound_dnd.all`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from contacts.models import Contact

State = dict[str, Any]
PLAIN = (
    "first_name", "last_name", "type", "source", "address", "city", "state", "postal_code", "country", "website",
    "gender", "timezone", "picture", "email_validity", "phone_validity", "has_bounced", "has_unsubscribed",
    "first_attribution", "last_attribution", "score", "dnd",
)  # fmt: skip
DATES = ("date_of_birth",)
MOMENTS = ("date_added", "last_activity_at")
LISTS = ("emails", "phones", "tags", "followers")
OBJECTS = ("custom", "dnd_settings", "inbound_dnd")


def state_of(contact: Contact) -> State:
    """The contact's values, JSON types only."""
    found: State = {name: getattr(contact, name) for name in PLAIN}
    for name in (*DATES, *MOMENTS):
        value = getattr(contact, name)
        found[name] = value.isoformat() if value else None
    found["owner"] = [contact.assigned_to_id, contact.team_id]
    found["company"] = [contact.business_id, contact.company_name]
    found["emails"] = contact.emails
    found["phones"] = [dict(held) for held in contact.phones]
    found["tags"], found["followers"] = list(contact.tags), list(contact.followers)
    for name in OBJECTS:
        found |= {f"{name}.{key}": value for key, value in getattr(contact, name).items()}
    return found


def columns_of(contact: Contact, state: State) -> dict[str, Any]:
    """The columns of `contact` that make it what `state` says, as `Contact.change` takes them."""
    found: dict[str, Any] = {name: state[name] for name in PLAIN if name in state}
    for name in DATES:
        found[name] = dt.date.fromisoformat(state[name]) if state.get(name) else None
    for name in MOMENTS:
        found[name] = dt.datetime.fromisoformat(state[name])
    found["assigned_to"], found["team"] = state["owner"]
    found["business"], found["company_name"] = state["company"]
    emails, phones = state["emails"], state["phones"]
    found["email"], found["more_emails"] = (emails[0] if emails else ""), emails[1:]
    first = phones[0] if phones else {"number": "", "label": ""}
    found["phone"], found["phone_label"], found["more_phones"] = first["number"], first["label"], phones[1:]
    found["tags"] = state["tags"]
    found["followers"] = [person for person in state["followers"] if person != state["owner"][0]]
    for name in OBJECTS:
        prefix = f"{name}."
        found[name] = {
            key.removeprefix(prefix): value
            for key, value in state.items()
            if key.startswith(prefix) and value is not None
        }
    return found


def is_blank(value: Any) -> bool:
    """Whether there is nothing to keep; a pair is blank when both halves are."""
    return value in (None, "", [], {}) or (isinstance(value, list) and not any(value))


def changes_between(old: State, new: State) -> dict[str, list[Any]]:
    """{key: [old, new]} where they differ."""
    return {key: [old.get(key), new.get(key)] for key in {**old, **new} if old.get(key) != new.get(key)}
