"""Opening an account: company, location, owner, acceptances and trial in one transaction, or nothing of it."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts import confirmation, passwords, people
from accounts.models import Company, Location, User
from accounts.models.user import plain_email
from billing import plans, trials
from core import scope
from onboarding import documents, trial_uses
from onboarding.models import Acceptance


class Opened(NamedTuple):
    user: User
    location: Location
    had_trial: bool  # then the account is read-only until a plan is chosen


def sign_up(
    *, first_name: str, last_name: str, business: str, email: str, password: str, country: str, timezone: str, plan: str
) -> Opened:
    """Open an account with its owner, who has read and accepted the present documents. The mail with the link that
    confirms the address leaves after the transaction; nobody is signed in here.

    Args:
        country: two letters. timezone: an IANA name. plan: a key of the catalogue.

    Raises:
        Refused: somebody signs in with the address. Invalid: the password (under `new`) or a value breaks a rule.
        NotFound: there is no such plan.
    """
    email = plain_email(email)
    chosen = plans.named(plan)
    passwords.check(password, User(email=email, first_name=first_name, last_name=last_name))
    hashed = make_password(password)
    where = {"country": country, "timezone": timezone}
    with transaction.atomic():
        company = Company.record_new(name=business, email=email, **where)
        with scope.use(company_id=company.pk):
            place = Location.record_new(company=company, name=business, email=email, **where)
            user = people.take_on(
                company, email, first_name=first_name, last_name=last_name, password=hashed, agency_role="admin"
            )
            with scope.use(actor=scope.Actor(user.pk, user.name, "user")):
                people.give_place(user, place, "admin")
                for document, version in documents.versions().items():
                    facts = {"document": document, "version": version}
                    Acceptance.record_new(company=company, user=user, **facts, facts=facts)
                confirmation.ask(user)
                had_trial = trial_uses.is_used(email, business)
                trials.start(company, chosen, had_trial=had_trial)
        return Opened(user, place, had_trial)
