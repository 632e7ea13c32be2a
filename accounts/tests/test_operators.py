import datetime as dt

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import Authenticator, Company, Location, Membership, User
from accounts.tests import make
from accounts.tests.factors import begin, code_of, enrol, give, is_in
from contacts.models import Contact
from contacts.tests import make as contact_make
from core import scope
from journal.models import Entry
from oauth.models import App


@pytest.fixture
def operator(cast):
    cache.clear()
    with scope.fresh():
        person = make.user(None, "Olivia", is_staff=True)
    client = Client()
    client.force_login(person)
    return client


def get(client, page, /, *args, **query):
    with scope.fresh():
        return client.get(reverse(f"admin:{page}", args=args), query)


def post(client, page, /, *args, **data):
    with scope.fresh():
        return client.post(reverse(f"admin:{page}", args=args), data)


def act(client, table, action, *rows):
    return post(client, f"{table}_changelist", action=action, _selected_action=[row.pk for row in rows])


def entries(verb):
    return Entry.objects.everywhere(reason="a test of it").filter(verb=verb)


COMPANY = {"name": "Newco", "email": "", "phone": "", "website": "", "domain": "", "address": "", "city": "",
    "state": "", "postal_code": "", "country": "PT", "timezone": "Europe/Lisbon", "logo_url": ""}  # fmt: skip


def test_every_table_opens_its_list_its_search_and_a_row(cast, operator):
    contact_make.contact("Ann", email="ann@example.com")
    names = sorted(f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry)
    assert {"accounts_company", "accounts_user", "contacts_contact", "journal_entry", "oauth_app"} <= set(names)
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        assert get(operator, f"{name}_changelist").status_code == 200, name
        assert get(operator, f"{name}_changelist", q="ann").status_code == 200, name
        row = model._base_manager.first()
        if row is not None:
            assert get(operator, f"{name}_change", row.pk).status_code == 200, name
    assert get(operator, "index").status_code == 200


def test_only_operators_get_in_and_they_use_the_one_sign_in_page(cast, browse):
    stranger = get(Client(), "index")
    assert stranger.status_code == 302
    assert Client().get(stranger["Location"])["Location"].startswith(reverse("accounts:sign_in"))
    answer = browse(cast.alice).get(reverse("admin:index"), follow=True)
    assert answer.status_code == 403
    assert browse(cast.alice).get(reverse("admin:contacts_contact_changelist"), follow=True).status_code == 403


def test_the_relaxed_policy_is_the_admins_alone(cast, operator, browse):
    inside = get(operator, "index")["Content-Security-Policy"]
    assert (
        "'unsafe-eval'" in inside
        and "script-src 'self'" in inside
        and "script-src 'self' 'unsafe-inline'" not in inside
    )
    assert "unsafe" not in browse(cast.alice).get("/account/profile")["Content-Security-Policy"]


def test_an_operator_adds_a_company_and_a_location(cast, operator):
    assert post(operator, "accounts_company_add", **COMPANY).status_code == 302
    company = Company.objects.get(name="Newco")
    made = post(
        operator, "accounts_location_add", **{**COMPANY, "name": "Newco One", "company": company.pk, "is_active": "on"}
    )
    assert made.status_code == 302
    place = Location.objects.everywhere(reason="a test of it").get(name="Newco One")
    entry = entries("location.created").get(subject_id=place.pk)
    assert (entry.actor_kind, entry.via, entry.company_id) == ("operator", "admin", company.pk)


def test_an_operators_change_is_in_the_journal_of_the_location(cast, operator):
    ann = contact_make.contact("Ann", city="Oslo")
    page = get(operator, "contacts_contact_change", ann.pk)
    data = {name: getattr(ann, name) for name in page.context["adminform"].form.fields}
    assert "email" not in data
    assert post(operator, "contacts_contact_change", ann.pk, **{**data, "city": "Bergen"}).status_code == 302
    assert Contact.objects.get(pk=ann.pk).city == "Bergen"
    entry = Entry.objects.get(verb="contact.updated")
    assert (entry.changes, entry.via, entry.actor_kind) == ({"city": ["Oslo", "Bergen"]}, "admin", "operator")
    assert entry.location_id == cast.location.pk


@pytest.mark.parametrize("term", ["ann@example.com", "Ánn", "+1 503 555 0123", "5550123"])
def test_contacts_of_every_tenant_are_found_by_name_mail_and_phone(cast, operator, as_, term):
    contact_make.contact("Ann", email="ann@example.com", phone="+15035550123")
    with as_(cast.charlie, cast.globex_location):
        contact_make.contact("Ann", email="ann@example.com", phone="+15035550123")
        contact_make.contact("Zed")
    found = get(operator, "contacts_contact_changelist", q=term).context["cl"].result_list
    assert sorted(row.location_id for row in found) == sorted([cast.location.pk, cast.globex_location.pk])


def test_contacts_and_entries_can_be_neither_added_nor_deleted(cast, operator):
    ann = contact_make.contact("Ann")
    entry = Entry.objects.latest("pk")
    for table, row in (("contacts_contact", ann), ("journal_entry", entry)):
        assert get(operator, f"{table}_add").status_code == 403
        assert post(operator, f"{table}_delete", row.pk, post="yes").status_code == 403
    assert post(operator, "journal_entry_change", entry.pk, verb="x").status_code == 403
    assert Contact.objects.filter(pk=ann.pk).exists()


