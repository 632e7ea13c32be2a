from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.crypto import salted_hmac

from core import clock, scope
from domains import names


class PastName(models.Model):
    """That a name was verified once, and by whom: only keyed digests, so that they may outlive the account.

    Whoever else adds the name, or another one of the same owner, proves by a TXT record that it is theirs now: a CNAME or
    A record that was left behind proves nothing.
    """

    name = models.CharField(max_length=64, primary_key=True)
    owned = models.CharField(max_length=64, db_index=True)  # what one owner has, of which the name is a part
    company = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.name[:12]

    @classmethod
    def remember(cls, host: str) -> None:
        """The company in scope has shown that `host` is theirs. Harmless to repeat."""
        values = {"owned": _digest(names.registrable(host)), "company": _company(), "at": clock.now()}
        cls.objects.update_or_create(name=_digest(host), defaults=values)

    @classmethod
    def is_anothers(cls, host: str) -> bool:
        """Whether the name, or another of the same owner, was last verified by another company."""
        rows: Any = cls.objects.filter(owned=_digest(names.registrable(host)))
        return bool(rows.exclude(company=_company()).exists())


def _digest(text: str) -> str:
    return salted_hmac("domains.past_names", text, algorithm="sha256").hexdigest()


def _company() -> str:
    return _digest(f"company {scope.company_id()}")
