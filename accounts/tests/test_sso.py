import base64
import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts import reset_links, signing_in, standing
from accounts.models import SignOnAttempt, SingleSignOn
from accounts.second_factor import backup_codes, policy
from accounts.sso import answering, asking
from accounts.tests import make
from accounts.tests.factors import begin, enrol, give, is_in
from accounts.tests.identity_provider import IdentityProvider, asked, wrapped
from accounts.tests.make import PASSWORD
from billing.tests import make as billing
from core import access, clock
from core.pages import link
from journal.models import Entry

ENTER, BACK, ACS = "/account/single-sign-on", "/account/single-sign-on/back", "/saml/acs"


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture
def provider(cast):
    return IdentityProvider()


@pytest.fixture
def owner(cast):
    cast.company.change("company.owner_changed", owner=cast.alice)
    return cast.alice


@pytest.fixture
def enterprise(cast, owner):
    return billing.subscription(cast.company, "enterprise")


@pytest.fixture
def admin(cast, enterprise, browse):
    return browse(cast.alice)


@pytest.fixture
def on(admin, provider):
    """Acme's people may use single sign-on."""
    assert admin.post(link("settings:single_sign_on"), {"metadata": provider.metadata()}).status_code == 302
    assert admin.post(link("settings:single_sign_on_mode"), {"mode": "optional"}).status_code == 302
    return provider


@pytest.fixture
def enforced(on, cast, admin):
    """They must: dora has tried it and alice, the owner, has a second step."""
    come_in(Client(), on, "dora@example.com")
    enrol(cast.alice)
    assert admin.post(link("settings:single_sign_on_mode"), {"mode": "enforced"}).status_code == 302
    return on


def leave(client, email="dora@example.com", target=""):
    """Give the e-mail and read the request that the browser takes to the provider."""
    answer = client.post(ENTER, {"email": email, "next": target})
    assert answer.status_code == 200, answer.content.decode()
    address = answer["Refresh"].removeprefix("0; url=")
    assert address.startswith("https://idp.acme.example/sso?tenant=1&kind=web&SAMLRequest=")
    return asked(address)


def post_back(response, relay):
    """What the provider's page does: another site's POST, with which the browser sends no session cookie."""
    return Client().post(ACS, {"SAMLResponse": response, "RelayState": relay})


def come_in(client, provider, email="dora@example.com", target="", **bent):
    request = leave(client, email, target)
    answer = post_back(provider.response(request, bent.pop("named", email), **bent), request.relay)
    return client.get(answer["Location"]) if answer.status_code == 302 else answer


def mode(company):
    return SingleSignOn.objects.everywhere(reason="test").get(company=company).mode


def entries(verb):
    return Entry.objects.everywhere(reason="test").filter(verb=verb)


def refused(client, answer, status=400):
    assert answer.status_code == status, answer.content.decode()
    assert not is_in(client)
    return answer.content.decode()


@pytest.mark.parametrize("plan", ["starter", "professional"])
def test_accounts_024_smaller_plans_see_nothing_of_single_sign_on(cast, owner, browse, provider, plan):
    billing.subscription(cast.company, plan)
    client = browse(cast.alice)
    for name in ("settings:single_sign_on", "settings:single_sign_on_mode", "settings:single_sign_on_remove"):
        answers = [client.post(link(name), {"metadata": provider.metadata(), "mode": "optional"})]
        answers += [client.get(link(name))] if name != "settings:single_sign_on_mode" else []
        assert {answer.status_code for answer in answers} == {404}, name
    assert "ingle sign-on" not in client.get(link("settings:security")).content.decode()
    assert "ingle sign-on" not in client.get(link("settings:index")).content.decode()
    assert "ingle sign-on" not in Client().get("/account/sign-in").content.decode()
    assert Client().get(ENTER).status_code == 404
    assert not SingleSignOn.objects.everywhere(reason="test").exists()


