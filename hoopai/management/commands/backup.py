from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from core.clock import now
from hoopai import archive


class Command(BaseCommand):
    help = "Writes the database, the uploads and the secret key to one file. HoopAI may keep running."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="where to (default hoopai-TIME.tar in this folder)")

    def handle(self, *args: Any, **options: Any) -> None:
        target = options["file"] or Path(f"hoopai-{now():%Y%m%d-%H%M%S}.tar")
        manifest = archive.back_up(target.resolve())
        self.stdout.write(
            f"{target}: {manifest.total} rows in {len(manifest.rows)} tables, {manifest.media_files} uploads "
            f"({manifest.media_bytes} bytes). Keep it safe: it holds everything, passwords' hashes and keys included."
        )
