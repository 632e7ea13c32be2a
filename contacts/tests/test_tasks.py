"""Tasks: on a record, and the page of all of them."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from accounts.models import Team
from accounts.tests import make as people
from contacts.models import RecurringTask, Task
from contacts.tasks import recurring as by_the_clock
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


def test_the_page_is_narrowed_by_company_and_days_in_the_zone_of_the_location(cast, browse):
    firm = make.business("Firm")
    ann, ben = make.contact("Ann", business=firm), make.contact("Ben")
    noon = dt.datetime(2030, 5, 10, 12, tzinfo=cast.location.zone)
    make.task(ann, "Early", due_at=noon - dt.timedelta(days=1))
    make.task(ann, "Late evening", due_at=noon + dt.timedelta(hours=11, minutes=59))
    make.task(ben, "Next", due_at=noon + dt.timedelta(hours=12))
    client = browse(cast.alice)

    def titles(**query):
        return {task.title for task in client.get(link("contacts:tasks"), query).context["tasks"]}

    assert titles(company=firm.pk) == {"Early", "Late evening"} and titles(company="0" * 20) == set()
    assert titles(**{"from": "2030-05-10", "to": "2030-05-10"}) == {"Late evening"}
    assert titles(**{"from": "2030-05-10"}) == {"Late evening", "Next"}
    assert titles(**{"from": "nonsense", "size": "7"}) == {"Early", "Late evening", "Next"}


def test_a_page_holds_25_50_or_100_tasks(cast, browse):
    contact = make.contact("Ann")
    for number in range(60):
        make.task(contact, f"Task {number}", due_at=clock.now() + dt.timedelta(hours=number + 1))
    client = browse(cast.alice)
    for size, shown in (("", 25), ("50", 50), ("100", 60), ("1000", 25)):
        assert len(client.get(link("contacts:tasks"), {"size": size}).context["tasks"]) == shown


def test_the_board_puts_open_tasks_under_overdue_today_this_week_and_later(cast, browse):
    contact, now = make.contact("Ann"), clock.now()
    make.task(contact, "Missed", due_at=now - dt.timedelta(hours=1))
    make.task(contact, "Some day", due_at=now + dt.timedelta(days=30))
    make.task(contact, "Done", due_at=now - dt.timedelta(hours=1)).complete()
    answer = browse(cast.alice).get(link("contacts:tasks"), {"view": "board"})
    found = {column["label"]: [task.title for task in column["tasks"]] for column in answer.context["columns"]}
    assert found == {"Overdue": ["Missed"], "Today": [], "This week": [], "Later": ["Some day"]}


def test_the_tasks_of_a_record_are_narrowed_by_assignee_days_and_words(cast, browse):
    contact, client = make.contact("Ann"), browse(cast.alice)
    noon = dt.datetime(2030, 5, 10, 12, tzinfo=cast.location.zone)
    make.task(contact, "Ring about the kitchen", due_at=noon, assigned_to=cast.alice)
    make.task(contact, "Write about the kitchen", due_at=noon + dt.timedelta(days=1), assigned_to=cast.dora)
    make.task(contact, "Send papers", due_at=noon + dt.timedelta(days=2))

    def titles(**query):
        answer = client.get(link("contacts:contact_tasks", contact.pk), query, headers=AJAX)
        return [task.title for task in answer.context["tasks"]]

    assert titles(assignee="me") == ["Ring about the kitchen"]
    assert titles(assignee=cast.dora.pk) == ["Write about the kitchen"] and titles(assignee="nobody") == ["Send papers"]
    assert titles(words="KITCHEN about", **{"from": "2030-05-11"}) == ["Write about the kitchen"]
    assert titles(to="2030-05-10") == ["Ring about the kitchen"]
    assert titles(words="\x00", assignee="", to="nonsense") == titles() and len(titles()) == 3
    whole = client.get(link("contacts:show", contact.pk), {"panel": "tasks", "words": "papers"}).content.decode()
    assert "Send papers" in whole and 'value="papers"' in whole


def test_a_task_of_a_contact_that_a_team_owns_shows_the_contact_to_the_members(cast, browse):
    team = Team.record_new(name="Sales", members=[cast.bob.pk])
    contact = make.contact("Teamperson", team=team)
    make.task(contact, "Ring", assigned_to=cast.dora)
    page = page_of(browse(cast.bob))
    assert "Ring" in page and "Teamperson" in page and "Hidden contact" not in page


def test_the_description_of_a_task_keeps_its_formatting_and_nothing_that_runs(cast, browse):
    contact, client = make.contact("Ann"), browse(cast.alice)
    given = form(cast, body="<p>Bring <b>both</b></p><script>alert(1)</script>")
    page = client.post(link("contacts:contact_task_add", contact.pk), given, headers=AJAX).content.decode()
    assert "<b>both</b>" in page and "alert(1)</script>" not in page
    assert "<b>both</b>" in Task.objects.get().body and "script" not in Task.objects.get().body


def test_several_tasks_are_completed_at_once_and_that_is_undone(cast, browse):
    contact = make.contact("Ann")
    tasks = [make.task(contact, f"Task {number}") for number in range(3)]
    client = browse(cast.alice)
    url = link("contacts:tasks_chosen", deed="complete")
    answer = client.post(url, {"ids": [task.pk for task in tasks[:2]]}, headers=AJAX)
    assert answer.status_code == 200
    assert set(Task.objects.filter(completed=True).values_list("pk", flat=True)) == {task.pk for task in tasks[:2]}
    undo = json.loads(answer["HX-Trigger"])["toast"]["undo_url"]
    assert client.post(undo, headers=AJAX).status_code == 200
    assert not Task.objects.filter(completed=True).exists()


def test_several_tasks_are_assigned_put_off_and_deleted_after_being_asked(cast, browse):
    contact = make.contact("Ann")
    tasks = [make.task(contact, f"Task {number}", assigned_to=cast.alice) for number in range(2)]
    chosen = {"ids": [task.pk for task in tasks]}
    client = browse(cast.alice)
    for deed, given in (
        ("assign", {"assigned_to": cast.dora.pk}),
        ("reschedule", {"due": "2031-01-02T09:00"}),
        ("remove", {}),
    ):
        url = link("contacts:tasks_chosen", deed=deed)
        before = list(Task.objects.order_by("pk").values())
        assert client.post(url, chosen, headers=AJAX).status_code == 200
        if given:
            bad = client.post(url, {**chosen, "go": "1", **dict.fromkeys(given, "nonsense")}, headers=AJAX)
            assert bad.status_code == 422
        assert list(Task.objects.order_by("pk").values()) == before
        assert client.post(url, {**chosen, "go": "1", **given}, headers=AJAX).status_code == 200
        if deed == "assign":
            assert set(Task.objects.values_list("assigned_to_id", flat=True)) == {cast.dora.pk}
        elif deed == "reschedule":
            due = dt.datetime(2031, 1, 2, 9, tzinfo=cast.location.zone)
            assert set(Task.objects.values_list("due_at", flat=True)) == {due}
    assert not Task.objects.exists()


def test_tasks_that_a_person_does_not_see_are_not_changed_with_others(cast, browse):
    hidden, mine = make.contact("Hidden", assigned_to=cast.dora), make.contact("Mine", assigned_to=cast.bob)
    theirs, own = make.task(hidden, "Theirs"), make.task(mine, "Own")
    client, url = browse(cast.bob), link("contacts:tasks_chosen", deed="complete")
    assert client.post(url, {"ids": [theirs.pk]}, headers=AJAX).status_code == 404
    assert client.post(url, {"ids": [theirs.pk, own.pk]}, headers=AJAX).status_code == 200
    assert set(Task.objects.filter(completed=True).values_list("pk", flat=True)) == {own.pk}


def test_a_repeating_task_is_made_changed_and_stopped_on_its_pages(cast, browse):
    contact, client = make.contact("Ann"), browse(cast.alice)
    url = link("contacts:repeating_add")
    given = {
        "title": "Report",
        "contacts": [contact.pk],
        "owners": [cast.dora.pk],
        "kind": "monthly",
        "interval": "1",
        "day_of_month": "31",
        "starts_at": "2030-01-10T09:00",
        "due_number": "2",
        "due_unit": "3600",
        "creates_when_overdue": "on",
    }
    assert client.get(url, {"contact": contact.pk}).status_code == 200
    bad = client.post(url, {**given, "owners": [cast.charlie.pk], "interval": "0"})
    assert bad.status_code == 422 and not RecurringTask.objects.exists()
    early = client.post(url, {**given, "ends_at": "2029-01-01T09:00"})
    assert early.status_code == 422 and "The end is before the start." in early.content.decode()
    assert client.post(url, given).status_code == 302
    rule = RecurringTask.objects.get()
    assert (rule.day_of_month, rule.due_after, rule.owners) == (31, 7200, [cast.dora.pk])
    assert rule.next_at == dt.datetime(2030, 1, 31, 9, tzinfo=cast.location.zone)
    assert "Every month on day 31" in client.get(link("contacts:repeating")).content.decode()
    edit = link("contacts:repeating_edit", rule.pk)
    assert client.get(edit).status_code == 200
    assert client.post(edit, {**given, "title": "Long report"}).status_code == 302
    assert RecurringTask.objects.get().title == "Long report"
    assert client.post(link("contacts:repeating_remove", rule.pk)).status_code == 302
    assert not RecurringTask.objects.exists()


def test_a_repeating_task_about_a_hidden_contact_is_not_found(cast, browse):
    rule = make.recurring_task(make.contact("Hidden", assigned_to=cast.dora), "Secretive")
    client = browse(cast.bob)
    assert "Secretive" not in client.get(link("contacts:repeating")).content.decode()
    assert client.get(link("contacts:repeating_edit", rule.pk)).status_code == 404
    assert client.post(link("contacts:repeating_remove", rule.pk)).status_code == 404
    assert RecurringTask.objects.filter(pk=rule.pk).exists()


def test_editing_and_deleting_a_repeating_task_asks_for_this_one_or_those_that_follow(cast, browse):
    with clock.moved(dt.timedelta(days=-1)):
        rule = make.recurring_task(
            make.contact("Ann"), "Old", kind="daily", starts_at=clock.now() - dt.timedelta(minutes=1),
            owners=[cast.dora.pk],
        )  # fmt: skip
    by_the_clock.generate()
    first, second = Task.objects.filter(rule=rule).order_by("occurrence")
    client = browse(cast.alice)
    edit = link("contacts:task_edit", first.pk)
    assert "This one and those that follow" in client.get(edit, headers=AJAX).content.decode()
    given = form(cast, title="Only here", due=f"{first.due_at.astimezone(cast.location.zone):%Y-%m-%dT%H:%M}")
    assert client.post(edit, {**given, "task-span": "this"}, headers=AJAX).status_code == 200
    assert [task.title for task in Task.objects.order_by("occurrence")] == ["Only here", "Old"]
    assert client.post(edit, {**given, "task-title": "All", "task-span": "following"}, headers=AJAX).status_code == 200
    assert [task.title for task in Task.objects.order_by("occurrence")] == ["All", "All"]
    assert RecurringTask.objects.get().title == "All"
    remove = link("contacts:task_remove", first.pk)
    assert "This one and those that follow" in client.get(remove, headers=AJAX).content.decode()
    assert client.post(remove, {"span": "following"}, headers=AJAX).status_code == 200
    assert not Task.objects.exists() and not RecurringTask.objects.exists()
