"""The scopes of the API: 130 names, two umbrellas over the funnels' narrower ones, and what each means in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

READ, WRITE = "readonly", "write"
BOTH = (READ, WRITE)
VERBS = {
    READ: "View",
    WRITE: "Create, change and delete",
    "read": "View",
    "collectPayment": "Collect payment for",
    "internal-access-only": "Administer",
}

# group -> (name, in words, actions)
TABLE: dict[str, list[tuple[str, str, tuple[str, ...]]]] = {
    "Contacts": [
        ("contacts", "contacts", BOTH),
        ("businesses", "companies", BOTH),
        ("locations/tags", "tags", BOTH),
        ("locations/tasks", "tasks across contacts", (READ,)),
        ("locations/customFields", "custom fields", BOTH),
        ("locations/customValues", "custom values", BOTH),
    ],
    "Location and people": [
        ("locations", "the location's profile and settings", (*BOTH, "internal-access-only")),
        ("locations/templates", "message templates", (READ,)),
        ("users", "users", BOTH),
        ("companies", "the agency", (READ,)),
    ],
    "Sales": [
        ("opportunities", "opportunities", BOTH),
        ("campaigns", "campaigns", (READ,)),
        ("workflows", "workflows", (READ,)),
    ],
    "Calendars": [
        ("calendars", "calendars", BOTH),
        ("calendars/events", "appointments", BOTH),
        ("calendars/groups", "calendar groups", BOTH),
        ("calendars/resources", "rooms and equipment", BOTH),
    ],
    "Conversations": [
        ("conversations", "conversations", BOTH),
        ("conversations/message", "messages", BOTH),
        ("conversations/livechat", "live chat", (WRITE,)),
    ],
    "Objects": [
        ("objects/schema", "custom object definitions", BOTH),
        ("objects/record", "custom object records", BOTH),
        ("associations", "association labels", BOTH),
        ("associations/relation", "relations between records", BOTH),
    ],
    "Commerce": [
        ("products", "products", BOTH),
        ("products/prices", "prices", BOTH),
        ("products/collection", "product collections", BOTH),
        ("invoices", "invoices", BOTH),
        ("invoices/schedule", "recurring invoices", BOTH),
        ("invoices/template", "invoice templates", BOTH),
        ("invoices/estimate", "estimates", BOTH),
        ("payments/orders", "orders", (*BOTH, "collectPayment")),
        ("payments/transactions", "transactions", (READ,)),
        ("payments/subscriptions", "subscriptions", (READ,)),
        ("payments/coupons", "coupons", BOTH),
        ("payments/integration", "payment integrations", BOTH),
        ("payments/custom-provider", "custom payment providers", BOTH),
        ("charges", "charges of marketplace apps", BOTH),
    ],
    "Sites": [
        ("funnels", "funnels and websites", BOTH),
        ("funnels/funnel", "the list of funnels", (READ,)),
        ("funnels/page", "funnel pages", (READ,)),
        ("funnels/pagecount", "the number of funnel pages", (READ,)),
        ("funnels/redirect", "redirects", BOTH),
        ("forms", "forms and submissions", BOTH),
        ("surveys", "surveys", (READ,)),
        ("links", "trigger links", BOTH),
        ("medias", "the media library", BOTH),
        ("blogs/author", "blog authors", (READ,)),
        ("blogs/category", "blog categories", (READ,)),
        ("blogs/check-slug", "whether a blog address is free", (READ,)),
        ("blogs/list", "the list of blogs", (READ,)),
        ("blogs/posts", "blog posts", (READ,)),
        ("blogs/post", "new blog posts", (WRITE,)),
        ("blogs/post-update", "existing blog posts", (WRITE,)),
        ("courses", "courses", (WRITE,)),
    ],
    "Marketing": [
        ("emails/builder", "e-mail templates", BOTH),
        ("emails/schedule", "e-mail campaigns", (READ,)),
        ("socialplanner/account", "social accounts", BOTH),
        ("socialplanner/category", "social categories", (READ,)),
        ("socialplanner/csv", "social post uploads", BOTH),
        ("socialplanner/oauth", "connections to social networks", BOTH),
        ("socialplanner/post", "social posts", BOTH),
        ("socialplanner/tag", "social tags", (READ,)),
        ("affiliate-manager", "affiliates", (READ,)),
        ("adPublishing", "advertisements", BOTH),
        ("brand-boards/design-kit", "brand boards", BOTH),
    ],
    "AI and telephony": [
        ("conversation-ai", "conversation bots", BOTH),
        ("agent-studio", "agents of the studio", BOTH),
        ("voice-ai-agents", "voice agents", BOTH),
        ("voice-ai-agent-goals", "goals of voice agents", BOTH),
        ("voice-ai-dashboard", "calls of voice agents", (READ,)),
        ("phonenumbers", "phone numbers", ("read", WRITE)),
        ("numberpools", "number pools", ("read",)),
    ],
    "Platform": [
        ("oauth", "installations of this app", BOTH),
        ("custom-menu-link", "custom menu links", BOTH),
        ("saas/company", "reselling by the agency", (WRITE,)),
        ("saas/location", "reselling to a location", ("read", WRITE)),
        ("snapshots", "snapshots", (READ,)),
        ("marketplace-installer-details", "who installed an app", (READ,)),
        ("marketplace-external-auth-migration", "migrations of outside sign-ins", (WRITE,)),
    ],
}


@dataclass(frozen=True)
class ScopeName:
    name: str
    words: str
    group: str


ALL: dict[str, ScopeName] = {
    f"{name}.{action}": ScopeName(f"{name}.{action}", f"{VERBS[action]} {words}", group)
    for group, rows in TABLE.items()
    for name, words, actions in rows
    for action in actions
}
UMBRELLAS = {
    "funnels.readonly": (
        "funnels/funnel.readonly",
        "funnels/page.readonly",
        "funnels/pagecount.readonly",
        "funnels/redirect.readonly",
    ),
    "funnels.write": ("funnels/redirect.write",),
}


def named(text: str | Iterable[str]) -> list[str]:
    """The scopes of `all`, of words parted by blanks or commas, or of a list; in order, once each.

    Raises:
        ValueError: a name that is no scope; the message names it.
    """
    words = text.replace(",", " ").split() if isinstance(text, str) else list(text)
    if words == ["all"]:
        return list(ALL)
    unknown = [word for word in words if word not in ALL]
    if unknown:
        raise ValueError(f"{unknown[0]} is not a scope")
    return list(dict.fromkeys(words))


def held(names: Iterable[str]) -> frozenset[str]:
    """What a token with these scopes may do: the names themselves and what an umbrella stands for."""
    found = set(names)
    for umbrella, narrower in UMBRELLAS.items():
        if umbrella in found:
            found.update(narrower)
    return frozenset(found)


def in_words(names: Iterable[str]) -> list[tuple[str, list[ScopeName]]]:
    """The scopes by group, in the order of the table."""
    groups: dict[str, list[ScopeName]] = {}
    chosen = set(names)
    for one in ALL.values():
        if one.name in chosen:
            groups.setdefault(one.group, []).append(one)
    return list(groups.items())


class Backend:
    """What the toolkit asks about scopes."""

    def get_all_scopes(self) -> dict[str, str]:
        return {one.name: one.words for one in ALL.values()}

    def get_available_scopes(
        self, application: object = None, request: object = None, *args: object, **kwargs: object
    ) -> list[str]:
        return list(getattr(application, "scopes", None) or ALL)

    def get_default_scopes(
        self, application: object = None, request: object = None, *args: object, **kwargs: object
    ) -> list[str]:
        return self.get_available_scopes(application)
