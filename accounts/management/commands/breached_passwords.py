"""Makes the list of well-known passwords that new passwords are held against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts import breaches


class Command(BaseCommand):
    help = "Packs lists of passwords, one a line, into the file that BREACHED_PASSWORDS names."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", type=Path)
        parser.add_argument("lists", type=Path, nargs="+")

    def handle(self, *args: Any, **options: Any) -> None:
        passwords: set[str] = set()
        for path in options["lists"]:
            passwords.update(line.strip() for line in path.read_text(errors="replace").splitlines())
        found = breaches.packed(passwords)
        options["target"].write_bytes(found)
        self.stdout.write(f"{len(found) // breaches.WIDTH} passwords in {options['target']}")
