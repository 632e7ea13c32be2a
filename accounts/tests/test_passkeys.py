import datetime as dt
import json

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import gate
from accounts.models import Passkey, User
from accounts.tests.factors import begin, code_of, enrol, give, is_in
from accounts.tests.make import PASSWORD
from accounts.tests.soft_key import SoftKey
from core import clock
from journal.models import Entry


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


def local(user=None):
    client = Client(SERVER_NAME="localhost")
    if user is not None:
        client.force_login(user)
    return client


def register(user, name="Laptop", key=None):
    client, key = local(user), key or SoftKey()
    asked = client.post(reverse("accounts:passkey_creation"))
    answer = client.post(
        reverse("accounts:passkey_add"), {"name": name, "answer": key.create(json.loads(asked.content))}
    )
    assert answer.status_code == 302
    return key


def question(client):
    return json.loads(client.post(reverse("accounts:passkey_ask")).content)


def enter(client, key, **extra):
    return client.post(reverse("accounts:passkey_enter"), {"answer": key.get(question(client)), **extra})


def test_a_passkey_signs_in_without_a_password(cast):
    key = register(cast.alice)
    client = local()
    assert enter(client, key, next="/account/sessions")["Location"] == "/account/sessions"
    assert is_in(client) and client.session["second_step"] == "passkey"
    row = Passkey.objects.get()
    assert (row.user_id, row.name, row.sign_count) == (cast.alice.pk, "Laptop", 1) and row.used_at


def test_the_first_passkey_brings_backup_codes_and_a_mail_and_guards_the_password(cast, drain, mailoutbox):
    with drain():
        key = register(cast.alice)
    assert [mail.subject for mail in mailoutbox] == ["A passkey was added to your HoopAI sign-in"]
    assert cast.alice.backup_codes.count() == 10
    client = local()
    client.post(reverse("accounts:sign_in"), {"email": cast.alice.email, "password": PASSWORD})
    assert not is_in(client)
    assert [one["id"] for one in question(client)["allowCredentials"]] == [Passkey.objects.get().credential]
    enter(client, key)
    assert is_in(client)


def test_another_persons_passkey_is_no_second_step(cast):
    register(cast.alice)
    theirs = register(cast.bob)
    client = local()
    client.post(reverse("accounts:sign_in"), {"email": cast.alice.email, "password": PASSWORD})
    enter(client, theirs)
    assert not is_in(client)
    assert Passkey.objects.get(user=cast.bob).sign_count == 0
    with clock.moved(dt.timedelta(minutes=31)):
        alice = local(cast.alice)
        session = alice.session
        session["confirmed_at"] = (clock.now() - dt.timedelta(hours=1)).isoformat()
        session.save()
        answer = alice.post(reverse("accounts:passkey_confirm"), {"answer": theirs.get(question(alice))})
        assert answer["Location"].startswith(reverse("accounts:confirm"))
        assert alice.get(reverse("accounts:set_up")).status_code == 302


def test_an_answer_works_once_and_only_for_its_own_question(cast):
    key = register(cast.alice)
    client, other = local(), local()
    answer = key.get(question(client))
    question(other)
    other.post(reverse("accounts:passkey_enter"), {"answer": answer})
    assert not is_in(other)
    client.post(reverse("accounts:passkey_enter"), {"answer": answer})
    assert is_in(client)
    client.post(reverse("accounts:sign_out"))
    client.post(reverse("accounts:passkey_enter"), {"answer": answer})
    assert not is_in(client)


@pytest.mark.parametrize(
    ("name", "value"), [("unlocked", False), ("origin", "http://evil.example"), ("host", "evil.example"), ("count", -1)]
)
def test_a_key_that_is_locked_or_of_another_site_or_copied_is_refused(cast, name, value):
    key = register(cast.alice)
    Passkey.objects.update(sign_count=5)
    key.count = 5
    setattr(key, name, value)
    client = local()
    assert enter(client, key)["Location"].startswith(reverse("accounts:sign_in"))
    assert not is_in(client) and Passkey.objects.get().sign_count == 5


@pytest.mark.parametrize(
    "answer", ["", "x", "[]", "{}", '{"id": 5, "response": []}', '{"id": "a", "response": {"userHandle": 7}}']
)
def test_made_up_answers_are_refused_in_words(cast, answer):
    register(cast.alice)
    credential = Passkey.objects.get().credential
    for sent in (answer, json.dumps({**(json.loads(answer) if answer.startswith("{") else {}), "id": credential})):
        client = local()
        question(client)
        assert client.post(reverse("accounts:passkey_enter"), {"answer": sent}).status_code == 302
        assert not is_in(client)
        alice = local(cast.alice)
        alice.post(reverse("accounts:passkey_creation"))
        assert alice.post(reverse("accounts:passkey_add"), {"name": "X", "answer": sent}).status_code == 302
    assert Passkey.objects.count() == 1