def test_accounts_024_enterprise_sees_it_and_sets_it_up(cast, admin, provider):
    assert link("settings:single_sign_on") in admin.get(link("settings:security")).content.decode()
    page = admin.get(link("settings:single_sign_on")).content.decode()
    assert "http://127.0.0.1:8000/saml/acs" in page and "http://127.0.0.1:8000/saml/metadata.xml" in page
    assert admin.post(link("settings:single_sign_on"), {"metadata": provider.metadata()}).status_code == 302
    held = SingleSignOn.objects.everywhere(reason="test").get()
    assert (held.company_id, held.mode, held.entity_id) == (cast.company.pk, "off", provider.entity)
    assert held.address == provider.address and len(held.certificates) == 1
    page = admin.get(link("settings:single_sign_on")).content.decode()
    assert provider.entity in page and held.fingerprints[0] in page
    assert Client().get(ENTER).status_code == 404  # it is off
    assert entries("single_sign_on.created").get().actor_id == cast.alice.pk


def test_accounts_024_it_goes_with_the_plan_and_passwords_work_again(cast, enforced, browse, drain, mailoutbox):
    assert Client().post("/account/sign-in", {"email": "dora@example.com", "password": PASSWORD}).status_code == 422
    waiting = Client()
    request = leave(waiting)
    billing.subscription(cast.company, "professional")
    assert post_back(enforced.response(request, "dora@example.com"), request.relay).status_code == 400
    assert not is_in(waiting)
    assert Client().post(ENTER, {"email": "dora@example.com"}).status_code == 422
    client = Client()
    assert client.post("/account/sign-in", {"email": "dora@example.com", "password": PASSWORD}).status_code == 302
    assert is_in(client) and browse(cast.alice).get(link("settings:single_sign_on")).status_code == 404
    with drain():
        Client().post(reverse("accounts:reset"), {"email": "bob@example.com"})
    assert "Set a new password" in mailoutbox[-1].subject


def test_a_company_without_a_subscription_has_no_single_sign_on(cast, owner, browse):
    assert browse(cast.alice).get(link("settings:single_sign_on")).status_code == 404


def test_metadata_of_ours_is_what_a_provider_reads(db):
    answer = Client().get("/saml/metadata.xml")
    text = answer.content.decode()
    assert answer.status_code == 200 and answer["Content-Type"].startswith("application/samlmetadata+xml")
    assert 'entityID="http://127.0.0.1:8000/saml/metadata.xml"' in text
    assert 'Location="http://127.0.0.1:8000/saml/acs"' in text and "emailAddress" in text


def test_only_an_admin_of_the_whole_company_sets_it_up(cast, enterprise, browse, as_, provider):
    make.user(cast.company, "Zoe", agency_role="admin")
    eve = make.user(cast.company, "Eve")
    make.membership(eve, cast.location, "admin")
    make.membership(eve, cast.elsewhere, "admin")
    for person in (cast.dora, eve):
        client = browse(person)
        assert client.post(link("settings:single_sign_on"), {"metadata": provider.metadata()}).status_code == 403
        assert client.post(link("settings:single_sign_on_mode"), {"mode": "optional"}).status_code == 403
        assert client.get(link("settings:single_sign_on_remove")).status_code == 403
    assert not SingleSignOn.objects.everywhere(reason="test").exists()


@pytest.mark.parametrize(
    ("bend", "says"),
    [
        (lambda text: "", "Paste the metadata"),
        (lambda text: "hello", "no metadata"),
        (lambda text: text.replace("IDPSSODescriptor", "SPSSODescriptor"), "no metadata"),
        (lambda text: text.replace("HTTP-Redirect", "SOAP"), "HTTP-Redirect"),
        (lambda text: text.replace("https://idp.acme.example/sso", "javascript:alert(1)//"), "https://"),
        (lambda text: text.replace("MII", "MIX"), "cannot be read"),
        (
            lambda text: text.replace("<ds:X509Certificate>", "<!--").replace("</ds:X509Certificate>", "-->"),
            "certificate",
        ),
        (lambda text: text.replace('<?xml version="1.0"?>', '<!DOCTYPE a [<!ENTITY b "c">]>'), "no metadata"),
    ],
)
def test_metadata_that_will_not_do_is_refused_by_its_field(admin, provider, bend, says):
    answer = admin.post(link("settings:single_sign_on"), {"metadata": bend(provider.metadata())})
    assert answer.status_code == 422 and says in answer.content.decode()
    assert not SingleSignOn.objects.everywhere(reason="test").exists()


