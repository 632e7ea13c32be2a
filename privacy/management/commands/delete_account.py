from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Company
from core import scope
from core.errors import Problem
from privacy import purging, tasks
from privacy.remains import BY_STORE


class Command(BaseCommand):
    help = "Counts what the deletion of an account would delete and keep, or deletes an account whose time has come."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", required=True, help="the id of the company")
        parser.add_argument("--dry-run", action="store_true", help="count, delete nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        company = Company.objects.filter(pk=options["company"]).first()
        if company is None:
            raise CommandError("There is no such company.")
        if options["dry_run"]:
            self.count(company)
            return
        try:
            with scope.fresh(company_id=company.pk):
                deletion = purging.begin(company.pk)
                while deletion.state != "done" and not purging.go_on(deletion):
                    self.stdout.write(f"{deletion.rows:,} rows so far")
                tasks.tell.delay(deletion.pk)
        except Problem as problem:
            raise CommandError(problem.message) from problem
        self.stdout.write(purging.certificate(deletion))
        self.stdout.write(f"SHA-256 {deletion.hash}")

    def count(self, company: Company) -> None:
        going, staying, files = purging.counts(company.pk)
        self.stdout.write(f"{company}: would be deleted")
        for label, number in going.items():
            self.stdout.write(f"{number:>12,}  {label}")
        self.stdout.write(f"{files:>12,}  files")
        self.stdout.write("would stay")
        for label, number in staying.items():
            self.stdout.write(f"{number:>12,}  {label}: {BY_STORE[label].why}")
