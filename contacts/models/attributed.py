from __future__ import annotations

from typing import Any

from django.db import models

from journal.recorded import locked


class Attributed(models.Model):
    """Where a record came from: snapshots of its first and its latest tracked interaction (see contacts.attribution)."""

    first_attribution = models.JSONField(null=True, blank=True)
    last_attribution = models.JSONField(null=True, blank=True)

    class Meta:
        abstract = True

    @locked
    def attribute(self, snapshot: dict[str, Any]) -> None:
        """Let a snapshot be the latest interaction, and the first where there is none."""
        first = self.first_attribution or snapshot
        self.change("contact.attributed", first_attribution=first, last_attribution=snapshot)

    @locked
    def reset_attribution(self) -> None:
        """Forget both; the next tracked interaction is the first again."""
        self.change("contact.attribution_reset", first_attribution=None, last_attribution=None)
