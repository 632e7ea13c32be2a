import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts import passwords, reset_links, signing_in
from accounts.models import Authenticator, BackupCode, Company, KnownBrowser, Session, User
from accounts.second_factor import authenticator, backup_codes
from accounts.tasks import end_without_second_step
from accounts.tests import make
from accounts.tests.factors import begin, code_of, enrol, give, is_in
from accounts.tests.make import PASSWORD
from core import clock, scope
from core.pages import link
from journal.models import Entry
from oauth.tests import flow


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


def entries(verb):
    return Entry.objects.everywhere(reason="a test of it").filter(verb=verb)


def require(company, whom="everyone", grace=0):
    company.change("company.security_changed", second_step=whom, second_step_since=clock.now(), second_step_grace=grace)


def test_the_password_alone_opens_nothing_when_a_second_step_is_set_up(cast):
    key, _ = enrol(cast.alice)
    client = begin(cast.alice)
    assert not is_in(client) and not Session.objects.filter(user=cast.alice).exists()
    assert client.get(link("contacts:list")).status_code == 302
    answer = give(client, code_of(key))
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert is_in(client) and client.get(link("settings:profile")).status_code == 200
    assert entries("user.signed_in").get().facts["second_step"] == "authenticator"


def test_accounts_017_a_neighbouring_code_is_accepted_and_a_further_one_is_not(cast):
    key, _ = enrol(cast.alice)
    for steps, goes in ((-2, False), (2, False), (-1, True), (1, True)):
        Authenticator.objects.update(last_step=0)
        client = begin(cast.alice)
        assert (give(client, code_of(key, steps)).status_code == 302) is goes, steps
        assert is_in(client) is goes


def test_accounts_017_a_code_works_once_and_so_do_earlier_ones(cast):
    key, _ = enrol(cast.alice)
    code, earlier = code_of(key), code_of(key, -1)
    assert give(begin(cast.alice), code).status_code == 302
    for spent in (code, earlier):
        client = begin(cast.alice)
        answer = give(client, spent)
        assert answer.status_code == 422 and "used already" in answer.content.decode()
        assert not is_in(client)


@given(st.text(max_size=20))
def test_no_made_up_code_is_anybodys(text):
    key = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    right = {code_of(key, steps) for steps in (-1, 0, 1)}
    assert (authenticator.matching_step(key, text) is not None) == (text in right)


def test_accounts_018_each_backup_code_works_once_and_new_ones_void_the_rest(cast, drain, mailoutbox):
    _, codes = enrol(cast.alice)
    assert len(set(codes)) == 10 and all(len(code) == 10 for code in codes)
    first = begin(cast.alice)
    assert give(first, f"{codes[0][:5].lower()}-{codes[0][5:]}").status_code == 302  # as people copy it
    assert is_in(first)
    again = begin(cast.alice)
    assert give(again, codes[0]).status_code == 422 and not is_in(again)
    assert backup_codes.left(cast.alice) == 9
    with signing_in.acting(cast.alice):
        fresh = backup_codes.make(cast.alice)
    assert give(again, codes[1]).status_code == 422
    assert give(again, fresh[0]).status_code == 302 and is_in(again)


def test_backup_codes_and_the_secret_are_not_readable_in_the_database(cast):
    key, codes = enrol(cast.alice)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM accounts_authenticator UNION ALL SELECT digest FROM accounts_backupcode")
        stored = " ".join(row[0] for row in cursor.fetchall())
    assert key not in stored and not any(code in stored for code in codes)


def test_somebody_elses_codes_do_not_work(cast):
    enrol(cast.alice)
    theirs, codes = enrol(cast.bob)
    client = begin(cast.alice)
    assert give(client, code_of(theirs)).status_code == give(client, codes[0]).status_code == 422
    assert not is_in(client) and backup_codes.left(cast.bob) == 10


def test_a_mail_warns_when_two_backup_codes_are_left(cast, drain, mailoutbox):
    _, codes = enrol(cast.alice)
    BackupCode.objects.filter(pk__in=BackupCode.objects.values("pk")[:6]).update(used_at=clock.now())
    working = [
        code
        for code in codes
        if BackupCode.objects.filter(digest__in=backup_codes.digests(cast.alice, code), used_at=None)
    ]
    for code, count in zip(working, (0, 1, 2), strict=False):
        with drain():
            assert give(begin(cast.alice), code).status_code == 302
        assert len([mail for mail in mailoutbox if "Few backup codes" in mail.subject]) == count


