from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models, transaction
from django.db.models import Q

from core import clock
from core.errors import Invalid
from core.tenancy import LocationModel
from integrations import states
from integrations.happenings import HAPPENINGS, Happening
from integrations.models.connection import Connection
from journal.recorded import Recorded, RecordedManager, locked

LONGEST = 2000  # characters of a message


class Mapping(LocationModel, Recorded):
    """Which channel hears of what, in which words. It stays when the connection is ended, and serves the next one."""

    NOUN = "integration_mapping"
    UNRECORDED = frozenset({"date_updated", "broken"})

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="mappings", db_index=False)
    happening = models.CharField(max_length=30)
    channel_id = models.CharField(max_length=100, blank=True, default="")
    channel_name = models.CharField(max_length=200, blank=True, default="")
    template = models.TextField(max_length=LONGEST)
    is_on = models.BooleanField(default=True)
    broken = models.CharField(max_length=300, blank=True, default="")  # why its channel cannot be posted to
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = RecordedManager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "happening"], name="one_mapping_per_happening"),
            models.CheckConstraint(condition=Q(is_on=False) | ~Q(channel_id="") | ~Q(broken=""), name="mapping_leads_somewhere"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.what.label

    @property
    def what(self) -> Happening:
        return HAPPENINGS[self.happening]

    @classmethod
    def put(cls, connection: Connection, happening: str, **given: Any) -> Self:
        """Add or change the mapping of a happening: channel_id, channel_name, template, is_on.

        Raises:
            Invalid: {field: sentence}.
        """
        errors: dict[str, str] = {}
        if happening not in HAPPENINGS:
            errors["happening"] = "There is no such message."
        if not given.get("channel_id") and given.get("is_on"):
            errors["channel"] = "Choose the channel that the message goes to."
        if not str(given.get("template", "")).strip():
            errors["template"] = "Write the message."
        elif len(given["template"]) > LONGEST:
            errors["template"] = f"A message may have at most {LONGEST:,} characters."
        if errors:
            raise Invalid(errors)
        values = {**given, "template": given["template"].replace("\x00", "").strip()}
        with transaction.atomic():
            connection.lock()
            row: Self | None = cls.objects.filter(connection=connection, happening=happening).first()
            facts = {"name": HAPPENINGS[happening].label, "channel": given.get("channel_name", "")}
            if row is None:
                row = cls.record_new(connection=connection, happening=happening, facts=facts, **values)
            else:
                row.change(facts=facts, broken="", **values)
            cls.mend(connection)
        return row

    @classmethod
    def mend(cls, connection: Connection) -> None:
        """Take the connection out of its trouble where every mapping in use leads somewhere again."""
        if not cls.objects.filter(connection=connection, is_on=True).exclude(broken="").exists():
            connection.mend()

    @classmethod
    def settle(cls, connection: Connection, is_other: bool) -> None:
        """After a new connection: channels of another account are to be chosen anew, the rest is tried again."""
        for row in cls.objects.filter(connection=connection):
            facts = {"name": row.what.label, "channel": row.channel_name}
            if is_other:
                row.change(
                    facts=facts,
                    channel_id="",
                    channel_name="",
                    broken=f"Choose a channel of {connection.account_name}.",
                )
            elif row.channel_id:
                row.change(facts=facts, broken="")
        broken = cls.objects.filter(connection=connection, is_on=True).exclude(broken="").first()
        if broken is not None:
            connection.stumble(states.MAPPING, f"{broken.what.label}: {broken.broken}")

    @locked
    def break_off(self, reason: str) -> None:
        """Its channel cannot be posted to: the connection needs attention until another one is chosen."""
        self.change(broken=reason[:300])
        self.connection.stumble(states.MAPPING, f"{self.what.label}: {reason}")
