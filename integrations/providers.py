"""The services that can be connected, and what this installation knows of them. Credentials come from the environment."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Provider:
    """A service that gives access by OAuth 2. Its credentials and addresses are settings that start with its name."""

    key: str
    name: str
    icon: str
    text: str
    scopes: tuple[str, ...]

    def _setting(self, name: str) -> str:
        found: str = getattr(settings, f"{self.key.upper()}_{name}")
        return found

    @property
    def client_id(self) -> str:
        return self._setting("CLIENT_ID")

    @property
    def client_secret(self) -> str:
        return self._setting("CLIENT_SECRET")

    @property
    def is_configured(self) -> bool:
        """Whether the operator gave this installation credentials of its own."""
        return bool(self.client_id and self.client_secret)

    @property
    def authorize_url(self) -> str:
        return self._setting("AUTHORIZE_URL")

    @property
    def api_url(self) -> str:
        return self._setting("API_URL").rstrip("/")

    @property
    def has_pkce(self) -> bool:
        return bool(getattr(settings, f"{self.key.upper()}_PKCE"))


SLACK = Provider(
    "slack",
    "Slack",
    "hash",
    "Posts to a channel the moment a contact is added or a deal is won.",
    ("chat:write", "chat:write.public", "channels:read", "groups:read"),
)
PROVIDERS = {SLACK.key: SLACK}


@dataclass(frozen=True)
class Doorway:
    """A service that connects from its own side, with a page of ours where that begins."""

    name: str
    icon: str
    text: str
    url: str  # the name of the page
    label: str
    ability: str


DOORWAYS = (
    Doorway(
        "Zapier",
        "bolt",
        "With Webhooks by Zapier: a webhook of ours starts a Zap, and its steps call the API with a token.",
        "settings:private_integrations",
        "Make a token",
        "private_integrations.write",
    ),
    Doorway(
        "Make",
        "puzzle",
        "A webhook of ours starts a scenario, and its steps call the API with a token.",
        "settings:webhooks",
        "Add a webhook",
        "webhooks.write",
    ),
    Doorway(
        "Your own programs",
        "code",
        "The API reads and writes everything a person can. Every call is described, with examples.",
        "settings:private_integrations",
        "Make a token",
        "private_integrations.write",
    ),
    Doorway(
        "Webhooks",
        "send",
        "Posts the events you choose to an address of yours, signed, retried and logged.",
        "settings:webhooks",
        "Manage webhooks",
        "webhooks.write",
    ),
)
NOT_YET = (
    "Google Calendar", "Google Business Profile", "Google Ads", "Facebook Lead Ads", "Facebook Messenger", "Instagram",
    "Stripe for your customers' payments", "QuickBooks", "Zoom",
)  # fmt: skip
