"""bin/manage create_private_integration --location ID --name N --scopes all: prints the token and nothing else."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Company, Location
from core import scope
from core.errors import Problem
from oauth.models import PrivateIntegration


class Command(BaseCommand):
    help = "Create a private integration of a location, or of an agency, and print its token."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--location", help="id of the location; without it the token is the agency's")
        parser.add_argument("--company", help="id of the company, for a token of the agency")
        parser.add_argument("--name", required=True)
        parser.add_argument("--scopes", required=True, help='all, or names: "contacts.readonly contacts.write"')

    def handle(self, *args: Any, **options: Any) -> None:
        place = company = None
        if options["location"]:
            place = Location.objects.everywhere(reason="the operator names it").filter(pk=options["location"]).first()
            if place is None:
                raise CommandError(f"There is no location {options['location']}.")
        elif options["company"]:
            company = Company.objects.filter(pk=options["company"]).first()
        if options["company"] and (company is None if place is None else place.company_id != options["company"]):
            raise CommandError(f"There is no company {options['company']}" + (" with that location." if place else "."))
        if place is None and company is None:
            raise CommandError("Say whose it is: --location ID or --company ID.")
        owner = place.company_id if place else company.pk if company else None
        with scope.use(company_id=owner, location_id=place.pk if place else None):
            try:
                _, token = PrivateIntegration.issue(options["name"], options["scopes"], place)
            except Problem as error:
                raise CommandError(error.message) from error
        self.stdout.write(token)
