"""What this app does when it reads the journal."""

from django.db.models import Q

from accounts import current, people
from accounts.models import Location, User
from contacts import leaving, tagging
from contacts.merging import folding
from contacts.models import Contact
from contacts.scoring import counting, reading
from core import scope
from journal.models import Entry
from journal.recorded import quietly
from journal.verbs import read, read_batches


@read("note.created", "task.created", "task.completed")
def touch_last_activity(entry: Entry) -> None:
    """Somebody did something about the contact. Harmless to repeat: the time only ever moves forward."""
    with quietly(reason="a derived time, no news to anybody"):
        Contact.objects.filter(Q(pk=entry.contact_id), last_activity_at__lt=entry.at).update(last_activity_at=entry.at)


@read_batches(chooses=reading.is_scored, here=counting.is_listening)
def keep_score(entries: list[Entry]) -> None:
    """Move the scores that these entries have a say in. Harmless to repeat."""
    reading.score(entries)


@read("contact.merged")
def sweep_up(entry: Entry) -> None:
    """What was written to an absorbed contact while it was being merged belongs to the master. Harmless to repeat."""
    folding.sweep(str(entry.facts.get("merge", "")))


@read("tag.deleted", "tag.merged")
def finish_tags(entry: Entry) -> None:
    """Rewrite the contacts that the request had no time for, in the name of the one who asked. Harmless to repeat."""
    name, into, into_id = (str(entry.facts.get(key, "")) for key in ("name", "into", "into_id"))
    with scope.use(actor=scope.Actor(entry.actor_id, entry.actor_name, entry.actor_kind)):
        while True:
            done = (
                tagging.replace(entry.subject_id, name, into_id, into)
                if into_id
                else tagging.strip(entry.subject_id, name)
            )
            if done < tagging.BATCH:
                return


@read("membership.deleted")
def release_in_one_location(entry: Entry) -> None:
    """Somebody lost a location: what was theirs there has no owner any more. People of the agency still reach it."""
    user = User.objects.everywhere(reason="the entry names the user").filter(pk=entry.facts.get("user", "")).first()
    if user is None or not (user.agency_role and user.is_active):
        leaving.release(str(entry.facts.get("user", "")), people.heir_at(entry))


@read("membership.disabled")
def pass_on(entry: Entry) -> None:
    """Somebody was switched off: what was theirs goes to whom the admin named, else it stays."""
    heir = people.heir_at(entry)
    if heir:
        leaving.hand_over(str(entry.facts.get("user", "")), heir)


@read("user.deleted")
def release_everywhere(entry: Entry) -> None:
    """Somebody left the company."""
    for place in Location.objects.everywhere(reason="the entry names the company").filter(company_id=entry.company_id):
        with current.at(place):
            leaving.release(entry.subject_id, people.heir_at(entry))
