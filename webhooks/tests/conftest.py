"""A receiver, keys that are made once a run, and endpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from core import clock
from journal.recorded import quietly
from journal.tasks import hand_over
from webhooks import sending
from webhooks.models import Endpoint, SigningKey
from webhooks.tests.receiver import Receiver

COLUMNS = ("ed25519", "rsa", "ed25519_public", "rsa_public")


@cache
def pair() -> tuple[str, ...]:
    """Making 4096 bits takes seconds; once a run is enough."""
    made = SigningKey.make(clock.now())
    return tuple(getattr(made, name) for name in COLUMNS)


@pytest.fixture
def key(cast: Any) -> SigningKey:
    """The installation's key pair."""
    values = dict(zip(COLUMNS, pair(), strict=True))
    with quietly(reason="a test's own"):
        SigningKey.objects.all().delete()
        made: SigningKey = SigningKey.objects.create(**values, starts_at=clock.now())
    return made


@pytest.fixture
def receiver(key: SigningKey, settings: Any) -> Iterator[Receiver]:
    settings.HTTP_PRIVATE_ADDRESSES = ["127.0.0.1"]
    hand_over()  # what the cast did is no news
    with Receiver() as listening:
        yield listening


@pytest.fixture
def endpoint(receiver: Receiver) -> Endpoint:
    """Of the location in scope, told of everything, signed the modern way."""
    return Endpoint.add(receiver.url, every_event=True, legacy_signature=False)


@pytest.fixture
def deliver(cast: Any) -> Callable[[], int]:
    """Hand over what waits and send what is due, as the workers do."""

    def go() -> int:
        hand_over()
        return sending.run(20.0)

    return go
