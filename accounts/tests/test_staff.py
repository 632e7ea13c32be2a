import pytest

from accounts import owners, people
from accounts.models import Company, Membership, Session, User
from accounts.tests import make
from contacts.models import Contact, Task
from contacts.tests import make as contact_make
from core import scope
from core.errors import Refused
from core.pages import link
from journal.models import Entry


def member(user):
    return Membership.objects.get(user=user)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_accounts_022_somebody_switched_off_is_out_at_once_and_cannot_reset_a_password(
    cast, browse, client, drain, mailoutbox
):
    dora = browse(cast.dora)
    assert dora.get(link("contacts:list")).status_code == 200
    assert browse(cast.alice).post(link("settings:disable", member(cast.dora).pk)).status_code == 302
    assert not Session.objects.filter(user=cast.dora).exists()
    assert dora.get(link("contacts:list")).status_code == 302
    refused = client.post("/account/sign-in", {"email": "dora@example.com", "password": make.PASSWORD})
    assert refused.status_code == 422 and b"switched off by an administrator" in refused.content
    with drain():
        client.post("/account/reset", {"email": "dora@example.com"})
    assert mailoutbox == []
    assert browse(cast.alice).post(link("settings:enable", member(cast.dora).pk)).status_code == 302
    assert browse(cast.dora).get(link("contacts:list")).status_code == 200


def test_somebody_switched_off_in_one_location_works_in_the_others_and_is_told(cast, browse, as_):
    make.membership(cast.dora, cast.elsewhere)
    people.disable(member(cast.dora))
    dora = browse(cast.dora)
    told = dora.get(link("contacts:list"))
    assert told.status_code == 403 and b"switched off by an administrator" in told.content
    assert dora.get(f"/l/{cast.elsewhere.pk}/contacts/").status_code == 200
    assert [row["id"] for row in dora.get(f"/l/{cast.elsewhere.pk}/contacts/").context["locations"]] == [
        cast.elsewhere.pk
    ]


def test_accounts_028_neither_the_owner_nor_the_last_admin_is_switched_off_removed_or_demoted(cast, browse, as_):
    make.membership(make.user(cast.company, "Otto"), cast.location, "admin")
    otto = User.objects.get(first_name="Otto")
    cast.company.change("company.owner_changed", owner=cast.alice)
    before = Membership.objects.count()
    admin, alice = browse(otto), member(cast.alice)
    for name in ("settings:disable", "settings:remove_person"):
        answer = admin.post(link(name, alice.pk))
        assert answer.status_code == 422 and b"owns the account" in answer.content
    assert admin.post(link("settings:access", alice.pk), {"role": "user"}).status_code == 422
    cast.company.change("company.owner_changed", owner=cast.dora)
    people.remove(member(otto))
    with as_(cast.dora):
        for verb in (people.disable, people.remove, people.take_place):
            with pytest.raises(Refused, match="last admin"):
                verb(member(cast.alice))
        with pytest.raises(Refused, match="last admin"):
            member(cast.alice).set_access("user", False, set())
    assert member(cast.alice).role == "admin" and not member(cast.alice).disabled_at
    assert Membership.objects.count() == before - 1


def test_an_admin_switched_off_does_not_count_as_one_of_the_admins(cast):
    otto = make.user(cast.company, "Otto")
    make.membership(otto, cast.location, "admin")
    people.disable(member(otto))
    with scope.use(actor=scope.SYSTEM), pytest.raises(Refused, match="last admin"):
        people.disable(member(cast.alice))
    assert not member(cast.alice).disabled_at


def test_nobody_switches_off_or_removes_themselves(cast, browse):
    for name in ("settings:disable", "settings:remove_person"):
        assert browse(cast.alice).post(link(name, member(cast.alice).pk)).status_code == 422
    assert not member(cast.alice).disabled_at


def test_accounts_029_a_user_reaches_no_page_of_billing_staff_api_credentials_or_settings(cast, browse):
    dora, other = browse(cast.dora), member(cast.bob).pk
    pages = ["settings:billing", "settings:invite", "settings:owner", "settings:private_integrations"]
    pages += ["settings:webhooks", "settings:audit", "settings:security", "settings:usage"]
    assert {name: dora.get(link(name)).status_code for name in pages} == dict.fromkeys(pages, 403)
    for name in ("access", "disable", "remove_person", "copy_access", "enable"):
        assert dora.post(link(f"settings:{name}", other)).status_code in (403, 404)
    assert member(cast.bob).disabled_at is None


def test_accounts_030_a_module_switched_off_is_in_no_menu_and_its_pages_are_refused(cast, browse):
    before = browse(cast.dora).get(link("contacts:list"))
    assert "Opportunities" in [row["label"] for row in before.context["nav"]["main"]]
    held = member(cast.dora)
    held.set_access("user", False, {"contacts.readonly", "contacts.write"})
    after = browse(cast.dora).get(link("contacts:list"))
    assert "Opportunities" not in [row["label"] for row in after.context["nav"]["main"]]
    assert browse(cast.dora).get(link("opportunities:board")).status_code == 403


