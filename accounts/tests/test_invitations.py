import datetime as dt
import re

import pytest
from django.core import mail

from accounts import invitations, people
from accounts.models import Invitation, Membership, User
from accounts.staff_forms import InviteForm
from accounts.tests import make
from billing.tests.make import subscription
from core import clock, scope
from core.errors import LimitReached, Refused
from core.pages import link
from journal.models import Entry

PASSWORD = "A long pass phrase 7!"


def invite(client, email="nina@example.com", **fields):
    sent = {"email": email, "role": "user", "granted": sorted(start()), **fields}
    return client.post(link("settings:invite"), sent)


def start():
    return InviteForm().initial["granted"]


def links():
    return [re.search(r"https?://\S+(/account/invitation/\S+)", one.body)[1] for one in mail.outbox]


def test_accounts_025_an_invitation_sends_a_mail_whose_link_expires_after_a_day_and_resending_voids_the_first(
    cast, browse, drain, client, monkeypatch
):
    with drain():
        assert invite(browse(cast.alice), first_name="Nina").status_code == 302
    assert mail.outbox[0].to == ["nina@example.com"] and "Alice Adams invites you" in mail.outbox[0].body
    first = links()[0]
    assert client.get(first).status_code == 200
    held = Invitation.objects.get()
    with drain():
        browse(cast.alice).post(link("settings:invitation_send", held.pk))
    again = links()[1]
    assert client.get(first).status_code == 410 and client.get(again).status_code == 200
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(hours=23, minutes=59))
    assert client.get(again).status_code == 200
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(hours=24, seconds=1))
    assert client.get(again).status_code == 410
    assert client.post(again, {"first_name": "Nina", "new": PASSWORD}).status_code == 410
    assert not User.objects.filter(email="nina@example.com").exists()


def test_accepting_sets_a_name_and_a_password_and_opens_the_location_once(cast, browse, drain, client):
    granted = [name for name in start() if name != "contacts.bulk"]
    with drain():
        invite(browse(cast.alice), granted=[*granted, "contacts.export"], only_assigned="on")
    address = links()[0]
    weak = client.post(address, {"first_name": "Nina", "new": "short"})
    assert weak.status_code == 422 and "new" in weak.context["form"].errors
    assert Invitation.objects.pending().exists()
    assert client.post(address, {"first_name": "Nina", "last_name": "New", "new": PASSWORD}).status_code == 302
    nina = User.objects.get(email="nina@example.com")
    held = Membership.objects.get(user=nina)
    assert (nina.name, held.role, held.only_assigned) == ("Nina New", "user", True)
    assert "contacts.export" in held.abilities and "contacts.bulk" not in held.abilities
    assert client.post(address, {"first_name": "Again", "new": PASSWORD}).status_code == 410
    assert client.post("/account/sign-in", {"email": "nina@example.com", "password": PASSWORD}).status_code == 302
    assert client.get(link("contacts:list")).status_code == 200
    for verb in ("invitation.created", "invitation.accepted"):
        assert Entry.objects.filter(verb=verb, subject_id=Invitation.objects.get().pk).count() == 1


def test_somebody_with_a_sign_in_only_says_yes_and_keeps_their_password(cast, browse, drain, client):
    eve = make.user(cast.company, "Eve")
    with drain():
        invite(browse(cast.alice), "eve@example.com", role="admin")
    assert client.post(links()[0]).status_code == 302
    assert Membership.objects.get(user=eve).role == "admin"
    assert User.objects.get(pk=eve.pk).check_password(make.PASSWORD)


def test_an_invitation_taken_back_opens_nothing(cast, browse, drain, client):
    with drain():
        invite(browse(cast.alice))
    held = Invitation.objects.get()
    assert browse(cast.alice).post(link("settings:invitation_revoke", held.pk)).status_code == 302
    assert client.post(links()[0], {"first_name": "Nina", "new": PASSWORD}).status_code == 410
    assert browse(cast.alice).post(link("settings:invitation_revoke", held.pk)).status_code == 404
    assert not User.objects.filter(email="nina@example.com").exists()


