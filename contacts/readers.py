"""What this app does when it reads the journal."""

from django.db.models import Q

from contacts.models import Contact
from journal.models import Entry
from journal.recorded import quietly
from journal.verbs import read


@read("note.created", "task.created", "task.completed")
def touch_last_activity(entry: Entry) -> None:
    """Somebody did something about the contact. Harmless to repeat: the time only ever moves forward."""
    with quietly(reason="a derived time, no news to anybody"):
        Contact.objects.filter(Q(pk=entry.contact_id), last_activity_at__lt=entry.at).update(last_activity_at=entry.at)
