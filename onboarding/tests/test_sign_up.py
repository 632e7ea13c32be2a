"""Opening an account: what comes with it, what is refused, and that a second trial is none."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from accounts.models import Company, Location, Membership, User
from billing.models import Invoice, PaymentMethod, Subscription
from billing.tests import make as bills
from core import scope
from onboarding import trial_uses
from onboarding.models import Acceptance

pytestmark = pytest.mark.django_db

GIVEN = {
    "first_name": "Ann",
    "last_name": "Nord",
    "business": "Nord Café",
    "email": "Ann@Nord.example",
    "password": "Warm-bread-7-oclock",
    "country": "DE",
    "timezone": "Europe/Berlin",
    "plan": "professional",
    "accepted": "on",
}


@pytest.fixture(autouse=True)
def _afresh():
    with scope.fresh():
        yield


def post(client=None, **changes):
    return (client or Client()).post("/sign-up/", {**GIVEN, **changes})


def company():
    return Company.objects.everywhere(reason="test").get()


def held():
    return bills.of(company())


def test_accounts_001_signing_up_asks_for_no_card_and_begins_a_trial_of_14_times_24_hours():
    page = Client().get("/sign-up/")
    assert (
        page.status_code == 200 and b"card" not in page.content.lower().split(b"<form", 1)[1].split(b"choice-card")[0]
    )
    client = Client()
    answer = post(client)
    place = Location.objects.everywhere(reason="test").get()
    assert answer.status_code == 302 and answer["Location"] == f"/l/{place.pk}/start/"
    row = held()
    assert (row.state, row.plan.key) == ("trialing", "professional")
    assert row.trial_ends_at - row.trial_started_at == dt.timedelta(hours=14 * 24)
    with scope.use(company_id=company().pk):
        assert not PaymentMethod.objects.exists() and not Invoice.objects.exists()
    assert client.get(answer["Location"]).status_code == 200


def test_the_account_has_a_location_an_owner_and_what_was_accepted():
    post()
    made, place = company(), Location.objects.everywhere(reason="test").get()
    owner = User.objects.everywhere(reason="test").get()
    assert (made.name, made.owner_id, made.country, made.timezone) == ("Nord Café", owner.pk, "DE", "Europe/Berlin")
    assert (place.company_id, place.timezone, owner.email) == (made.pk, "Europe/Berlin", "ann@nord.example")
    assert Membership.objects.everywhere(reason="test").get(user=owner, location=place).role == "admin"
    with scope.use(company_id=made.pk):
        accepted = list(Acceptance.objects.order_by("document"))
    assert [(one.document, one.version, one.user_id) for one in accepted] == [
        ("dpa", "2026-11", owner.pk), ("privacy", "2026-11", owner.pk), ("terms", "2026-11", owner.pk),
    ]  # fmt: skip
    assert all(one.at for one in accepted)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", ""),
        ("business", ""),
        ("email", "nobody"),
        ("password", "short"),
        ("password", "correcthorsebattery"),
        ("country", "XX"),
        ("timezone", "Europe/Nowhere"),
        ("plan", "gold"),
        ("accepted", ""),
        ("email", "new\x00@nord.example"),
    ],
)
def test_what_is_missing_or_wrong_is_named_and_nothing_is_made(field, value):
    answer = post(**{field: value})
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {field}
    assert not Company.objects.everywhere(reason="test").exists()
    assert not User.objects.everywhere(reason="test").exists()


def test_an_address_that_signs_in_already_is_refused_whole(cast):
    with scope.fresh():
        answer = post(email=cast.alice.email.upper())
    assert answer.status_code == 422 and "email" in answer.context["form"].errors
    assert not Company.objects.everywhere(reason="test").filter(name="Nord Café").exists()


def test_accounts_008_a_second_trial_with_the_same_confirmed_address_is_refused(drain_alone, mailoutbox):
    first = Client()
    with drain_alone():
        post(first)
    with drain_alone():
        first.post(link_of(mailoutbox[-1]))
    with scope.fresh():
        old = company()
        User.objects.everywhere(reason="test").get().change(email="gone@elsewhere.example")  # the account is given up
    answer = post(business="Another name", email="ann+2@nord.example")
    new = Company.objects.everywhere(reason="test").exclude(pk=old.pk).get()
    row = bills.of(new)
    assert (row.state, row.trial_ends_at) == ("trial_expired", None)
    assert abs(row.delete_after - row.date_added - dt.timedelta(days=30)) < dt.timedelta(minutes=1)
    assert new.access == "read_only"
    assert answer["Location"].endswith("/settings/billing/plans")
    assert bills.of(old).state == "trialing"


def test_accounts_008_nor_gets_the_same_business_a_second_one(drain_alone, mailoutbox):
    client = Client()
    with drain_alone():
        post(client)
    with drain_alone():
        client.post(link_of(mailoutbox[-1]))
    post(business="NORD  CAFE GmbH", email="bert@nord.example")
    states = sorted(Subscription.objects.everywhere(reason="test").values_list("state", flat=True))
    assert states == ["trial_expired", "trialing"]


def test_a_trial_that_turns_out_to_be_the_second_ends_when_the_address_is_confirmed(drain_alone, mailoutbox):
    with drain_alone():
        post()
        post(email="bert@nord.example")  # nobody has confirmed yet, so both begin
    links = {mail.to[0]: link_of(mail) for mail in mailoutbox}
    with drain_alone():
        Client().post(links["bert@nord.example"])
    with drain_alone():
        Client().post(links["ann@nord.example"])
    states = {
        row.company.email: row.state for row in Subscription.objects.everywhere(reason="test").select_related("company")
    }
    assert states == {"bert@nord.example": "trialing", "ann@nord.example": "trial_expired"}


def test_a_trial_begun_at_a_mail_provider_says_nothing_about_other_businesses_there():
    assert len(trial_uses.digests("ann@gmail.com", "Bakery")) == 1
    assert trial_uses.digests("a.n.n+x@googlemail.com", "Bakery") == trial_uses.digests("Ann@gmail.com", "Other")
    assert (
        trial_uses.digests("a@nord.example", "Müller & Söhne, Inc.")[1]
        == trial_uses.digests("b@nord.example", "muller sohne")[1]
    )


def test_sign_up_can_be_closed(settings):
    settings.SIGN_UP = False
    assert Client().get("/sign-up/").status_code == 403
    assert post().status_code == 403
    assert Client().get("/pricing/").status_code == 302
    assert b"/sign-up/" not in Client().get("/account/sign-in").content
    assert not Company.objects.everywhere(reason="test").exists()


def test_too_many_from_one_network_have_to_wait(monkeypatch):
    monkeypatch.setattr("onboarding.views.sign_up.FROM_ONE_NETWORK", "2/h")
    assert [post(business="").status_code for _ in range(2)] == [422, 422]
    answer = post()
    assert answer.status_code == 429 and answer["Retry-After"] == "3600"
    assert not Company.objects.everywhere(reason="test").exists()


def test_whoever_is_signed_in_has_an_account(cast, browse):
    assert browse(cast.alice).get("/sign-up/")["Location"] == "/"


def test_the_documents_can_be_read_and_be_the_operators_own(settings):
    for path in ("/terms/", "/privacy/", "/dpa/"):
        assert b"Version 2026-11" in Client().get(path).content
    settings.TERMS_URL, settings.TERMS_VERSION = "https://law.example/terms", "7"
    assert b"https://law.example/terms" in Client().get("/sign-up/").content
    post()
    with scope.use(company_id=company().pk):
        assert set(Acceptance.objects.values_list("version", flat=True)) == {"7"}


def link_of(mail):
    """The path of the link in a mail."""
    return "/" + next(word for word in mail.body.split() if word.startswith("http")).split("/", 3)[3]
