from __future__ import annotations

from typing import Any

import orjson
from django.db import models

from core import clock, crypto
from core.tenancy import LocationModel
from integrations.tokens import Token


class Revocation(LocationModel):
    """An access that is ours no more and is to be revoked at its provider; gone when it is, or after six tries."""

    provider = models.CharField(max_length=20)
    token = models.TextField(editable=False)  # sealed
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        ordering = ["next_at", "pk"]

    def __str__(self) -> str:
        return f"{self.provider}, tried {self.tries} times"

    @classmethod
    def ask(cls, provider: str, token: Token) -> Any:
        return cls.objects.create(provider=provider, token=crypto.seal(orjson.dumps(token.kept()).decode()))

    @property
    def secret(self) -> Token:
        return Token(**orjson.loads(crypto.unseal(self.token)))
