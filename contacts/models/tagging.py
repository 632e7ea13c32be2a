from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db import models

from billing import limits
from contacts.models.tag import Tag
from core.errors import LimitReached
from journal.recorded import locked

MOST = 500  # tags on one contact, where no plan says less


def most_tags() -> int:
    """How many tags one contact may have here. One query."""
    return min(limits.cap("tags_per_contact") or MOST, MOST)


class Taggable(models.Model):
    """Tags as an array of tag ids: one row holds them, one index finds them."""

    tags = ArrayField(models.CharField(max_length=20), default=list, blank=True)

    class Meta:
        abstract = True

    @locked
    def tag(self, *names: str) -> list[str]:
        """Add tags by name, creating them where needed; those already there change nothing.

        Returns:
            The names that were added.

        Raises:
            LimitReached: there would be more than the plan allows; none is added.
        """
        fresh = [tag for tag in Tag.objects.named(names) if tag.pk not in self.tags]
        if fresh:
            most = most_tags()
            if len(self.tags) + len(fresh) > most:
                raise LimitReached(f"A contact can have {most} tags; this one has {len(self.tags)}.")
            added = [tag.name for tag in fresh]
            self.change(
                "contact.tagged", facts={"added": added, "removed": []}, tags=[*self.tags, *(tag.pk for tag in fresh)]
            )
            return added
        return []

    @locked
    def untag(self, *names: str) -> list[str]:
        """Remove tags by name; unknown and absent ones change nothing.

        Returns:
            The names that were removed.
        """
        wanted = {name.replace("\x00", "").strip().lower() for name in names}
        gone = {tag.pk: tag.name for tag in Tag.objects.filter(name__in=wanted, pk__in=self.tags)}
        if gone:
            self.change(
                "contact.untagged",
                facts={"added": [], "removed": sorted(gone.values())},
                tags=[held for held in self.tags if held not in gone],
            )
        return sorted(gone.values())

    @locked
    def set_tags(self, names: Iterable[str]) -> None:
        """Replace the whole set.

        Raises:
            LimitReached: more than the plan allows are named.
        """
        wanted = Tag.objects.named(names)
        if len(wanted) > len(self.tags):
            most = most_tags()
            if len(wanted) > most:
                raise LimitReached(f"A contact can have {most} tags.")
        known = Tag.objects.names_of(self.tags)
        new_ids = {tag.pk for tag in wanted}
        added = [tag.name for tag in wanted if tag.pk not in self.tags]
        removed = [name for pk, name in known.items() if pk not in new_ids]
        if added or removed:
            verb = "contact.tagged" if added else "contact.untagged"
            self.change(verb, facts={"added": added, "removed": removed}, tags=[tag.pk for tag in wanted])

    def tag_names(self) -> list[str]:
        """The names in the order they were given. One query."""
        names = Tag.objects.names_of(self.tags)
        return [names[pk] for pk in self.tags if pk in names]
