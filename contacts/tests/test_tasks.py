"""Tasks: on a record, and the page of all of them."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.tests import make as people
from contacts.models import Task
from contacts.tests import make
from core import clock
from core.pages import link
from journal.models import Entry

AJAX = {"HX-Request": "true"}


def form(cast, **changes):
    given = {
        "task-title": "Send the quote",
        "task-due": "2026-12-01T09:30",
        "task-assigned_to": cast.dora.pk,
        "task-body": "",
    }
    return {**given, **{f"task-{name}": value for name, value in changes.items()}}


def page_of(client, **query):
    return client.get(link("contacts:tasks"), query).content.decode()


def test_a_task_is_added_with_its_due_time_read_in_the_zone_of_the_location(cast, browse):
    contact = make.contact("Ann")
    answer = browse(cast.alice).post(link("contacts:contact_task_add", contact.pk), form(cast), headers=AJAX)
    assert answer.status_code == 200 and "Send the quote" in answer.content.decode()
    task = Task.objects.get(contact=contact)
    assert task.assigned_to_id == cast.dora.pk
    assert task.due_at == dt.datetime(2026, 12, 1, 9, 30, tzinfo=cast.location.zone)


@pytest.mark.parametrize("missing", ["title", "due", "assigned_to"])
@pytest.mark.parametrize("headers", [AJAX, {}])
def test_contacts_040_a_task_without_title_due_date_or_assignee_is_refused_and_nothing_is_lost(
    cast, browse, missing, headers
):
    contact = make.contact("Ann")
    given = {"body": "the description", **({"title": "Kept title"} if missing != "title" else {}), missing: ""}
    answer = browse(cast.alice).post(
        link("contacts:contact_task_add", contact.pk), form(cast, **given), headers=headers
    )
    page = answer.content.decode()
    sentence = {
        "title": "Say what has to be done.",
        "due": "Choose a day and a time.",
        "assigned_to": "Choose who does it.",
    }
    assert answer.status_code == 422 and sentence[missing] in page
    assert "the description" in page
    assert not Task.objects.filter(contact=contact).exists()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("due", "tomorrow", "Not a day and time."),
        ("due", "9999-12-31T23:59", "Not a day and time."),
        ("title", "x" * 301, "at most 300"),
        ("body", "x" * 5001, "at most 5000"),
        ("assigned_to", "0" * 20, "Nobody with this name works here."),
    ],
)
def test_a_bad_value_is_refused_at_its_field(cast, browse, name, value, sentence):
    contact = make.contact("Ann")
    answer = browse(cast.alice).post(
        link("contacts:contact_task_add", contact.pk), form(cast, **{name: value}), headers=AJAX
    )
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert not Task.objects.exists()


def test_somebody_of_another_company_cannot_get_a_task(cast, browse):
    contact = make.contact("Ann")
    answer = browse(cast.alice).post(
        link("contacts:contact_task_add", contact.pk), form(cast, assigned_to=cast.charlie.pk), headers=AJAX
    )
    assert answer.status_code == 422 and not Task.objects.exists()


def test_contacts_041_a_task_due_yesterday_and_open_is_overdue_everywhere(cast, browse):
    contact = make.contact("Ann")
    make.task(contact, "Late one", due_at=clock.now() - dt.timedelta(days=1), assigned_to=cast.alice)
    make.task(contact, "Later one", assigned_to=cast.alice)
    done = make.task(contact, "Done one", due_at=clock.now() - dt.timedelta(days=2), assigned_to=cast.alice)
    done.complete()
    client = browse(cast.alice)
    overdue = page_of(client, state="overdue")
    assert "Late one" in overdue and "Later one" not in overdue and "Done one" not in overdue and "Overdue" in overdue
    upcoming = page_of(client, state="upcoming")
    assert "Later one" in upcoming and "Late one" not in upcoming
    completed = page_of(client, state="completed")
    assert "Done one" in completed and "Late one" not in completed
    panel = client.get(link("contacts:contact_tasks", contact.pk), {"state": "overdue"}, headers=AJAX).content.decode()
    assert "Late one" in panel and "Overdue" in panel and "Later one" not in panel


def test_a_task_is_completed_and_reopened_and_a_second_time_changes_nothing(cast, browse):
    task = make.task(make.contact("Ann"), assigned_to=cast.alice)
    client, url = browse(cast.dora), link("contacts:task_complete", task.pk)
    for _ in range(2):
        assert client.post(url, {"done": "on"}, headers=AJAX).status_code == 200
    held = Task.objects.get(pk=task.pk)
    assert held.completed and held.completed_by_id == cast.dora.pk
    assert Entry.objects.filter(verb="task.completed").count() == 1
    client.post(url, {"done": "off"}, headers=AJAX)
    assert not Task.objects.get(pk=task.pk).completed
    assert client.post(url, {}, headers=AJAX).status_code == 404


def test_a_task_is_edited_in_a_dialog_and_a_former_assignee_may_keep_it(cast, browse):
    leaver = people.user(cast.company, "Leaver")
    place = people.membership(leaver, cast.location)
    task = make.task(make.contact("Ann"), assigned_to=leaver)
    place.remove()
    url = link("contacts:task_edit", task.pk)
    dialog = browse(cast.alice).get(url, headers=AJAX).content.decode()
    assert "Leaver" in dialog and "Call back" in dialog
    answer = browse(cast.alice).post(url, form(cast, title="Changed", assigned_to=leaver.pk), headers=AJAX)
    assert answer.status_code == 200 and "dialog:close" in answer["HX-Trigger"]
    held = Task.objects.get(pk=task.pk)
    assert (held.title, held.assigned_to_id) == ("Changed", leaver.pk)
    bad = browse(cast.alice).post(url, form(cast, title=""), headers=AJAX)
    assert bad.status_code == 422
    assert Task.objects.get(pk=task.pk).title == "Changed"


def test_a_deleted_task_leaves_its_name_in_the_timeline(cast, browse):
    contact = make.contact("Ann")
    task = make.task(contact, "Ring the bell")
    browse(cast.alice).post(link("contacts:task_remove", task.pk), headers=AJAX)
    assert not Task.objects.exists()
    thread = browse(cast.alice).get(link("contacts:timeline", contact.pk), headers=AJAX).content.decode()
    assert "deleted the task Ring the bell" in thread


def test_the_page_of_all_tasks_shows_25_and_turns_by_key(cast, browse):
    contact = make.contact("Ann")
    for number in range(60):
        make.task(
            contact, f"Task {number:02}", due_at=clock.now() + dt.timedelta(hours=number + 1), assigned_to=cast.alice
        )
    client = browse(cast.alice)
    first = client.get(link("contacts:tasks"))
    assert [task.title for task in first.context["tasks"]] == [f"Task {number:02}" for number in range(25)]
    second = client.get(link("contacts:tasks") + first.context["next_url"])
    third = client.get(link("contacts:tasks") + second.context["next_url"])
    assert [task.title for task in third.context["tasks"]] == [f"Task {number:02}" for number in range(50, 60)]
    assert not third.context["next_url"]
    back = client.get(link("contacts:tasks") + third.context["previous_url"])
    assert [task.title for task in back.context["tasks"]] == [f"Task {number:02}" for number in range(25, 50)]
    assert "1–25 of" in first.content.decode().replace("&#8211;", "–")


def test_the_page_of_all_tasks_is_narrowed_by_assignee_contact_and_words(cast, browse):
    ann, ben = make.contact("Ann"), make.contact("Ben")
    make.task(ann, "Ring Ann", assigned_to=cast.alice)
    make.task(ben, "Ring Ben", assigned_to=cast.dora)
    make.task(ben, "Write Ben")
    client = browse(cast.alice)

    def titles(**query):
        return {task.title for task in client.get(link("contacts:tasks"), query).context["tasks"]}

    assert titles(assignee="me") == {"Ring Ann"}
    assert titles(assignee=cast.dora.pk) == {"Ring Ben"}
    assert titles(assignee="nobody") == {"Write Ben"}
    assert titles(contact=ben.pk) == {"Ring Ben", "Write Ben"}
    assert titles(contact="0" * 20) == set()
    assert titles(words="ring ben") == {"Ring Ben"}
    assert titles(words="\x00", state="nonsense", cursor="broken", assignee="x" * 300) == set()


def test_a_restricted_user_sees_own_tasks_and_those_of_visible_contacts_and_a_hidden_contact_stays_unnamed(
    cast, browse
):
    hidden = make.contact("Hiddenperson", assigned_to=cast.dora)
    mine = make.contact("Mine", assigned_to=cast.bob)
    make.task(hidden, "Not mine", assigned_to=cast.dora)
    own = make.task(hidden, "Mine to do", assigned_to=cast.bob)
    make.task(mine, "Somebody else's on my contact", assigned_to=cast.dora)
    page = page_of(browse(cast.bob))
    assert "Mine to do" in page and "on my contact" in page and "Not mine" not in page
    assert "Hiddenperson" not in page and hidden.pk not in page
    done = browse(cast.bob).post(link("contacts:task_complete", own.pk), {"done": "on", "as": "row"}, headers=AJAX)
    assert done.status_code == 200 and "Hiddenperson" not in done.content.decode()
    assert Task.objects.get(pk=own.pk).completed


def test_tasks_of_a_contact_in_the_trash_are_not_listed(cast, browse):
    contact = make.contact("Ann")
    task = make.task(contact, "Ghost")
    contact.trash()
    assert "Ghost" not in page_of(browse(cast.alice))
    assert browse(cast.alice).post(link("contacts:task_complete", task.pk), {"done": "on"}).status_code == 404
    contact.restore()
    assert "Ghost" in page_of(browse(cast.alice))


def test_a_task_is_added_from_the_page_of_all_tasks_for_a_chosen_contact(cast, browse):
    contact, hidden = make.contact("Ann", assigned_to=cast.bob), make.contact("Hidden", assigned_to=cast.dora)
    url = link("contacts:task_add")
    none = browse(cast.bob).post(url, form(cast), headers=AJAX)
    assert none.status_code == 422 and "Choose a contact." in none.content.decode()
    refused = browse(cast.bob).post(url, {**form(cast), "contact": hidden.pk}, headers=AJAX)
    assert refused.status_code == 422
    assert not Task.objects.exists()
    assert browse(cast.bob).post(url, {**form(cast), "contact": contact.pk}, headers=AJAX).status_code == 200
    assert Task.objects.get().contact_id == contact.pk


def test_the_page_of_all_tasks_costs_the_same_for_one_task_as_for_many(cast, browse, django_assert_max_num_queries):
    client = browse(cast.alice)
    client.get(link("contacts:tasks"))
    for number in range(25):
        make.task(make.contact(f"Person {number}"), assigned_to=cast.dora)
    with django_assert_max_num_queries(10):
        assert client.get(link("contacts:tasks")).status_code == 200
