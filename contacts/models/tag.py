from __future__ import annotations

from collections.abc import Iterable

from django.db import models

from billing import limits
from core import clock
from core.errors import Invalid
from core.tenancy import LocationModel
from journal.models import entry_for
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet
from journal.writing import write_many

LONGEST = 75


def normal(name: str) -> str:
    """A tag's name as it is stored: trimmed, inner blanks folded, lower case.

    Raises:
        Invalid: empty or longer than 75 characters.
    """
    folded = " ".join(str(name).replace("\x00", "").split()).lower()
    if not folded:
        raise Invalid({"tags": "a tag needs a name"})
    if len(folded) > LONGEST:
        raise Invalid({"tags": f"a tag has at most {LONGEST} characters"})
    return folded


class TagQuerySet(RecordedQuerySet):
    def named(self, names: Iterable[str]) -> list[Tag]:
        """The tags of these names, in their order, without repeats; missing ones are created. Two statements.

        Raises:
            LimitReached: the plan allows no more tags.
        """
        wanted = list(dict.fromkeys(normal(name) for name in names))
        if not wanted:
            return []
        found = {tag.name: tag for tag in self.filter(name__in=wanted)}
        missing = [name for name in wanted if name not in found]
        if missing:
            limits.take("tags", len(missing))
            fresh = [Tag(name=name) for name in missing]
            models.QuerySet.bulk_create(self, fresh, ignore_conflicts=True)
            found = {tag.name: tag for tag in self.filter(name__in=wanted)}
            mine = {tag.pk for tag in fresh} & {tag.pk for tag in found.values()}
            limits.give_back("tags", len(missing) - len(mine))
            write_many(
                [entry_for("tag.created", tag, {}, {"name": tag.name}) for tag in found.values() if tag.pk in mine]
            )
        return [found[name] for name in wanted]

    def names_of(self, tag_ids: Iterable[str]) -> dict[str, str]:
        """{id: name} of these tags. One query, none for no ids."""
        wanted = set(tag_ids)
        return dict(self.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


class Tag(LocationModel, Recorded):
    """A free label on contacts; contacts refer to it by id, so a rename reaches everywhere."""

    NOUN = "tag"

    name = models.CharField(max_length=LONGEST)
    date_added = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager.from_queryset(TagQuerySet)()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["location", "name"], name="tag_name")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.name = normal(self.name)