def test_a_file_of_metadata_does_as_well_and_an_overlong_one_does_not(admin, provider):
    for text, status in ((provider.metadata() + " " * 300_000, 422), (provider.metadata(), 302)):
        file = SimpleUploadedFile("metadata.xml", text.encode())
        assert admin.post(link("settings:single_sign_on"), {"file": file}).status_code == status
    assert SingleSignOn.objects.everywhere(reason="test").get().entity_id == provider.entity


def test_people_sign_in_through_the_provider_and_come_to_where_they_wanted(cast, on, drain):
    client = Client()
    assert "single sign-on" in client.get("/account/sign-in").content.decode()
    target = link("contacts:list")
    answer = come_in(client, on, target=target, named="Dora@Example.com")
    assert (answer.status_code, answer["Location"]) == (302, target)
    assert is_in(client) and client.get(target).status_code == 200
    entry = entries("user.signed_in").get()
    assert (entry.actor_id, entry.facts["second_step"]) == (cast.dora.pk, "single sign-on")
    assert SingleSignOn.objects.everywhere(reason="test").get().proved_at is not None


def test_the_provider_is_asked_again_after_a_day(cast, on):
    client, other = Client(), Client()
    come_in(client, on)
    other.post("/account/sign-in", {"email": "bob@example.com", "password": PASSWORD})
    for hours, stays in ((11, True), (22, True), (25, False)):
        with clock.moved(dt.timedelta(hours=hours)):
            assert (is_in(client), is_in(other)) == (stays, True), hours


def test_the_provider_stands_for_the_second_step(cast, on):
    cast.company.change(
        "company.security_changed", second_step="everyone", second_step_since=clock.now() - dt.timedelta(days=9)
    )
    enrol(cast.dora)
    client = Client()
    assert come_in(client, on)["Location"] == "/"
    assert client.get(link("contacts:list")).status_code == 200


