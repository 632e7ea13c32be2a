"""bin/manage contract: how many published operations are built; --write renews the list of those that are not."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from api import contract

HEAD = "# Published operations that are not built yet. Written by `bin/manage contract --write`.\n"


class Command(BaseCommand):
    help = "Compare our routes with the published OpenAPI documents."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="renew api/unbuilt.txt")

    def handle(self, *args: Any, **options: Any) -> None:
        where = contract.folder()
        if where is None:
            raise CommandError("There are no documents. Set HIGHLEVEL_CONTRACT to their folder.")
        every = contract.published(where)
        missing = [one for one in every if contract.route_of(one) is None]
        if options["write"]:
            contract.UNBUILT.write_text(HEAD + "".join(f"{line}\n" for line in sorted({str(one) for one in missing})))
        total, left = Counter(one.app for one in every), Counter(one.app for one in missing)
        for app in sorted(total):
            self.stdout.write(f"{app:22} {total[app] - left[app]:4} of {total[app]}")
        self.stdout.write(f"{'all':22} {len(every) - len(missing):4} of {len(every)}")
