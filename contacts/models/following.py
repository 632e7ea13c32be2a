from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Team
from core.errors import LimitReached
from journal.recorded import locked

MOST = 10


class Followable(models.Model):
    """Users who watch a record beside its owner."""

    followers = ArrayField(models.CharField(max_length=20), default=list, blank=True)

    class Meta:
        abstract = True

    @locked
    def follow(self, user_ids: Iterable[str]) -> list[str]:
        """Add followers; the owner and present followers are passed over.

        Returns:
            The ids that were added.

        Raises:
            LimitReached: there would be more than ten; nobody is added.
        """
        added = [user for user in dict.fromkeys(user_ids) if user not in self.followers and user != self.assigned_to_id]
        if len(self.followers) + len(added) > MOST:
            raise LimitReached(f"A contact can have {MOST} followers.")
        if added:
            self.change("contact.followed", facts={"users": added}, followers=[*self.followers, *added])
        return added

    @locked
    def unfollow(self, user_ids: Iterable[str]) -> list[str]:
        """Remove followers.

        Returns:
            The ids that were removed.
        """
        gone = [user for user in dict.fromkeys(user_ids) if user in self.followers]
        if gone:
            self.change(
                "contact.unfollowed",
                facts={"users": gone},
                followers=[held for held in self.followers if held not in gone],
            )
        return gone

    @locked
    def assign_to(self, user_id: str | None) -> None:
        """Give the contact to an owner, or to nobody. An owner is no longer a follower; a team's ownership ends."""
        followers = [held for held in self.followers if held != user_id]
        self.change("contact.assigned", assigned_to=user_id, team=None, followers=followers)

    @locked
    def assign_to_team(self, team: Team) -> None:
        """Give the contact to a team: each member sees and works it; no single person owns it any more."""
        self.change("contact.assigned", assigned_to=None, team=team)
