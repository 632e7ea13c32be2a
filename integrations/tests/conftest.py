"""A Slack on this machine, an installation that has credentials for it, and a connected location."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from core import clock
from core.pages import link
from integrations import tasks
from integrations.models import Connection, Mapping, Post
from integrations.tests.slack_server import CLIENT, SECRET, Slack
from journal.tasks import hand_over

CONTACT = "Hello {{contact.name}}"


@pytest.fixture
def slack(cast: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slack]:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # this one listens on plain http
    hand_over()  # what the cast did is no news
    with Slack(now=clock.now) as listening:
        settings.HTTP_PRIVATE_ADDRESSES = ["127.0.0.1"]
        settings.SLACK_CLIENT_ID, settings.SLACK_CLIENT_SECRET = CLIENT, SECRET
        settings.SLACK_API_URL = f"{listening.url}/api"
        settings.SLACK_AUTHORIZE_URL = f"{listening.url}/oauth/v2/authorize"
        yield listening


@pytest.fixture
def page(cast: Any, browse: Any) -> Client:
    client: Client = browse(cast.alice)
    return client


@pytest.fixture
def connect(slack: Slack) -> Callable[[Client], Any]:
    """Go to Slack, allow it, come back."""

    def go(client: Client) -> Any:
        left = client.post(link("settings:integration_connect", "slack"))
        assert left.status_code == 302 and left["Location"].startswith(slack.url), left
        return client.get(back(slack.allow(left["Location"])))

    return go


def back(address: str) -> str:
    """The path and query of where a browser was sent."""
    return "/" + address.split("/", 3)[3]


@pytest.fixture
def connection(page: Client, connect: Any) -> Connection:
    connect(page)
    return Connection.objects.get()


@pytest.fixture
def mapping(connection: Connection) -> Mapping:
    """New contacts go to #sales."""
    return put(connection, "contact_added", "C02", "sales", CONTACT)


def put(connection: Connection, happening: str, channel: str, name: str, template: str) -> Mapping:
    return Mapping.put(connection, happening, channel_id=channel, channel_name=name, template=template, is_on=True)


@pytest.fixture
def deliver(drain: Any) -> Callable[[], list[str]]:
    """Hand over what waits and send what is due, as the workers do. Returns how each message stands."""

    def go() -> list[str]:
        with drain():
            hand_over()
        with drain():
            tasks.send_due.run()
        return list(Post.objects.order_by("pk").values_list("state", flat=True))

    return go
