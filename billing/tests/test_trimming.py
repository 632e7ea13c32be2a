"""A smaller plan begins while there is more than it has seats and locations for; and who may come in after the end."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from django.test import Client

from accounts import invitations, people
from accounts.models import Invitation, Location, Membership, Session, User
from accounts.tests import make as accounts
from billing import seats
from billing.models import Notice
from billing.tests import make
from core import scope
from core.pages import link
from journal.models import Entry


@pytest.fixture
def shrinking(cast):
    """Acme will be on Starter, with its three seats and one location, from the next period on. Alice owns it."""
    cast.company.change(owner=cast.alice)
    make.paying(cast.company)
    make.over_no_limit(cast)
    make.buy(cast.company, "starter")
    assert make.of(cast.company).next_plan.key == "starter"
    return cast


def invite(email: str) -> Invitation:
    return invitations.invite(email, "user")


def is_in(user: User) -> bool:
    user.refresh_from_db()
    return people.is_seated(user)


def test_what_still_fits_is_left_alone(shrinking):
    make.wait_until_renewal(shrinking.company)
    assert make.of(shrinking.company).plan.key == "starter"
    assert all(is_in(one) for one in (shrinking.alice, shrinking.bob, shrinking.dora))
    assert not Entry.objects.everywhere(reason="test").filter(verb="subscription.trimmed").exists()
    assert Notice.objects.get(key="downgrade_done").facts["trimmed"] == ""


def test_invitations_go_first_and_the_links_stop_working(shrinking):
    first = shrinking.company
    ends = make.of(first).period_end
    make.wait_until(first, ends - dt.timedelta(hours=2))
    with scope.use(actor=scope.SYSTEM):
        waiting = invite("zoe@example.com")
    assert seats.users(first.pk) == 4
    make.wait_until(first, ends)
    waiting.refresh_from_db()
    assert waiting.revoked_at is not None and seats.users(first.pk) == 3
    assert all(is_in(one) for one in (shrinking.alice, shrinking.bob, shrinking.dora))


def test_then_the_newest_users_then_the_newest_admins_and_never_the_owner(shrinking, drain):
    place, company = shrinking.location, shrinking.company
    eve = accounts.user(company, "Eve")
    accounts.membership(eve, place, "admin")
    finn = accounts.user(company, "Finn")
    accounts.membership(finn, place, "user")
    held = make.of(company)
    held.override(users=1)  # tighter than the plan, so that everybody's turn comes
    mail.outbox.clear()
    with drain():
        make.wait_until_renewal(company)
    assert is_in(shrinking.alice)
    assert not any(is_in(one) for one in (shrinking.bob, shrinking.dora, eve, finn))
    done = Entry.objects.everywhere(reason="test").get(verb="subscription.trimmed")
    assert done.facts["people"] == [finn.pk, shrinking.dora.pk, shrinking.bob.pk, eve.pk]
    assert Membership.objects.filter(user=finn).exists(), "switched off, not removed"
    told = {to for one in mail.outbox for to in one.to if "was switched off" in one.subject}
    assert told == {one.email for one in (shrinking.bob, shrinking.dora, eve, finn)}
    assert "4 people" in Notice.objects.get(key="downgrade_done").facts["trimmed"]


def test_whoever_keeps_a_location_going_keeps_their_seat(shrinking):
    eve = accounts.user(shrinking.company, "Eve")
    shrinking.elsewhere.change(is_active=True)
    held = make.of(shrinking.company)
    held.override(users=1, locations=2)
    with scope.use(location_id=shrinking.elsewhere.pk):
        accounts.membership(eve, shrinking.elsewhere, "admin")
        Membership.objects.get(user=shrinking.alice).remove(facts={"user": shrinking.alice.pk})
    make.wait_until_renewal(shrinking.company)
    assert make.of(shrinking.company).plan.key == "starter"
    assert is_in(eve) and is_in(shrinking.alice) and not is_in(shrinking.dora)


def test_the_newest_locations_are_suspended_and_keep_their_data(shrinking):
    shrinking.elsewhere.change(is_active=True)
    make.wait_until_renewal(shrinking.company)
    shrinking.elsewhere.refresh_from_db()
    shrinking.location.refresh_from_db()
    assert shrinking.elsewhere.suspended_at and shrinking.elsewhere.is_active
    assert shrinking.location.suspended_at is None and Location.objects.filter(is_active=True).count() == 2


def test_the_reminders_list_what_is_still_too_much(shrinking):
    shrinking.elsewhere.change(is_active=True)
    held = make.of(shrinking.company)
    make.wait(shrinking.company, (held.period_end - held.period_start).days - 6)
    told = Notice.objects.filter(key="downgrade_reminder").get()
    assert "Locations: 2 in use, 1 allowed" in told.facts["over"]


def enter(user: User) -> Client:
    client = Client()
    client.answer = client.post("/account/sign-in", {"email": user.email, "password": accounts.PASSWORD})
    return client


def test_accounts_066_after_the_end_admins_sign_in_to_read_and_users_do_not(cast):
    cast.company.change(owner=cast.alice)
    make.paying(cast.company, then="insufficient_funds")
    working, other = enter(cast.dora), enter(cast.charlie)
    page = link("contacts:businesses")
    assert working.get(page).status_code == 200
    make.wait_until_renewal(cast.company)
    make.cancel(cast.company)
    assert not Session.objects.filter(user=cast.dora).exists()
    assert working.get(page).status_code == 302, "signed out at once"
    refused = enter(cast.dora).answer
    assert refused.status_code == 422 and "This account was cancelled" in refused.content.decode()
    assert not Session.objects.filter(user=cast.dora).exists()
    admin = enter(cast.alice)
    assert admin.answer.status_code == 302
    told = admin.get(page)
    assert told.status_code == 200 and "The subscription has ended." in told.content.decode()
    assert Session.objects.filter(user=cast.charlie).exists() and other.get("/").status_code == 302


def test_accounts_066_whoever_was_shut_out_comes_back_with_the_account(cast):
    make.paying(cast.company, then="insufficient_funds")
    make.wait_until_renewal(cast.company)
    make.cancel(cast.company)
    assert enter(cast.dora).answer.status_code == 422
    make.subscription(cast.company, "professional")
    assert enter(cast.dora).answer.status_code == 302
