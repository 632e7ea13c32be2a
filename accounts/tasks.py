"""Mails that leave after the answer: asking for a reset takes the same time whether the address exists or not."""

from __future__ import annotations

import datetime as dt
import smtplib

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from accounts import confirmation_links, invitation_links, mails, reset_links
from accounts.models import Company, Invitation, User
from accounts.models.user import plain_email
from accounts.second_factor import policy
from accounts.sessions import SessionStore
from accounts.sso import answering, state
from core import clock, scope
from core.tasks import task
from journal.writing import write

AGAIN = {"autoretry_for": (OSError, smtplib.SMTPException), "retry_backoff": True, "max_retries": 6}


@task(**AGAIN)
def send_reset(email: str) -> None:
    """Mail a reset link to whoever has this address; nobody, or somebody who was switched off, gets nothing.

    Whoever has to use single sign-on is told so instead: a password would not let them in.
    """
    user = (
        User.objects.everywhere(reason="whoever asks for a reset is not known yet")
        .filter(email=plain_email(email), is_active=True)
        .first()
    )
    if user is None:
        return
    if state.is_enforced_for(user):
        page = settings.BASE_URL + reverse("accounts:single_sign_on")
        mails.send(user, "use_single_sign_on", "How you sign in to HoopAI", link=page)
        return
    mails.send(user, "reset", "Set a new password for HoopAI", link=reset_links.make(user))
    with scope.use(company_id=user.company_id):
        write("user.reset_asked", user)


@task(**AGAIN)
def send_welcome(user_id: str) -> None:
    """Mail a new person the link with which they set their first password."""
    user = User.objects.everywhere(reason="the task names the user").get(pk=user_id)
    mails.send(user, "welcome", "Welcome to HoopAI", link=reset_links.make(user))


@task(**AGAIN)
def send_confirmation(user_id: str) -> None:
    """Mail whoever signed up the link that confirms their address; one who has confirmed it gets nothing."""
    user = User.objects.everywhere(reason="the task names the user").filter(pk=user_id, confirmed_at=None).first()
    if user is not None:
        mails.send(user, "confirm_email", "Confirm your e-mail for HoopAI", link=confirmation_links.link_of(user))


@task(**AGAIN)
def send_invitation(invitation_id: str, serial: int) -> None:
    """Mail an invitation; one that was sent anew, taken back or accepted meanwhile is left alone."""
    rows = Invitation.objects.everywhere(reason="the task names the invitation").pending()
    held = rows.filter(pk=invitation_id, serial=serial).select_related("location__company", "invited_by").first()
    if held is None:
        return
    person = User(email=held.email, first_name=held.first_name, last_name=held.last_name)
    subject = f"Join {held.location} on HoopAI"
    mails.send(
        person, "invitation", subject, link=invitation_links.link_of(held), place=held.location, by=held.invited_by
    )


@task
def end_without_second_step() -> None:
    """Sign out people who lack the second step their company wants, once their time is up: signing in leads to set-up.

    Sessions begun since then are kept: they open nothing but the set-up anyway. Set-based, safe to run at any time.
    """
    now = clock.now()
    for company in Company.objects.everywhere(reason="a schedule serves every company").exclude(second_step=""):
        since = company.second_step_since or now
        due = max(since + dt.timedelta(days=company.second_step_grace), since + policy.SIGNED_OUT_AFTER)
        if now < due:
            continue
        people = User.objects.everywhere(reason="the company is named").filter(
            company=company, is_staff=False, authenticator=None, passkeys=None, sessions__started_at__lt=due
        )
        if company.second_step == "admins":
            people = people.filter(Q(agency_role="admin") | Q(memberships__role="admin"))
        for user in people.distinct():
            with scope.use(company_id=company.pk):
                if user.sessions.filter(started_at__lt=due).delete()[0]:
                    write("user.second_step_due", user)


@task
def clear_sessions() -> None:
    """Delete the sessions that have expired, and attempts at single sign-on that came to their end."""
    SessionStore.clear_expired()
    answering.forget_old()
