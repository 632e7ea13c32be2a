"""Who is told of what, once, and never of what they may not see."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from billing import limits
from billing.tests import make as plans
from contacts import access, bulk
from contacts.merging import folding
from contacts.models import BulkAction, Contact, SmartList, Tag
from contacts.tasks import recurring as due
from contacts.teams import add_team
from contacts.tests import make
from core import clock
from core.pages import link
from journal.models import Entry
from journal.verbs import READERS
from notifications import showing, tasks
from notifications.hearing import heard
from notifications.models import Notification
from notifications.telling import tell
from opportunities.tests import make as deals


@pytest.fixture
def ann(cast) -> Contact:  # type: ignore[no-untyped-def]
    """Bob owns her and dora follows."""
    row = make.contact("Ann", last_name="Archer", assigned_to=cast.bob)
    row.follow([cast.dora.pk])
    return row


def told(user, **narrowed) -> list[str]:  # type: ignore[no-untyped-def]
    return list(Notification.objects.filter(user=user, **narrowed).order_by("pk").values_list("text", flat=True))


def test_owner_and_followers_hear_of_a_note_and_the_writer_does_not(cast, ann, as_, drain):
    with drain(), as_(cast.dora):
        make.note(ann)
    assert told(cast.bob) == ["Dora Doe wrote a note"] and told(cast.dora) == [] and told(cast.alice) == []


def test_members_of_the_owning_team_hear(cast, drain):
    team = add_team("Sales", [cast.bob.pk, cast.dora.pk])
    row = make.contact("Teamed")
    with drain():
        row.assign_to_team(team)
    assert told(cast.bob) == ["Alice Adams made your team Sales the owner"] == told(cast.dora)
    with drain():
        make.note(row)
    assert told(cast.bob, kind="activity") == ["Alice Adams wrote a note"]


def test_what_happens_to_a_contact_within_five_minutes_is_one(cast, ann, drain):
    with drain():
        make.note(ann)
    with drain():
        make.note(ann, "Again.")
        make.task(ann, "Call")
    (row,) = Notification.objects.filter(user=cast.bob)
    assert row.count == 3 and row.text == "Alice Adams added the task Call"
    with clock.moved(dt.timedelta(minutes=6)), drain():
        make.note(ann, "Later.")
    assert Notification.objects.filter(user=cast.bob).count() == 2


def test_a_digest_that_was_read_starts_anew(cast, ann, drain, browse):
    with drain():
        make.note(ann)
    browse(cast.bob).post(link("notifications:mark_all"))
    with drain():
        make.note(ann, "Again.")
    assert [row.count for row in Notification.objects.filter(user=cast.bob)] == [1, 1]


def test_an_entry_read_twice_is_told_once(cast, ann, drain):
    with drain():
        make.note(ann)
    reader = READERS["notifications.readers.tell_people"]
    reader.function(list(Entry.objects.filter(verb="note.created")))
    assert [row.count for row in Notification.objects.filter(user=cast.bob)] == [1]


def test_owner_status_and_stage_are_told(cast, ann, as_, drain):
    deal = deals.opportunity("Big", contact=ann, assigned_to=cast.bob)
    with drain():
        deal.set_status("won")
    assert told(cast.bob, subject_type="opportunity") == ["Alice Adams marked Big as won"]
    with drain():
        ann.assign_to(cast.dora.pk)
    assert told(cast.dora, kind="assigned") == ["Alice Adams made you the owner"]


def test_a_task_tells_its_assignee_when_it_is_given_and_when_it_is_due(cast, drain):
    row = make.contact("Ann")
    with drain():
        task = make.task(row, "Call", assigned_to=cast.dora, due_at=clock.now() + dt.timedelta(minutes=1))
    assert told(cast.dora) == ["Alice Adams gave you a task"]
    with clock.moved(dt.timedelta(minutes=2)), drain():
        due.tell_of_due()
    assert told(cast.dora, kind="task_due") == ["The task is due"]
    with drain():
        task.refresh_from_db()
        task.change(assigned_to=cast.bob)
    assert told(cast.bob) == ["Alice Adams gave you a task"]


def test_whoever_is_mentioned_hears_that_and_not_the_note_as_well(cast, ann, drain, mailoutbox):
    with drain():
        make.note(ann, "Ask @Bob Brown about it.")
    assert told(cast.bob) == ["Alice Adams mentioned you in a note"] and told(cast.dora) == ["Alice Adams wrote a note"]
    assert [(mail.to, mail.subject) for mail in mailoutbox] == [
        (["bob@example.com"], "Ann Archer: Alice Adams mentioned you in a note")
    ]


def test_a_follower_is_told_and_so_is_the_owner(cast, drain):
    row = make.contact("Ann", assigned_to=cast.dora)
    with drain():
        row.follow([cast.bob.pk])
    assert told(cast.bob) == ["Alice Adams made you a follower"] and told(cast.dora) == ["Alice Adams added a follower"]


def many(number: int, **fields) -> None:  # type: ignore[no-untyped-def]
    for place in range(number):
        make.contact(f"Person {place}", email=f"p{place}@example.com", **fields)


def test_a_bulk_action_is_one_for_each_person_and_tags_are_none(cast, drain):
    many(12, assigned_to=cast.dora)
    rows = Contact.objects.order_by("pk")
    with drain():
        bulk.start("add_tags", rows, params={"tags": [Tag.record_new(name="vip").pk]})
    assert told(cast.dora) == []
    with drain():
        bulk.start("assign_owner", rows, params={"to": "user", "user": cast.bob.pk}, name="Give to Bob")
    (row,) = Notification.objects.filter(user=cast.bob)
    assert row.text == "Alice Adams made you the owner of 12 contacts" and row.count == 12
    assert told(cast.alice) == ["Add tags is finished: 12 done.", "Give to Bob is finished: 12 done."]


def test_many_changes_at_once_cost_as_many_queries_as_few(cast):
    def asked(number: int) -> int:
        Notification.objects.all().delete()
        rows = [make.contact(f"P{place}", assigned_to=cast.bob) for place in range(number)]
        entries = [Entry(pk=f"{row.pk[:16]}{number:04}", verb="contact.assigned", subject_type="contact", subject_id=row.pk,
                         contact_id=row.pk, actor_id=cast.alice.pk, actor_name="Alice", facts={},
                         changes={"assigned_to": [None, cast.bob.pk]}) for row in rows]  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            tell(heard(entries))
        assert Notification.objects.count() == 1
        return len(queries)

    assert asked(10) == asked(60) < 16


def test_an_export_tells_whoever_started_it(cast, drain):
    make.contact("Ann", email="ann@example.com")
    with drain():
        bulk.start("export", Contact.objects.live().order_by("pk"), params={"columns": ["name"]})
    (row,) = Notification.objects.filter(user=cast.alice)
    assert row.text.endswith("is ready to download.") and row.url == link(
        "contacts:bulk_action", BulkAction.objects.get().pk
    )


def test_a_list_shared_with_a_person_a_team_or_everyone_is_told(cast, drain):
    team = add_team("Sales", [cast.dora.pk])
    row = SmartList.add(name="Hot", owner=cast.alice)
    with drain():
        row.change(shared_users=[cast.bob.pk], shared_teams=[team.pk])
    assert told(cast.bob) == ["Alice Adams shared the list Hot with you."] == told(cast.dora)
    with drain():
        row.change(name="Hotter")
    assert len(told(cast.bob)) == 1


def test_a_request_for_access_is_granted_with_one_click(cast, browse, as_, drain):
    row = make.contact("Zorblatt", email="z@example.com", assigned_to=cast.dora)
    with drain(), as_(cast.bob):
        access.request_access("email", "z@example.com")
    dora = browse(cast.dora)
    page = dora.get(link("notifications:index")).content.decode()
    path = link("contacts:access_grant", row.pk, cast.bob.pk)
    assert "Bob Brown asks to see this contact" in page and f'action="{path}"' in page
    dora.post(path)
    row.refresh_from_db()
    assert row.followers == [cast.bob.pk]


def test_admins_hear_of_a_limit_and_billing_alone_mails_it(cast, drain, mailoutbox):
    plans.subscription(cast.company, contacts=10)
    with drain():
        limits.take("contacts", 8)
    assert len(told(cast.alice, kind="limits")) == 1 and told(cast.bob) == []
    with drain():
        tasks.mail_due()
    assert [mail.to for mail in mailoutbox] == [["alice@example.com"]]


# what may not be seen


def test_contacts_055_a_notification_about_what_one_may_no_longer_see_is_hidden(cast, ann, browse, drain, mailoutbox):
    bob = browse(cast.bob)
    with drain():
        make.note(ann)
    row = Notification.objects.get(user=cast.bob)
    assert "Ann Archer" in bob.get(link("notifications:index")).content.decode()
    assert bob.get(link("notifications:count")).json() == {"unread": 1}
    with drain():
        ann.assign_to(cast.dora.pk)
    page = bob.get(link("notifications:index")).content.decode()
    assert "Ann" not in page and bob.get(link("notifications:count")).json() == {"unread": 0}
    assert bob.get(link("notifications:open", row.pk)).status_code == 404
    assert bob.post(link("notifications:mark", row.pk)).status_code == 404
    row.refresh_from_db()
    assert row.read_at is None
    Notification.objects.filter(pk=row.pk).update(mail_at=clock.now())
    assert tasks.mail_due() == 0 and not mailoutbox


def test_an_opportunity_one_may_not_see_is_told_to_nobody(cast, ann, browse, drain):
    deal = deals.opportunity("Krumhorne", contact=ann, assigned_to=cast.alice)
    with drain():
        deal.set_status("won")
    assert "Krumhorne" not in browse(cast.bob).get(link("notifications:index")).content.decode()


def test_a_notification_of_somebody_else_is_not_found(cast, ann, browse, drain):
    with drain():
        make.note(ann)
    row = Notification.objects.get(user=cast.bob)
    dora = browse(cast.dora)
    assert dora.get(link("notifications:open", row.pk)).status_code == 404
    assert dora.post(link("notifications:mark", row.pk)).status_code == 404
    row.refresh_from_db()
    assert row.read_at is None


def test_a_contact_in_the_trash_takes_its_notifications_along(cast, ann, browse, drain):
    with drain():
        make.note(ann)
    ann.trash()
    bob = browse(cast.bob)
    assert bob.get(link("notifications:count")).json() == {"unread": 0}
    ann.restore()
    assert bob.get(link("notifications:count")).json() == {"unread": 1}


def test_who_does_not_work_here_any_more_is_told_nothing(cast, ann, drain):
    Membership.objects.get(user=cast.bob).remove()
    with drain():
        make.note(ann)
    assert told(cast.bob) == []


def test_what_was_told_of_a_merged_contact_leads_to_the_master(cast, ann, browse, drain):
    with drain():
        make.note(ann)
    master = make.contact("Master", assigned_to=cast.bob)
    with drain():
        folding.merge([master.pk, ann.pk], master.pk)
    page = browse(cast.bob).get(link("notifications:index")).content.decode()
    assert "Master" in page and "Alice Adams wrote a note" in page


# reading


def test_opening_one_marks_it_as_read_and_leads_to_the_record(cast, ann, browse, drain):
    with drain():
        make.note(ann)
    row = Notification.objects.get(user=cast.bob)
    bob = browse(cast.bob)
    assert bob.get(link("notifications:open", row.pk))["Location"] == link("contacts:show", ann.pk)
    row.refresh_from_db()
    assert row.read_at is not None
    bob.post(link("notifications:mark", row.pk), {"unread": "1"})
    row.refresh_from_db()
    assert row.read_at is None
    assert "Ann Archer" in bob.get(link("notifications:panel"), headers={"HX-Request": "true"}).content.decode()
    assert bob.get(link("notifications:panel")).status_code == 302


def test_pages_narrow_and_go_on(cast, browse):
    shared(cast.bob, 120)
    bob = browse(cast.bob)
    first = bob.get(link("notifications:index"))
    assert first.content.decode().count('class="notice notice--new"') == 50 and "Older" in first.content.decode()
    assert bob.get(link("notifications:count")).json() == {"unread": 100}
    seen: list[str] = []
    url = link("notifications:index")
    while url:
        context = bob.get(url).context
        seen += [line.row.pk for line in context["lines"]]
        url = context["older_url"]
    assert len(seen) == len(set(seen)) == 120
    empty = bob.get(link("notifications:index"), {"kind": "job"}).content.decode()
    assert "Nothing left to read" in empty


def shared(user, number: int) -> None:  # type: ignore[no-untyped-def]
    """So many notifications, a minute apart."""
    now = clock.now()
    Notification.objects.bulk_create(
        Notification(user=user, kind="list_shared", text=f"List {place}", at=now - dt.timedelta(minutes=place))
        for place in range(number)
    )


def test_counting_is_one_query(cast, as_):
    shared(cast.bob, 3)
    with as_(cast.bob), CaptureQueriesContext(connection) as queries:
        assert showing.unread() == 3
    assert len(queries) == 1


def test_old_ones_are_forgotten(cast):
    shared(cast.bob, 2)
    Notification.objects.filter(text="List 1").update(at=clock.now() - dt.timedelta(days=91))
    assert tasks.forget() == 1 and told(cast.bob) == ["List 0"]
