"""What this app does when it reads the journal."""

from django.db.models import Q

from contacts import tagging
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
                tagging.replace(entry.subject_id, name, into_id, into) if into_id else tagging.strip(entry.subject_id, name)
            )
            if done < tagging.BATCH:
                return
