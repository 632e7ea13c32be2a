from __future__ import annotations

import re
from typing import Any, Self

from django.db.models import Q

from journal.recorded import RecordedQuerySet

LONGEST_QUERY = 75


class ContactQuerySet(RecordedQuerySet):
    def live(self) -> Self:
        """Not in the trash."""
        return self.filter(deleted_at=None)

    def trashed(self) -> Self:
        """In the trash; what was merged into another contact is not."""
        return self.filter(deleted_at__isnull=False, merged_into="")

    def visible_to(self, actor: Any) -> Self:
        """Everything, or for a restricted user what they own or follow and what a team of theirs owns."""
        if actor.sees_everything:
            return self
        mine = Q(assigned_to_id=actor.id) | Q(followers__contains=[actor.id])
        return self.filter(mine | Q(team_id__in=actor.teams) if actor.teams else mine)

    def tagged(self, tag_id: str) -> Self:
        return self.filter(tags__contains=[tag_id])

    def followed_by(self, user_id: str) -> Self:
        return self.filter(followers__contains=[user_id])

    def search(self, text: str) -> Self:
        """Contacts that have every word of `text` in a name, e-mail, phone or company; accents and case fold.

        Words of one or two letters match only the start of a name, for want of an index that could do more.
        """
        found = self
        for word in self.words(text):
            digits = re.sub(r"[\s().+-]", "", word)
            if digits.isdigit() and len(digits) >= 3:
                found = found.filter(search__contains=digits)
            elif len(word) >= 3:
                found = found.filter(search__folded=word)
            else:
                found = found.filter(name_folded__folded_prefix=word)
        return found

    @staticmethod
    def words(text: str) -> list[str]:
        """What is searched for: words, except that digits with blanks between them are one number."""
        text = text.replace("\x00", "").strip()[:LONGEST_QUERY]
        if re.fullmatch(r"[\d\s().+-]{3,}", text):
            return [text]
        return text.split()[:8]
