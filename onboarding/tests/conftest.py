"""What tests of signing up share: nobody is signed in, and no company is there before."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from celery.app.task import Task
from django.core.cache import cache

from core import scope


@pytest.fixture(autouse=True)
def _no_counts():
    cache.clear()


@pytest.fixture
def drain_alone(monkeypatch, django_capture_on_commit_callbacks):
    """As `drain`, without the cast: commits, then runs every queued task until none is left."""
    queue = []

    def capture(self, args=None, kwargs=None, headers=None, **options):
        queue.append((self, tuple(args or ()), dict(kwargs or {}), dict(headers or {})))

    monkeypatch.setattr(Task, "apply_async", capture)

    @contextmanager
    def draining():
        with django_capture_on_commit_callbacks(execute=True):
            yield
        while queue:
            task, args, kwargs, headers = queue.pop(0)
            values = scope.unpack(headers["scope"]).__dict__ if "scope" in headers else {}
            with scope.fresh(**values), django_capture_on_commit_callbacks(execute=True):
                task.run(*args, **kwargs)

    return draining