def test_somebody_switched_off_cannot_use_a_passkey(cast):
    key = register(cast.alice)
    cast.alice.change(is_active=False)
    client = local()
    enter(client, key)
    assert not is_in(client)


def test_a_password_lock_does_not_keep_the_owner_of_a_passkey_out(cast):
    key = register(cast.alice)
    for _ in range(5):
        Client().post(reverse("accounts:sign_in"), {"email": cast.alice.email, "password": "wrong"})
    cache.clear()
    client = local()
    enter(client, key)
    assert is_in(client) and User.objects.get(pk=cast.alice.pk).locked_until


def test_several_keys_are_named_renamed_and_removed_by_their_owner_only(cast):
    register(cast.alice, "Laptop")
    phone = register(cast.alice, "Phone")
    rows = {row.name: row for row in Passkey.objects.all()}
    alice, bob = local(cast.alice), local(cast.bob)
    for name, extra in (("passkey_rename", {"name": "Mine"}), ("passkey_remove", {})):
        assert bob.post(reverse(f"accounts:{name}", args=[rows["Phone"].pk]), extra).status_code == 404
    assert (
        alice.post(reverse("accounts:passkey_rename", args=[rows["Phone"].pk]), {"name": "  Blue   phone "}).status_code
        == 302
    )
    assert Passkey.objects.get(pk=rows["Phone"].pk).name == "Blue phone"
    alice.post(reverse("accounts:passkey_rename", args=[rows["Phone"].pk]), {"name": " "})
    assert Passkey.objects.get(pk=rows["Phone"].pk).name == "Blue phone"
    alice.post(reverse("accounts:passkey_remove", args=[rows["Phone"].pk]))
    client = local()
    enter(client, phone)
    assert not is_in(client) and Passkey.objects.count() == 1
    assert alice.get(reverse("accounts:security")).content.count(b"passkeys/") > 1


def test_the_last_second_step_cannot_be_removed_where_one_is_required(cast):
    register(cast.alice)
    cast.company.change("company.security_changed", second_step="everyone", second_step_since=clock.now())
    alice, row = local(cast.alice), Passkey.objects.get()
    alice.post(reverse("accounts:passkey_remove", args=[row.pk]))
    assert Passkey.objects.exists()
    cast.company.change("company.security_changed", second_step="")
    alice.post(reverse("accounts:passkey_remove", args=[row.pk]))
    assert not Passkey.objects.exists() and not cast.alice.backup_codes.exists()
    assert Entry.objects.everywhere(reason="a test of it").filter(verb="user.second_step_off").count() == 1


def test_a_passkey_is_what_the_company_wants(cast):
    cast.company.change("company.security_changed", second_step="everyone", second_step_since=clock.now())
    client, key = local(), SoftKey()
    client.post(reverse("accounts:sign_in"), {"email": cast.dora.email, "password": PASSWORD})
    assert not is_in(client) and client.session[gate.DUE]
    asked = json.loads(client.post(reverse("accounts:passkey_creation")).content)
    client.post(reverse("accounts:passkey_add"), {"name": "Key", "answer": key.create(asked)})
    assert is_in(client)


def test_a_bare_address_offers_no_passkeys(cast):
    assert b"passkey" not in Client(SERVER_NAME="127.0.0.1").get(reverse("accounts:sign_in")).content
    assert b"passkey" in local().get(reverse("accounts:sign_in")).content


def test_making_a_key_asks_again_who_is_there_after_half_an_hour(cast):
    client = begin(cast.alice, local())
    with clock.moved(dt.timedelta(minutes=31)):
        answer = client.post(reverse("accounts:passkey_creation"), headers={"HX-Request": "true"})
        assert answer["HX-Redirect"].startswith(reverse("accounts:confirm"))
        assert client.post(reverse("accounts:passkey_add"), {"name": "X", "answer": "{}"})["Location"].startswith(
            reverse("accounts:confirm")
        )
    assert not Passkey.objects.exists()


def test_the_app_works_beside_a_passkey(cast):
    key, _ = enrol(cast.alice)
    register(cast.alice)
    assert give(begin(cast.alice), code_of(key)).status_code == 302