def test_five_wrong_codes_lock_the_second_step_and_nothing_else(cast, drain, mailoutbox):
    key, _ = enrol(cast.alice)
    client = begin(cast.alice)
    with drain():
        for number in range(5):
            answer = give(client, f"00000{number}")
    assert "Too many wrong codes" in answer.content.decode()
    assert give(client, code_of(key)).status_code == 422 and not is_in(client)
    assert [mail.subject for mail in mailoutbox] == ["Your HoopAI sign-in is locked for a while"]
    assert User.objects.get(pk=cast.alice.pk).locked_until is None
    assert entries("user.locked").get().facts["what"] == "codes"
    with clock.moved(dt.timedelta(minutes=16)):
        client = begin(cast.alice)
        assert give(client, code_of(key)).status_code == 302


def test_the_first_step_is_good_for_ten_minutes_and_one_password(cast):
    key, _ = enrol(cast.alice)
    client = begin(cast.alice)
    with clock.moved(dt.timedelta(minutes=11)):
        assert give(client, code_of(key))["Location"] == reverse("accounts:sign_in")
        assert not is_in(client)
    client = begin(cast.alice)
    with signing_in.acting(cast.alice):
        passwords.keep(User.objects.get(pk=cast.alice.pk), "Another Secret 77!", "user.password_changed")
    assert give(client, code_of(key))["Location"] == reverse("accounts:sign_in")
    assert not is_in(client)


def test_without_a_password_the_second_page_leads_to_the_first(cast):
    assert Client().get(reverse("accounts:second_step"))["Location"] == reverse("accounts:sign_in")
    assert give(Client(), "123456")["Location"] == reverse("accounts:sign_in")


def test_the_page_that_was_wanted_opens_after_both_steps_and_never_another_host(cast):
    key, _ = enrol(cast.alice)
    client = begin(cast.alice, next="/account/sessions")
    assert give(client, code_of(key), next="/account/sessions")["Location"] == "/account/sessions"
    client = begin(cast.alice)
    Authenticator.objects.update(last_step=0)
    assert give(client, code_of(key), next="//evil.example")["Location"] == "/"


def test_a_remembered_browser_is_asked_again_after_thirty_days_and_another_at_once(cast):
    key, _ = enrol(cast.alice)
    client = begin(cast.alice)
    give(client, code_of(key), trust="on")
    client.post(reverse("accounts:sign_out"))
    assert is_in(begin(cast.alice, client))
    assert not is_in(begin(cast.alice))
    client.post(reverse("accounts:sign_out"))
    with clock.moved(dt.timedelta(days=30, minutes=1)):
        assert not is_in(begin(cast.alice, client))


def test_trust_is_the_persons_own_and_can_be_taken_back(cast):
    key, _ = enrol(cast.alice)
    enrol(cast.bob)
    client = begin(cast.alice)
    give(client, code_of(key), trust="on")
    row = KnownBrowser.objects.get(user=cast.alice)
    client.post(reverse("accounts:sign_out"))
    assert not is_in(begin(cast.bob, client))
    client = begin(cast.alice, client)
    assert client.post(reverse("accounts:forget_browser", args=[row.pk])).status_code == 302
    assert client.post(reverse("accounts:forget_browser", args=[row.pk])).status_code == 404
    client.post(reverse("accounts:sign_out"))
    assert not is_in(begin(cast.alice, client))


def test_somebody_elses_browser_cannot_be_forgotten(cast, browse):
    key, _ = enrol(cast.alice)
    client = begin(cast.alice)
    give(client, code_of(key), trust="on")
    row = KnownBrowser.objects.get(user=cast.alice)
    assert browse(cast.bob).post(reverse("accounts:forget_browser", args=[row.pk])).status_code == 404
    assert KnownBrowser.objects.get(pk=row.pk).trusted_until


