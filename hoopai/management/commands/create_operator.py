from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from accounts import reset_links
from accounts.models import User
from core import scope
from core.errors import Invalid, Refused


class Command(BaseCommand):
    help = "Makes an operator, who works in /admin and belongs to no company; prints the link to set a password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--first-name", default="Operator")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with scope.fresh():
                operator = User.record_new(
                    email=options["email"], first_name=options["first_name"], is_staff=True, is_superuser=True
                )
        except IntegrityError as error:
            raise CommandError(f"Somebody signs in with {options['email']} already.") from error
        except (Refused, Invalid) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(reset_links.make(operator))