def test_accounts_034_copying_permissions_makes_both_sets_equal(cast, browse):
    source = member(cast.bob)
    source.set_access("user", True, {"contacts.readonly", "contacts.import", "contacts.export"})
    answer = browse(cast.alice).post(link("settings:copy_access", member(cast.dora).pk), {"source": source.pk})
    assert answer.status_code == 302
    dora, bob = member(cast.dora), member(cast.bob)
    assert dora.abilities == bob.abilities and dora.only_assigned == bob.only_assigned
    assert browse(cast.alice).post(link("settings:copy_access", dora.pk), {"source": "x"}).status_code == 400
    with scope.use(location_id=cast.elsewhere.pk):
        there = make.membership(cast.dora, cast.elsewhere, "admin")
    assert browse(cast.alice).post(link("settings:copy_access", dora.pk), {"source": there.pk}).status_code == 400
    assert member(cast.dora).role == "user"


def test_accounts_035_the_contacts_of_somebody_removed_stay_without_an_owner(cast, browse, drain):
    owned = contact_make.contact("Ann", assigned_to=cast.dora)
    with drain():
        assert browse(cast.alice).post(link("settings:remove_person", member(cast.dora).pk)).status_code == 302
    assert fresh(owned).assigned_to_id is None
    assert User.objects.get(pk=cast.dora.pk).deleted_at


@pytest.mark.parametrize("deed", ["disable", "remove_person"])
def test_whoever_goes_can_hand_over_contacts_and_tasks(cast, browse, drain, deed):
    owned = contact_make.contact("Ann", assigned_to=cast.dora)
    task = contact_make.task(owned, assigned_to=cast.dora)
    with drain():
        sent = {"heir": cast.bob.pk}
        assert browse(cast.alice).post(link(f"settings:{deed}", member(cast.dora).pk), sent).status_code == 302
    assert fresh(owned).assigned_to_id == cast.bob.pk
    assert Task.objects.get(pk=task.pk).assigned_to_id == cast.bob.pk
    entry = Entry.objects.get(verb="contact.assigned", subject_id=owned.pk)
    assert entry.changes == {"assigned_to": [cast.dora.pk, cast.bob.pk]}


def test_without_an_heir_somebody_switched_off_keeps_what_is_theirs(cast, browse, drain):
    owned = contact_make.contact("Ann", assigned_to=cast.dora)
    with drain():
        browse(cast.alice).post(link("settings:disable", member(cast.dora).pk))
    assert Contact.objects.get(pk=owned.pk).assigned_to_id == cast.dora.pk


@pytest.mark.parametrize("who", ["dora", "charlie"])
def test_an_heir_must_work_here(cast, browse, who):
    sent = {"heir": getattr(cast, who).pk}
    assert browse(cast.alice).post(link("settings:disable", member(cast.dora).pk), sent).status_code == 422
    assert not member(cast.dora).disabled_at


def test_somebody_with_another_place_keeps_their_sign_in(cast, browse):
    make.membership(cast.dora, cast.elsewhere)
    browse(cast.alice).post(link("settings:remove_person", member(cast.dora).pk))
    assert User.objects.get(pk=cast.dora.pk).is_active
    assert browse(cast.dora).get(f"/l/{cast.elsewhere.pk}/contacts/").status_code == 200
    assert browse(cast.dora).get(link("contacts:list")).status_code == 404


def test_the_first_admin_owns_the_account(cast):
    newco = make.company("Newco")
    first, second = make.user(newco, "First"), make.user(newco, "Second")
    place = make.location(newco, "Newco Main")
    people.give_place(second, place, "user")
    people.give_place(first, place, "admin")
    assert owners.owner_of(newco.pk) == first


def test_the_owner_passes_the_account_on_to_an_admin_and_nobody_else_can(cast, browse):
    cast.company.change("company.owner_changed", owner=cast.alice)
    client = browse(cast.alice)
    session = client.session
    session["confirmed_at"] = "2020-01-01T00:00:00+00:00"
    session.save()
    asked = client.post(link("settings:owner"), {"to": cast.dora.pk})
    assert asked.status_code == 302 and "/account/confirm" in asked["Location"]
    client.post("/account/confirm", {"password": make.PASSWORD})
    assert client.post(link("settings:owner"), {"to": cast.dora.pk}).status_code == 422
    member(cast.dora).set_access("admin", False, set())
    assert browse(cast.dora).get(link("settings:owner")).status_code in (302, 404)
    assert client.post(link("settings:owner"), {"to": cast.dora.pk}).status_code == 302
    assert Company.objects.get(pk=cast.company.pk).owner_id == cast.dora.pk
    every = Entry.objects.everywhere(reason="a test of it")
    entry = every.filter(verb="company.owner_changed").order_by("pk").last()
    assert entry.changes["owner"] == [cast.alice.pk, cast.dora.pk]
