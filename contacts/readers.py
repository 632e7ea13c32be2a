"""What this app does when it reads the journal."""

from django.db.models import Q

from accounts import current
from accounts.models import Location, User
from contacts import leaving, tagging
from contacts.models import Contact
from core import scope
from journal.models import Entry
from journal.recorded import quietly
from journal.verbs import read


@read("note.created", "task.created", "task.completed")
def touch_last_activity(entry: Entry) -> None:
    """Somebody did something about the contact. Harmless to repeat: the time only ever moves forward."""
    with quietly(reason="a derived time, no news to anybody"):
        Contact.objects.filter(Q(pk=entry.contact_id), last_activity_at__lt=entry.at).update(last_activity_at=entry.at)


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
        leaving.release(str(entry.facts.get("user", "")))


@read("user.deleted")
def release_everywhere(entry: Entry) -> None:
    """Somebody left the company."""
    for place in Location.objects.everywhere(reason="the entry names the company").filter(company_id=entry.company_id):
        with current.at(place):
            leaving.release(entry.subject_id)
