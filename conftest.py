"""The cast. Every test with a database starts inside Acme's location with alice, an admin, acting.

acme: alice (admin), bob (sees only what is assigned to or followed by him), dora (user). globex: charlie, who must
never see anything of Acme.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from django.core.management import CommandError
from django.db import OperationalError
from django.test import Client, TransactionTestCase
from hypothesis import settings as hypothesis_settings

from accounts import current
from accounts.models import Company, Location, User
from accounts.models.membership import actor_at
from accounts.tests import make
from core import scope
from journal import verbs

hypothesis_settings.register_profile("hoopai", deadline=None, max_examples=50, derandomize=True)
hypothesis_settings.load_profile("hoopai")


def _patiently(flush: Callable[[TransactionTestCase], None]) -> Callable[[TransactionTestCase], None]:
    """Emptying the tables after a test waits for what the page of a closed browser asked of the server last: the two
    can lock each other out, and the server's half then goes first."""

    def flush_again(self: TransactionTestCase) -> None:
        for left in range(9, -1, -1):
            try:
                return flush(self)
            except CommandError as error:
                if not left or not isinstance(error.__cause__, OperationalError):
                    raise
                time.sleep(0.5)
        return None

    return flush_again


TransactionTestCase._fixture_teardown = _patiently(TransactionTestCase._fixture_teardown)  # type: ignore[attr-defined,method-assign]


@dataclass
class Cast:
    company: Company
    location: Location
    elsewhere: Location  # Acme's second location
    alice: User
    bob: User
    dora: User
    globex: Company
    globex_location: Location
    charlie: User


@pytest.fixture(autouse=True)
def _quick(settings, tmp_path):  # type: ignore[no-untyped-def]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.OPERATORS_TWO_STEP = False  # tests of it switch it on
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "media")},
        },
    }


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    """Acme and Globex with their people; inside Acme's location, alice acting."""
    with scope.fresh():
        acme = make.company("Acme")
        globex = make.company("Globex")
        place = make.location(acme, "Acme Main")
        elsewhere = make.location(acme, "Acme East")
        there = make.location(globex, "Globex Main")
        alice = make.user(acme, "Alice", last_name="Adams")
        bob = make.user(acme, "Bob", last_name="Brown")
        dora = make.user(acme, "Dora", last_name="Doe")
        charlie = make.user(globex, "Charlie")
        make.membership(alice, place, "admin")
        make.membership(alice, elsewhere, "admin")
        make.membership(bob, place, "user", only_assigned=True)
        make.membership(dora, place, "user")
        make.membership(charlie, there, "admin")
    with scope.fresh(), current.at(place, actor=actor_at(alice, place), via="ui"):
        yield Cast(acme, place, elsewhere, alice, bob, dora, globex, there, charlie)


@pytest.fixture
def as_(cast: Cast) -> Callable[..., AbstractContextManager[None]]:
    """`with as_(cast.bob):` acts as bob; a second argument names another location."""

    def switch(user: User, place: Location | None = None) -> AbstractContextManager[None]:
        chosen = place or cast.location
        return current.at(chosen, actor=actor_at(user, chosen), via="ui")

    return switch


@pytest.fixture
def browse(cast: Cast) -> Callable[[User], Client]:
    """A signed-in test client: `browse(cast.alice).get(link("contacts:list"))`."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def drain(cast: Cast, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks):  # type: ignore[no-untyped-def]
    """`with drain():` commits, then runs every queued task with the scope cleared, until none is left."""
    from contextlib import contextmanager

    from celery.app.task import Task

    queue: list[tuple[Task, tuple, dict, dict]] = []

    def capture(self, args=None, kwargs=None, headers=None, **options):  # type: ignore[no-untyped-def]
        queue.append((self, tuple(args or ()), dict(kwargs or {}), dict(headers or {})))

    monkeypatch.setattr(Task, "apply_async", capture)

    @contextmanager
    def draining():  # type: ignore[no-untyped-def]
        with django_capture_on_commit_callbacks(execute=True):
            yield
        while queue:
            task, args, kwargs, headers = queue.pop(0)
            with scope.fresh(), django_capture_on_commit_callbacks(execute=True):
                if "scope" in headers:
                    with scope.fresh(**scope.unpack(headers["scope"]).__dict__):
                        task.run(*args, **kwargs)
                else:
                    task.run(*args, **kwargs)

    return draining


@pytest.fixture
def readers() -> Iterator[dict[str, verbs.Reader]]:
    """The journal's readers, put back afterwards."""
    held = dict(verbs.READERS)
    yield verbs.READERS
    verbs.READERS.clear()
    verbs.READERS.update(held)
