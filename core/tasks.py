"""@task: a Celery task that carries the scope, leaves only after commit and has time limits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from celery import Task, shared_task
from django.db import transaction

from core import access, clock, scope

log = logging.getLogger(__name__)


class ScopedTask(Task):
    """Runs its body in the sender's scope, whatever the worker did before."""

    abstract = True

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        """Send after commit, with the scope. A broker that is away is logged; `robust=False` tells the caller instead."""
        robust = options.pop("robust", True)
        headers = {**(options.pop("headers", None) or {}), "scope": scope.pack()}
        send = super().apply_async
        return transaction.on_commit(lambda: send(args, kwargs, headers=headers, **options), robust=robust)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        packed = getattr(self.request, "scope", None) or (self.request.headers or {}).get("scope")
        restored = scope.unpack(packed) if packed else scope.NOWHERE
        clock.refresh()
        with scope.fresh(**restored.__dict__):
            try:
                return super().__call__(*args, **kwargs)
            except access.AccountReadOnly:
                log.info(
                    "left alone: the account is read-only", extra={"task": self.name, "company": restored.company_id}
                )


def task(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Declare a task. Options are Celery's; the defaults are a 4 and a 5 minute limit and late acknowledgement."""
    settings = {
        "base": ScopedTask,
        "acks_late": True,
        "reject_on_worker_lost": True,
        "soft_time_limit": 240,
        "time_limit": 300,
        **options,
    }
    return shared_task(**settings)(function) if function else shared_task(**settings)