@pytest.mark.parametrize(
    ("bent", "reason"),
    [
        ({"key": "mallory"}, "Signature validation failed"),
        ({"signed": False}, "No Signature"),
        ({"audience": "https://other.example/metadata"}, "not a valid audience"),
        ({"audience": ""}, "not meant for"),
        ({"recipient": "https://other.example/acs"}, "SubjectConfirmation"),
        ({"age": dt.timedelta(minutes=30)}, "expired"),
        ({"age": dt.timedelta(minutes=-30)}, "not yet valid"),
        ({"in_response_to": "ONELOGIN_another"}, "does not match the ID"),
        ({"in_response_to": ""}, "does not answer the request"),
        ({"issuer": "https://idp.globex.example/metadata"}, "Invalid issuer"),
        ({"named": "no address"}, "no e-mail address"),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else next(iter(value)),
)
def test_an_answer_that_is_not_right_opens_nothing(cast, on, bent, reason):
    client = Client()
    refused(client, come_in(client, on, **bent))
    assert not entries("user.signed_in").exists()
    assert reason in entries("single_sign_on.refused").get().facts["reason"]
    assert client.get(BACK, {"ticket": ""}).status_code == 400 and not is_in(client)


def test_admins_see_who_changed_it_and_why_an_answer_was_refused(cast, on, admin, browse):
    come_in(Client(), on, named="nobody@example.com")
    page = admin.get(link("settings:single_sign_on")).content.decode()
    for words in ("Alice Adams set up single sign-on", "off to optional", "nobody has the address nobody@example.com"):
        assert words in page, words
    billing.subscription(cast.globex, "enterprise")
    other = browse(cast.charlie)
    page = other.get(f"/l/{cast.globex_location.pk}/settings/security/single-sign-on").content.decode()
    assert "Single sign-on" in page and "nobody@example.com" not in page and "idp.acme" not in page


def test_a_tampered_assertion_opens_nothing(cast, on):
    client = Client()
    request = leave(client)
    signed = on.assertion(request, "dora@example.com").replace("dora@example.com", "alice@example.com")
    refused(client, post_back(on.response(request, "", assertion=signed), request.relay))


@pytest.mark.parametrize("arrangement", ["before", "after", "inside", "extension"])
def test_a_signature_that_is_wrapped_around_something_else_opens_nothing(cast, on, arrangement):
    client = Client()
    request = leave(client)
    signed = on.assertion(request, "dora@example.com").replace('<?xml version="1.0"?>', "")
    forged = on.assertion(request, "alice@example.com", signed=False)
    inside = {
        "before": forged + signed,
        "after": signed + forged,
        "inside": forged.replace("<saml:Subject>", f"<saml:Advice>{signed}</saml:Advice><saml:Subject>", 1),
        "extension": f"<samlp:Extensions>{signed}</samlp:Extensions>{forged}",
    }[arrangement]
    refused(client, post_back(wrapped(request, inside, in_response_to=request.id), request.relay))
    assert not entries("user.signed_in").exists()


def test_a_comment_in_the_name_does_not_shorten_it(cast, on):
    client = Client()
    request = leave(client)
    signed = on.assertion(request, "dora@example.com<!-- -->.evil.example")
    refused(client, post_back(on.response(request, "", assertion=signed), request.relay), 403)


def test_an_answer_that_declares_entities_or_is_no_xml_opens_nothing(cast, on):
    for bend in (lambda text: '<!DOCTYPE a [<!ENTITY b "c">]>' + text, lambda text: "hello", lambda text: text[:900]):
        client = Client()
        request = leave(client)
        text = base64.b64decode(on.response(request, "dora@example.com")).decode()
        refused(client, post_back(base64.b64encode(bend(text).encode()).decode(), request.relay))
    client = Client()
    refused(client, post_back("x" * 300_000, leave(client).relay))


def test_a_provider_may_sign_the_whole_answer_instead_of_the_assertion(cast, on):
    client = Client()
    request = leave(client)
    inside = on.assertion(request, "dora@example.com", signed=False)
    good = wrapped(request, inside, in_response_to=request.id, key=on.key_name)
    answer = client.get(post_back(good, request.relay)["Location"])
    assert answer.status_code == 302 and is_in(client)
    other = Client()
    request = leave(other)
    inside = on.assertion(request, "dora@example.com", signed=False)
    bad = wrapped(request, inside, in_response_to=request.id, key="mallory")
    refused(other, post_back(bad, request.relay))


def test_an_answer_counts_once_and_so_does_an_assertion(cast, on):
    first = Client()
    request = leave(first)
    response = on.response(request, "dora@example.com", id="_once")
    back = post_back(response, request.relay)
    assert post_back(response, request.relay).status_code == 400  # replayed
    assert first.get(back["Location"]).status_code == 302 and is_in(first)
    assert first.get(back["Location"]).status_code == 400  # the ticket as well
    second = Client()
    again = leave(second)
    refused(second, post_back(on.response(again, "dora@example.com", id="_once"), again.relay))
    assert "used before" in entries("single_sign_on.refused").get().facts["reason"]


def test_an_answer_nobody_asked_for_or_that_comes_late_opens_nothing(cast, on):
    client = Client()
    request = leave(client)
    response = on.response(request, "dora@example.com", in_response_to="")
    refused(client, post_back(response, "made up"))
    refused(client, post_back(response, ""))
    with clock.moved(dt.timedelta(minutes=6)):
        refused(client, post_back(on.response(request, "dora@example.com"), request.relay))
    assert not SignOnAttempt.objects.everywhere(reason="test").exclude(user=None).exists()


def test_the_ticket_works_in_no_other_browser(cast, on):
    """Otherwise somebody could send a victim to the provider with their own request, and be signed in as the victim."""
    begun, other = Client(), Client()
    request = leave(begun)
    leave(other, "bob@example.com")
    back = post_back(on.response(request, "dora@example.com"), request.relay)["Location"]
    refused(other, other.get(back))
    refused(Client(), Client().get(back))
    assert begun.get(BACK, {"ticket": parse_qs(urlsplit(back).query)["ticket"][0] + "x"}).status_code == 400
    assert begun.get(back).status_code == 302 and is_in(begun)


def test_a_provider_lets_in_its_own_companys_people_only(cast, on):
    client = Client()
    said = refused(client, come_in(client, on, named="charlie@example.com"), 403)
    assert "Ask an admin" in said
    assert client.post(ENTER, {"email": "charlie@example.com"}).status_code == 422
    assert client.post(ENTER, {"email": "nobody@example.com"}).status_code == 422
    assert not is_in(client)


def test_whoever_was_switched_off_stays_outside(cast, on):
    client = Client()
    request = leave(client)
    back = post_back(on.response(request, "dora@example.com"), request.relay)["Location"]
    cast.dora.change(is_active=False)
    refused(client, client.get(back), 403)
    other = Client()
    refused(other, come_in(other, on, email="bob@example.com", named="dora@example.com"), 403)


def test_enforcing_waits_until_it_was_tried_and_the_owner_has_a_second_step(cast, on, admin):
    def enforce():
        return admin.post(link("settings:single_sign_on_mode"), {"mode": "enforced"})

    answer = enforce()
    assert answer.status_code == 422 and "Sign in through it once" in answer.content.decode()
    come_in(Client(), on)
    answer = enforce()
    assert answer.status_code == 422 and "two-step" in answer.content.decode() and mode(cast.company) == "optional"
    enrol(cast.alice)
    assert enforce().status_code == 302 and mode(cast.company) == "enforced"


def test_enforced_refuses_passwords_of_all_but_the_owner(cast, enforced):
    client = Client()
    answer = client.post("/account/sign-in", {"email": "dora@example.com", "password": PASSWORD})
    assert "single sign-on" in refused(client, answer, 422)
    wrong = client.post("/account/sign-in", {"email": "dora@example.com", "password": "something else"})
    assert "do not match" in refused(client, wrong, 422)  # only the right password is told more
    owner = Client()
    answer = owner.post("/account/sign-in", {"email": "alice@example.com", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/account/second-step")
    assert come_in(client, enforced).status_code == 302 and is_in(client)
    other = Client()  # another company goes on as before
    assert other.post("/account/sign-in", {"email": "charlie@example.com", "password": PASSWORD}).status_code == 302


def test_enforced_keeps_the_owner_to_the_second_step_and_nobody_else(cast, enforced):
    enrol(cast.bob)
    assert policy.is_required(cast.alice) and not policy.is_required(cast.bob)
    owner = begin(cast.alice)
    give(owner, backup_codes_of(cast.alice)[0])
    owner.post(reverse("accounts:switch_off"), {"password": PASSWORD, "code": backup_codes_of(cast.alice)[0]})
    assert is_in(owner) and policy.has(cast.alice)


def test_enforced_gives_no_reset_link_but_the_way_in(cast, enforced, drain, mailoutbox):
    for email, subject in (("dora@example.com", "How you sign in"), ("alice@example.com", "Set a new password")):
        with drain():
            Client().post(reverse("accounts:reset"), {"email": email})
        assert subject in mailoutbox[-1].subject
    assert ENTER in mailoutbox[-2].body and "/account/reset/" not in mailoutbox[-2].body


def test_a_password_set_by_an_older_link_opens_nothing_while_it_is_enforced(cast, enforced):
    address = reset_links.make(cast.dora)
    client = Client()
    values = {"new": "Quite-Another-9-Word", "again": "Quite-Another-9-Word"}
    client.post(address.removeprefix("http://127.0.0.1:8000"), values)
    answer = client.post("/account/sign-in", {"email": "dora@example.com", "password": values["new"]})
    assert answer.status_code == 422 and not is_in(client)


def test_a_different_provider_is_no_longer_enforced_and_a_new_certificate_changes_nothing(cast, enforced, admin):
    renewed = IdentityProvider(key_name="renewed")
    admin.post(link("settings:single_sign_on"), {"metadata": renewed.metadata()})
    assert mode(cast.company) == "enforced"
    client = Client()
    refused(client, come_in(client, enforced))
    assert come_in(client, renewed).status_code == 302 and is_in(client)
    admin.post(link("settings:single_sign_on"), {"metadata": IdentityProvider(entity="https://new.example").metadata()})
    assert mode(cast.company) == "optional"


def test_it_is_removed_once_it_is_off(cast, on, admin):
    assert admin.post(link("settings:single_sign_on_remove")).status_code == 400
    assert SingleSignOn.objects.everywhere(reason="test").exists()
    admin.post(link("settings:single_sign_on_mode"), {"mode": "off"})
    assert Client().get(ENTER).status_code == 404
    assert admin.get(link("settings:single_sign_on_remove")).status_code == 200
    assert admin.post(link("settings:single_sign_on_remove")).status_code == 302
    assert not SingleSignOn.objects.everywhere(reason="test").exists()


def backup_codes_of(person):
    with signing_in.acting(person):
        return backup_codes.make(person)


def long_ago(client):
    """The browser's person proved an hour ago who they are."""
    session = client.session
    session["confirmed_at"] = (clock.now_for_all() - dt.timedelta(hours=1)).isoformat()
    session.save()


def test_asking_again_goes_to_the_provider_and_back(cast, enforced):
    client = Client()
    come_in(client, enforced)
    long_ago(client)
    asks = reverse("accounts:confirm")
    assert "Use single sign-on" in client.get(asks, {"next": "/account/profile"}).content.decode()
    for named, bent, status in (
        ("dora@example.com", {"authenticated": "2026-01-01T00:00:00Z"}, 400),  # not asked again
        ("bob@example.com", {}, 403),
        ("dora@example.com", {}, 302),
    ):
        assert client.get(asks).status_code == 200
        answer = client.post(reverse("accounts:single_sign_on_confirm"), {"next": "/account/profile"})
        request = asked(answer["Refresh"].removeprefix("0; url="))
        assert request.is_forced
        answer = post_back(enforced.response(request, named, **bent), request.relay)
        answer = client.get(answer["Location"]) if answer.status_code == 302 else answer
        assert answer.status_code == status, (named, answer.content.decode())
    assert answer["Location"] == "/account/profile" and client.get(asks).status_code == 302


def test_whoever_has_no_single_sign_on_cannot_confirm_with_it(cast, on, browse):
    client = browse(cast.charlie)
    long_ago(client)
    assert "single sign-on" not in client.get(reverse("accounts:confirm")).content.decode()
    assert client.post(reverse("accounts:single_sign_on_confirm")).status_code == 404


def test_the_owner_hears_when_somebody_else_changes_it(cast, enterprise, browse, provider, drain, mailoutbox):
    eve = make.user(cast.company, "Eve", agency_role="admin")
    with drain():
        browse(cast.alice).post(link("settings:single_sign_on"), {"metadata": provider.metadata()})
    assert mailoutbox == []
    with drain():
        browse(eve).post(link("settings:single_sign_on_mode"), {"mode": "optional"})
    mail = mailoutbox.pop()
    assert mail.to == [cast.alice.email] and "Eve" in mail.body and "it is optional now" in mail.body


def test_it_works_while_the_account_is_read_only(cast, on):
    standing.set_standing(cast.company, access.READ_ONLY, reason="suspended")
    client = Client()
    assert come_in(client, on).status_code == 302 and is_in(client)
    assert SingleSignOn.objects.everywhere(reason="test").get().proved_at is not None
    other = Client()
    refused(other, come_in(other, on, key="mallory"))
    assert entries("single_sign_on.refused").count() == 1


def test_a_cancelled_account_lets_its_admins_in_and_nobody_else(cast, on):
    standing.set_standing(cast.company, access.READ_ONLY, reason="cancelled")
    client = Client()
    assert "cancelled" in refused(client, come_in(client, on))
    admin = Client()
    assert come_in(admin, on, email="alice@example.com").status_code == 302 and is_in(admin)


def test_attempts_are_forgotten_after_a_day(cast, on):
    leave(Client())
    assert answering.forget_old() == 0
    with clock.moved(asking.LASTS * 300):
        assert answering.forget_old() == 1
    assert not SignOnAttempt.objects.everywhere(reason="test").exists()