@pytest.mark.parametrize("email", ["bob@example.com", "charlie@example.com", "nina@example.com", "no"])
def test_nobody_is_invited_twice_or_from_another_company(cast, browse, email):
    invite(browse(cast.alice))
    answer = invite(browse(cast.alice), email)
    assert answer.status_code == 422 and "email" in answer.context["form"].errors
    assert Invitation.objects.count() == 1


def test_only_admins_invite_and_only_at_their_location(cast, browse):
    assert invite(browse(cast.dora)).status_code == 403
    assert browse(cast.dora).get(link("settings:invite")).status_code == 403
    with scope.use(location_id=cast.elsewhere.pk):
        other = invitations.invite("there@example.com", "user")
    assert browse(cast.alice).post(link("settings:invitation_send", other.pk)).status_code == 404
    assert browse(cast.alice).post(link("settings:invitation_revoke", other.pk)).status_code == 404
    assert Invitation.objects.count() == 0


def test_the_page_of_people_lists_who_is_invited_to_admins_only(cast, browse):
    invite(browse(cast.alice))
    assert b"nina@example.com" in browse(cast.alice).get(link("settings:people")).content
    assert b"nina@example.com" not in browse(cast.dora).get(link("settings:people")).content
    only = browse(cast.alice).get(link("settings:people"), {"state": "invited"}).context
    assert only["rows"] == [] and len(only["invited"]) == 1


@pytest.mark.parametrize(("plan", "seats"), [("starter", 3), ("professional", 25)])
def test_accounts_026_one_seat_too_many_is_refused_with_an_upgrade_offer(cast, browse, plan, seats):
    subscription(cast.company, plan)
    for number in range(seats - 3):
        invitations.invite(f"n{number}@example.com", "user")
    answer = invite(browse(cast.alice))
    assert answer.status_code == 422 and b"Upgrade" in answer.content
    assert f"{seats} users and {seats} are in use" in str(answer.context["form"].non_field_errors())
    assert Invitation.objects.count() == seats - 3


def test_accounts_027_an_open_invitation_takes_up_a_seat_and_somebody_switched_off_does_not(cast):
    subscription(cast.company, users=4)
    held = invitations.invite("nina@example.com", "user")
    with pytest.raises(LimitReached):
        invitations.invite("otto@example.com", "user")
    with scope.use(location_id=cast.elsewhere.pk):
        invitations.invite("nina@example.com", "user")  # the same person elsewhere takes up no second one
        invitations.invite("bob@example.com", "user")
    people.disable(Membership.objects.get(user=cast.dora))
    invitations.invite("otto@example.com", "user")
    with pytest.raises(LimitReached):
        people.enable(Membership.objects.get(user=cast.dora))
    assert Membership.objects.get(user=cast.dora).disabled_at
    invitations.revoke(held)
    with scope.use(location_id=cast.elsewhere.pk):
        invitations.revoke(Invitation.objects.get(email="nina@example.com"))
    people.enable(Membership.objects.get(user=cast.dora))
    assert User.objects.get(pk=cast.dora.pk).is_active


def test_an_expired_invitation_frees_its_seat_and_needs_one_to_be_sent_again(cast, monkeypatch):
    subscription(cast.company, users=4)
    held = invitations.invite("nina@example.com", "user")
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(days=2))
    invitations.invite("otto@example.com", "user")
    with pytest.raises(LimitReached):
        invitations.send_again(held)
    assert Invitation.objects.get(pk=held.pk).serial == 1


def test_one_that_was_accepted_cannot_be_sent_again(cast, drain, client):
    with drain():
        held = invitations.invite("nina@example.com", "user")
    client.post(links()[0], {"first_name": "Nina", "new": PASSWORD})
    held.refresh_from_db()
    for verb in (invitations.send_again, invitations.revoke):
        with pytest.raises(Refused, match="accepted"):
            verb(held)
