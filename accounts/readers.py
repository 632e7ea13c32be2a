"""What this app does when it reads the journal: it tells people what happened to their sign-in."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.urls import reverse

from accounts import browsers, mails
from accounts.models import User
from accounts.owners import owner_of
from accounts.second_factor import backup_codes
from accounts.throttling import remember, remembered
from core import clock
from journal.models import Entry
from journal.verbs import read

LATE = dt.timedelta(days=1)


MAILS = {
    # verb: template, subject
    "user.locked": ("locked", "Your HoopAI sign-in is locked for a while"),
    "user.password_reset": ("password_changed", "Your HoopAI password was changed"),
    "user.password_changed": ("password_changed", "Your HoopAI password was changed"),
    "user.new_browser": ("new_browser", "A new browser signed in to HoopAI"),
    "user.authenticator_added": ("second_step_on", "Two-step sign-in is set up for HoopAI"),
    "user.passkey_added": ("passkey_added", "A passkey was added to your HoopAI sign-in"),
    "user.second_step_off": ("second_step_off", "Two-step sign-in is off for HoopAI"),
    "user.second_step_reset": ("second_step_reset", "Your second step for HoopAI was taken away"),
    "user.backup_code_used": ("backup_codes_low", "Few backup codes are left for HoopAI"),
}


@read(*MAILS)
def tell_the_owner(entry: Entry) -> None:
    """One mail an entry; a second reading finds the note of the first. News older than a day are no news."""
    key = f"mailed:{entry.pk}"
    user = (
        User.objects.everywhere(reason="the entry names the user").filter(pk=entry.subject_id, is_active=True).first()
    )
    if user is None or entry.at < clock.now() - LATE or remembered(key):
        return
    if entry.verb == "user.backup_code_used" and entry.facts["left"] > backup_codes.FEW:
        return
    template, subject = MAILS[entry.verb]
    facts = {
        name: entry.facts[name] for name in ("address", "browser", "failures", "left", "what") if name in entry.facts
    }
    if facts.get("browser"):
        facts["browser"] = browsers.name_of(facts["browser"])
    page = settings.BASE_URL + reverse("accounts:security")
    mails.send(
        user,
        template,
        subject,
        at=entry.at,
        by=entry.actor_name,
        key=entry.facts.get("name", ""),
        security=page,
        **facts,
    )
    remember(key, {"sent": "yes"}, int(LATE.total_seconds()))


@read("single_sign_on.created", "single_sign_on.updated", "single_sign_on.deleted")
def tell_of_single_sign_on(entry: Entry) -> None:
    """Mail the owner that somebody else changed through whom the company's people sign in. Once, while it is news."""
    key = f"mailed:{entry.pk}"
    owner = owner_of(entry.company_id or "")
    if owner is None or owner.pk == entry.actor_id or entry.at < clock.now() - LATE or remembered(key):
        return
    mode = entry.changes.get("mode", [None, ""])[1]
    subject = "Single sign-on of your HoopAI account was changed"
    mails.send(owner, "single_sign_on_changed", subject, at=entry.at, by=entry.actor_name, mode=mode)
    remember(key, {"sent": "yes"}, int(LATE.total_seconds()))
