"""Which messages come of which entries, written down before anything is sent."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from django.db import transaction

from accounts import hipaa
from contacts.models import Contact
from core import clock
from integrations import states, wording
from integrations.happenings import HAPPENINGS, Happening
from integrations.models import Mapping, Post
from journal.models import Entry
from opportunities.models import Opportunity

AT_ONCE = 5  # more than these in one go are told as a number
PER_MINUTE = 20  # and so is what comes faster than this
GATHERED_FOR = dt.timedelta(minutes=1)
REACHING = (states.CONNECTED, states.CONNECTING, states.ATTENTION)


def in_use() -> list[Mapping]:
    """The mappings of the location in scope that are told of anything, in HIPAA mode only where data may go."""
    rows = Mapping.objects.filter(is_on=True, connection__state__in=REACHING).exclude(connection__connected_at=None)
    return [row for row in rows.select_related("connection") if hipaa.may_reach(row.connection.provider)]


def queue_up(entries: list[Entry]) -> int:
    """Write the messages that these entries make. Harmless to repeat: an entry is told once per mapping."""
    count = 0
    for mapping in in_use():
        wanted = [entry for entry in entries if entry.verb in mapping.what.verbs and mapping.what.is_one(entry)]
        if wanted:
            count += _queue(mapping, wanted)
    return count


def _queue(mapping: Mapping, entries: list[Entry]) -> int:
    with transaction.atomic():
        Mapping.objects.select_for_update().get(pk=mapping.pk)  # one at a time adds to a mapping's messages
        mine = Post.objects.filter(mapping=mapping)
        held = set(mine.filter(entry_id__in=[entry.pk for entry in entries]).values_list("entry_id", flat=True))
        if mine.filter(batches__contains=[entries[0].pk]).exists():
            return 0
        entries = [entry for entry in entries if entry.pk not in held]
        if not entries:
            return 0
        recent = mine.filter(at__gt=clock.now() - GATHERED_FOR).count()
        if len(entries) > AT_ONCE or recent + len(entries) > PER_MINUTE:
            return _gather(mapping, entries)
        texts = _texts(mapping, entries)
        Post.objects.bulk_create(
            [Post(mapping=mapping, entry_id=entry.pk, text=texts[entry.pk]) for entry in entries if entry.pk in texts]
        )
        return len(texts)


def _gather(mapping: Mapping, entries: list[Entry]) -> int:
    """One message with a number; it waits a minute and takes up what comes until then."""
    now = clock.now()
    first = entries[0].pk
    row = Post.objects.filter(mapping=mapping, state="waiting", next_at__gt=now).exclude(batches=[]).first()
    if row is None:
        row = Post(mapping=mapping, entry_id=first, count=0, next_at=now + GATHERED_FOR)
    row.count += len(entries)
    row.batches = [*row.batches, first]
    row.text = wording.of_many(mapping.what, row.count)
    row.save()
    return 1


def _texts(mapping: Mapping, entries: list[Entry]) -> dict[str, str]:
    """{entry: message} of those whose subject is still there."""
    what: Happening = HAPPENINGS[mapping.happening]
    subjects = defaultdict(list)
    for entry in entries:
        subjects[entry.subject_id].append(entry.pk)
    found = {}
    if what.key == "deal_won":
        deals = Opportunity.objects.live().filter(pk__in=subjects)
        for deal in deals.select_related("contact", "assigned_to", "pipeline"):
            found |= dict.fromkeys(subjects[deal.pk], wording.of_deal(mapping.template, deal))
    else:
        for contact in Contact.objects.live().filter(pk__in=subjects):
            found |= dict.fromkeys(subjects[contact.pk], wording.of_contact(mapping.template, contact))
    return found