def test_setting_up_shows_the_codes_once_and_mails_the_person(cast, browse, drain, mailoutbox):
    client = browse(cast.dora)
    page = client.get(reverse("accounts:set_up"))
    key = page.context["plain_key"]
    assert page.context["picture"].startswith("data:image/svg+xml")
    assert client.post(reverse("accounts:set_up"), {"code": "000000"}).status_code == 422
    assert not Authenticator.objects.exists()
    with drain():
        answer = client.post(reverse("accounts:set_up"), {"code": code_of(key)})
    shown = client.get(answer["Location"]).context["codes"]
    assert len(shown) == 10
    assert client.get(answer["Location"])["Location"] == reverse("accounts:security")
    assert [mail.subject for mail in mailoutbox] == ["Two-step sign-in is set up for HoopAI"]
    assert key not in mailoutbox[0].body
    with clock.moved(dt.timedelta(minutes=2)):
        assert give(begin(cast.dora), code_of(key)).status_code == 302
    assert give(begin(cast.dora), shown[4]).status_code == 302


def test_accounts_019_with_enforcement_on_a_user_without_it_reaches_only_the_set_up(cast):
    require(cast.company)
    client = begin(cast.dora, next=link("contacts:list"))
    home = reverse("accounts:set_up")
    for path in ("/", link("contacts:list"), reverse("accounts:profile"), reverse("accounts:sessions"),
        reverse("accounts:security"), "/oauth/chooselocation?client_id=x", "/docs/api", "/admin/"):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 302 and answer["Location"].startswith(home), path
    for path in (link("contacts:create"), reverse("accounts:profile"), reverse("accounts:password")):
        assert client.post(path, {"first_name": "X"})["Location"] == home, path
    assert client.get(link("contacts:list"), headers={"HX-Request": "true"})["HX-Redirect"] == home
    page = client.get(home)
    assert page.status_code == 200 and not page.context["may_wait"]
    client.post(home, {"code": code_of(page.context["plain_key"])})
    assert is_in(client) and client.get(link("contacts:list")).status_code == 200


def test_days_of_grace_let_people_wait_and_then_no_longer(cast):
    require(cast.company, grace=3)
    client = begin(cast.dora)
    assert client.get(reverse("accounts:set_up")).context["may_wait"]
    assert is_in(client)
    with clock.moved(dt.timedelta(days=3, minutes=1)):
        client = begin(cast.dora)
        assert not is_in(client)
        assert not client.get(reverse("accounts:set_up")).context["may_wait"]


def test_the_rule_for_admins_leaves_users_alone(cast):
    require(cast.company, "admins")
    assert is_in(begin(cast.dora)) and not is_in(begin(cast.alice))
    assert is_in(begin(cast.charlie))


def test_sessions_from_before_the_rule_end_after_a_day(cast, browse):
    alice, dora = browse(cast.alice), browse(cast.dora)
    enrol(cast.alice)
    require(cast.company)
    with scope.fresh():
        end_without_second_step()
    assert is_in(dora)
    Session.objects.update(seen_at=clock.now() + dt.timedelta(days=1))
    with clock.moved(dt.timedelta(hours=24, minutes=1)):
        with scope.fresh():
            end_without_second_step()
            end_without_second_step()
        assert not is_in(dora) and is_in(alice)
    assert [entry.subject_id for entry in entries("user.second_step_due")] == [cast.dora.pk]


def test_accounts_020_it_cannot_be_switched_off_while_it_is_enforced(cast):
    key, codes = enrol(cast.alice)
    client = begin(cast.alice)
    give(client, code_of(key))
    require(cast.company)
    off = reverse("accounts:switch_off")
    assert client.post(off, {"password": PASSWORD, "code": codes[0]})["Location"] == reverse("accounts:security")
    assert Authenticator.objects.filter(user=cast.alice).exists() and backup_codes.left(cast.alice) == 10
    cast.company.change("company.security_changed", second_step="")
    assert client.post(off, {"password": "wrong", "code": codes[0]}).status_code == 422
    assert client.post(off, {"password": PASSWORD, "code": "000000"}).status_code == 422
    assert Authenticator.objects.filter(user=cast.alice).exists()
    assert client.post(off, {"password": PASSWORD, "code": codes[0]}).status_code == 302
    assert not Authenticator.objects.exists() and not BackupCode.objects.exists()
    assert is_in(begin(cast.alice))
    assert entries("user.second_step_off").count() == 1


