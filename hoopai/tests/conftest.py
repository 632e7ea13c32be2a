"""What browser tests of the whole product share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from celery.contrib.testing.worker import start_worker
from django.core.management import call_command
from django.db import connections

from core import scope
from hoopai.celery import app
from hoopai.tests.browsing import ADMIN, PASSWORD, Visit


@pytest.fixture
def worker() -> Iterator[None]:
    """A real worker on the real broker, in a thread of this process so that it shares the test database."""
    with start_worker(
        app, pool="solo", concurrency=1, perform_ping_check=False, queues="default,outgoing,slow", shutdown_timeout=30
    ):
        yield
    connections.close_all()


@pytest.fixture
def demo_of(transactional_db: None):  # type: ignore[no-untyped-def]
    """Load the demo, of the size that is set by then."""

    def loaded() -> None:
        with scope.fresh():
            call_command("demo", verbosity=0)

    return loaded


@pytest.fixture
def demo(demo_of) -> None:  # type: ignore[no-untyped-def]
    demo_of()


@pytest.fixture
def visit(chromium, live_server, demo):  # type: ignore[no-untyped-def]
    """`visit(width=375, theme="dark")`: a signed-in visit."""
    contexts = []

    def begin(width: int = 1440, height: int = 900, theme: str = "light", email: str = ADMIN) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            reduced_motion="reduce",
            accept_downloads=True,
        )
        context.set_default_timeout(60_000)
        contexts.append(context)
        begun = Visit(context.new_page(), live_server.url)
        begun.open("/account/sign-in")
        begun.page.get_by_label("E-mail").fill(email)
        begun.page.get_by_label("Password", exact=True).fill(PASSWORD)
        begun.page.keyboard.press("Enter")
        begun.page.wait_for_url("**/contacts/**")
        return begun

    yield begin
    for context in contexts:
        context.close()
