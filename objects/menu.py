"""What every page's menu needs of a location's objects, kept in the cache: it is read on each page and seldom changes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from django.core.cache import cache
from django.db import transaction
from redis.exceptions import RedisError

from core import scope
from objects.models import ObjectSchema
from objects.models.object_schema import PREFIX

KEPT = 300  # seconds
MOST = 10


@dataclass(frozen=True)
class MenuObject:
    pk: str
    key: str
    plural: str

    @property
    def is_standard(self) -> bool:
        return not self.key.startswith(PREFIX)


def objects() -> list[MenuObject]:
    """The location's own objects, at most ten, and the standard ones with changed labels. One query every five minutes."""
    rows = None
    with suppress(RedisError):  # a page needs no cache
        rows = cache.get(_key())
    if rows is None:
        found = ObjectSchema.objects.live().values_list("pk", "key", "plural")
        rows = list(found[: MOST + 3])
        with suppress(RedisError):
            cache.set(_key(), rows, KEPT)
    return [MenuObject(*row) for row in rows]


def forget() -> None:
    """Something has changed: read afresh, now and once this is committed."""
    key = _key()
    _delete(key)
    transaction.on_commit(lambda: _delete(key), robust=True)


def _delete(key: str) -> None:
    with suppress(RedisError):
        cache.delete(key)


def _key() -> str:
    return f"objects-menu:{scope.location_id()}"
