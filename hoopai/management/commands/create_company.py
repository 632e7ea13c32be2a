from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction

from accounts import owners, reset_links
from accounts.models import Company, Location, Membership, User
from core import scope
from core.errors import Invalid, Refused


class Command(BaseCommand):
    help = "Makes a company with its first location and first admin; prints the link where the admin sets a password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the company's name")
        parser.add_argument("--email", required=True, help="the first admin's address")
        parser.add_argument("--first-name", required=True)
        parser.add_argument("--last-name", default="")
        parser.add_argument("--location", help="the first location's name (default: the company's)")
        parser.add_argument("--country", default="US", help="two letters; phone numbers are read by it")
        parser.add_argument("--timezone", default="America/New_York")

    def handle(self, *args: Any, **options: Any) -> None:
        where = {"country": options["country"].upper(), "timezone": options["timezone"]}
        try:
            with transaction.atomic(), scope.fresh():
                company = Company.record_new(name=options["name"], email=options["email"], **where)
                with scope.use(company_id=company.pk):
                    location = Location.record_new(company=company, name=options["location"] or company.name, **where)
                    admin = User.record_new(
                        company=company,
                        email=options["email"],
                        first_name=options["first_name"],
                        last_name=options["last_name"],
                        agency_role="admin",
                    )
                with scope.use(company_id=company.pk, location_id=location.pk):
                    Membership.record_new(user=admin, location=location, role="admin")
                    owners.claim(admin)
        except IntegrityError as error:
            raise CommandError(f"Somebody signs in with {options['email']} already.") from error
        except (Refused, Invalid) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Company {company.pk}, location {location.pk}. {admin.email} sets a password here:")
        self.stdout.write(reset_links.make(admin))