def test_a_new_person_gets_a_mail_with_a_link(cast, operator, drain, mailoutbox):
    data = {"company": cast.company.pk, "email": "Nina@Example.com", "first_name": "Nina", "last_name": "", "phone": "",
        "agency_role": "", "timezone": "", "is_active": "on"}  # fmt: skip
    with drain():
        assert post(operator, "accounts_user_add", **data).status_code == 302
    nina = User.objects.get(email="nina@example.com")
    assert not nina.has_usable_password() and mailoutbox[0].to == ["nina@example.com"]
    again = post(operator, "accounts_user_add", **data)
    assert again.status_code == 302 and User.objects.filter(email="nina@example.com").count() == 1


def test_the_last_admin_stays_whoever_asks(cast, operator):
    alice = Membership.objects.get(user=cast.alice)
    post(operator, "accounts_membership_change", alice.pk, role="user")
    assert Membership.objects.get(pk=alice.pk).role == "admin"
    act(operator, "accounts_user", "let_go", cast.alice)
    assert User.objects.get(pk=cast.alice.pk).is_active


def test_actions_unlock_sign_out_and_remove(cast, operator, browse):
    for _ in range(5):
        Client().post(reverse("accounts:sign_in"), {"email": "bob@example.com", "password": "wrong"})
    assert User.objects.get(pk=cast.bob.pk).locked_until
    act(operator, "accounts_user", "unlock", cast.bob)
    assert User.objects.get(pk=cast.bob.pk).locked_until is None
    bob = browse(cast.bob)
    act(operator, "accounts_user", "end_sessions", cast.bob)
    assert bob.get(reverse("accounts:profile")).status_code == 302
    act(operator, "accounts_user", "let_go", cast.bob)
    assert User.objects.get(pk=cast.bob.pk).deleted_at
    assert {row.actor_kind for row in entries("user.deleted")} == {"operator"}


def test_a_restored_contact_and_a_refusal_are_told_apart(cast, operator):
    ann, ben = contact_make.contact("Ann"), contact_make.contact("Ben")
    from core import clock

    with clock.moved(dt.timedelta(days=-40)):
        ben.trash()
    ann.trash()
    act(operator, "contacts_contact", "restore", ann, ben)
    assert not Contact.objects.get(pk=ann.pk).is_trashed and Contact.objects.get(pk=ben.pk).is_trashed


def test_an_app_is_registered_with_a_secret_shown_once(cast, operator):
    data = {"name": "Sync", "redirect_uris": "https://sync.example/back", "scopes": "contacts.readonly", "company": ""}
    answer = post(operator, "oauth_app_add", **data)
    assert answer.status_code == 302
    app = App.objects.get(name="Sync")
    page = get(operator, "oauth_app_changelist").content.decode()
    assert app.client_id in page and "client secret" in page
    assert "client secret" not in get(operator, "oauth_app_changelist").content.decode()


def test_a_rows_history_is_the_journals(cast, operator):
    ann = contact_make.contact("Ann")
    answer = get(operator, "contacts_contact_history", ann.pk)
    found = operator.get(answer["Location"]).context["cl"].result_list
    assert [entry.verb for entry in found] == ["contact.created"]


def test_signing_out_of_the_admin_signs_out(cast, operator):
    assert post(operator, "logout").status_code == 302
    assert get(operator, "index").status_code == 302


def test_a_twin_is_not_restored_beside_its_other(cast, operator):
    ann = contact_make.contact("Ann", email="ann@example.com")
    ann.trash()
    contact_make.contact("Anna", email="ann@example.com")
    act(operator, "contacts_contact", "restore", ann)
    assert Contact.objects.get(pk=ann.pk).is_trashed


def test_operators_get_in_with_a_second_step_only(cast, settings):
    settings.OPERATORS_TWO_STEP = True
    with scope.fresh():
        olivia = make.user(None, "Olivia", is_staff=True)
    client = begin(olivia)
    assert get(client, "index")["Location"].startswith(reverse("admin:login"))
    set_up = get(client, "login")["Location"]
    assert set_up.startswith(reverse("accounts:set_up"))
    key = client.get(set_up).context["plain_key"]
    codes = client.post(set_up, {"code": code_of(key), "next": reverse("admin:index")})["Location"]
    assert client.get(codes).context["target"] == reverse("admin:index")
    assert get(client, "index").status_code == 200
    again = begin(olivia)
    assert get(again, "index").status_code == 302
    Authenticator.objects.update(last_step=0)
    give(again, code_of(key), trust="on")
    assert get(again, "index").status_code == 200
    again.post(reverse("accounts:sign_out"))
    assert get(begin(olivia, again), "index").status_code == 302  # operators are remembered nowhere
    assert client.post(reverse("accounts:switch_off"), {})["Location"] == reverse("accounts:security")
    assert Authenticator.objects.filter(user=olivia).exists()


def test_an_operators_session_from_before_the_second_step_ends_at_the_door(cast, settings):
    with scope.fresh():
        olivia = make.user(None, "Olivia", is_staff=True)
    old = begin(olivia)
    enrol(olivia)
    settings.OPERATORS_TWO_STEP = True
    assert get(old, "login")["Location"].startswith(reverse("accounts:sign_in"))
    assert not is_in(old)


def test_operators_reset_a_second_step_but_not_their_own(cast, operator):
    enrol(cast.bob)
    enrol(User.objects.everywhere(reason="a test of it").get(email="olivia@example.com"))
    for person in (cast.bob, User.objects.everywhere(reason="a test of it").get(email="olivia@example.com")):
        act(operator, "accounts_user", "reset_second_step", person)
    assert [row.user.first_name for row in Authenticator.objects.all()] == ["Olivia"]
    assert entries("user.second_step_reset").get().actor_kind == "operator"
