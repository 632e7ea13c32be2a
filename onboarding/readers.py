"""What this app does when it reads the journal: a confirmed address has had its trial from then on."""

from __future__ import annotations

from accounts.models import User
from billing import trials
from journal.models import Entry
from journal.verbs import read
from onboarding import trial_uses


@read("user.confirmed")
def remember_trial(entry: Entry) -> None:
    """Note whose trial it is; when the address or the business had one elsewhere before, this one is over at once."""
    rows = User.objects.everywhere(reason="the entry names the user").filter(pk=entry.subject_id)
    user = rows.select_related("company").first()
    if user is None or user.company is None or user.company.owner_id != user.pk:
        return
    if not trial_uses.remember(user.company, user):
        trials.end_at_once(user.company.pk)
