"""manage.py demo: load the demo company, once."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from hoopai.demo import load


class Command(BaseCommand):
    help = "Loads the demo company unless it is there, and tells who can sign in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print everything as one line of JSON")
        parser.add_argument("--force", action="store_true", help="load it on an installation that others can reach")

    def handle(self, *args: Any, **options: Any) -> None:
        if load.present() is None:
            if settings.SECURE and not options["force"]:
                raise CommandError(
                    "SECURE is on, so others can reach this installation, and everybody knows the demo's password. "
                    "Start without the demo (bin/run --no-demo), or load it all the same with --force."
                )
            load.load()
        told = load.describe()
        if options["json"]:
            self.stdout.write(json.dumps(told))
            return
        self.stdout.write(f"{told['company']['name']} at {told['address']}")
        for person in told["sign_ins"]:
            self.stdout.write(f"  {person['email']:<30} {person['password']}  {person['name']}, {person['role']}")
