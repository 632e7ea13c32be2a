from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from hoopai import archive


class Command(BaseCommand):
    help = "Puts a backup in place. Refuses where there is data already, unless told to replace it."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a file made by `bin/manage backup`")
        parser.add_argument("--force", action="store_true", help="replace the data that is here now")

    def handle(self, *args: Any, **options: Any) -> None:
        manifest, notes = archive.bring_back(options["file"].resolve(), replace=options["force"])
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write(
            f"Restored the backup of {manifest.made_at}: {manifest.total} rows in {len(manifest.rows)} tables, "
            f"{manifest.media_files} uploads."
        )
        for line in notes:
            self.stdout.write(self.style.WARNING(line))
