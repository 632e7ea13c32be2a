"""bin/manage create_oauth_app --name N --redirect-uri URL --scopes all: prints client id and secret as JSON, once."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Company
from core import scope
from core.errors import Problem
from oauth import scopes
from oauth.models import App


class Command(BaseCommand):
    help = "Register an OAuth app and print its client id and secret. The secret is not shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument("--redirect-uri", required=True, action="append", help="may be given several times")
        parser.add_argument("--scopes", required=True, help='all, or names: "contacts.readonly contacts.write"')
        parser.add_argument("--company", help="id of the only company that may install it; without it any may")

    def handle(self, *args: Any, **options: Any) -> None:
        company = None
        if options["company"]:
            company = Company.objects.filter(pk=options["company"]).first()
            if company is None:
                raise CommandError(f"There is no company {options['company']}.")
        with scope.use(company_id=company.pk if company else None):
            try:
                allowed = scopes.named(options["scopes"])
                app, secret = App.register(options["name"], options["redirect_uri"], allowed, company)
            except ValueError as error:
                raise CommandError(f"{error}.") from error
            except Problem as error:
                raise CommandError(error.message) from error
        self.stdout.write(json.dumps({"client_id": app.client_id, "client_secret": secret, "app_id": app.app_id}))