def test_accounts_021_an_admin_resets_a_second_step_and_a_user_cannot(cast, browse, drain, mailoutbox):
    _, _ = enrol(cast.bob)
    bob = browse(cast.bob)
    path = link("settings:reset_second_step", cast.bob.memberships.get().pk)
    assert browse(cast.dora).post(path).status_code == 403
    assert Authenticator.objects.filter(user=cast.bob).exists()
    with drain():
        assert browse(cast.alice).post(path).status_code == 302
    assert not Authenticator.objects.exists() and not BackupCode.objects.exists() and not is_in(bob)
    entry = entries("user.second_step_reset").get()
    assert (entry.actor_id, entry.subject_id) == (cast.alice.pk, cast.bob.pk)
    assert (mailoutbox[0].to, "taken away" in mailoutbox[0].subject) == (["bob@example.com"], True)
    assert is_in(begin(cast.bob))


def test_an_admin_of_one_place_cannot_reset_who_works_in_others_nor_themselves(cast, browse):
    enrol(cast.alice)
    make.membership(cast.dora, cast.elsewhere)
    enrol(cast.dora)
    finn = make.user(cast.company, "Finn")
    make.membership(finn, cast.location, "admin")
    here = {"location_id": cast.location.pk}
    for person, client in ((cast.dora, browse(finn)), (cast.alice, browse(finn)), (cast.alice, browse(cast.alice))):
        path = link("settings:reset_second_step", person.memberships.get(**here).pk)
        assert client.post(path).status_code in (400, 403)
    assert Authenticator.objects.count() == 2


def test_a_reset_password_leaves_the_second_step_on(cast):
    key, _ = enrol(cast.alice)
    new = "Harbour-Lantern-42"
    answer = Client().post(
        "/account/" + reset_links.make(cast.alice).partition("/account/")[2], {"new": new, "again": new}
    )
    assert answer.status_code == 302
    client = Client()
    client.post(reverse("accounts:sign_in"), {"email": cast.alice.email, "password": new})
    assert not is_in(client)
    assert give(client, code_of(key)).status_code == 302 and is_in(client)


def test_consent_to_an_app_wants_both_steps(cast):
    key, _ = enrol(cast.alice)
    wanted = flow.address(flow.app()[0])
    client = begin(cast.alice, next=wanted)
    assert client.get(wanted)["Location"].startswith(reverse("accounts:sign_in"))
    assert give(client, code_of(key), next=wanted)["Location"] == wanted
    assert client.get(wanted).status_code == 200


def test_a_code_sent_many_times_at_once_works_once(transactional_db):
    with scope.fresh():
        eve = make.user(None, "Eve")
        key, codes = enrol(eve)
    code = code_of(key)

    def use(number):
        try:
            with scope.fresh():
                return authenticator.take(eve, code) if number % 2 else backup_codes.take(eve, codes[0])
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(use, range(16))) == [False] * 14 + [True] * 2


def test_the_rules_are_for_admins_of_every_place(cast, browse):
    page = link("settings:security")
    sent = {"second_step": "everyone", "second_step_grace": "5", "password_length": "14", "password_mix": "on"}
    finn = make.user(cast.company, "Finn")
    make.membership(finn, cast.location, "admin")
    assert browse(cast.dora).get(page).status_code == 403
    assert browse(finn).get(page).status_code == 200 and browse(finn).post(page, sent).status_code == 403
    assert browse(cast.alice).post(page, {**sent, "password_length": "7"}).status_code == 422
    assert Company.objects.get(pk=cast.company.pk).second_step == ""
    assert browse(cast.alice).post(page, sent).status_code == 302
    company = Company.objects.get(pk=cast.company.pk)
    assert (company.second_step, company.second_step_grace, company.password_length) == ("everyone", 5, 14)
    assert company.second_step_since is not None
    assert entries("company.security_changed").get().changes["second_step"] == ["", "everyone"]


def test_the_security_page_tells_of_the_last_sign_ins_and_only_of_ones_own(cast):
    Client().post(reverse("accounts:sign_in"), {"email": cast.alice.email, "password": "wrong"})
    begin(cast.bob)
    client = begin(cast.alice)
    rows = client.get(reverse("accounts:security")).context["sign_ins"]
    assert [row["what"] for row in rows] == ["Signed in", "Wrong password"]
