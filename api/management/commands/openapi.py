"""bin/manage openapi: the OpenAPI document on stdout; --write renews docs/openapi.json."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import get_resolver

from api.openapi import document, json_text


class Command(BaseCommand):
    help = "Print our OpenAPI document."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="renew docs/openapi.json")

    def handle(self, *args: Any, **options: Any) -> None:
        get_resolver().url_patterns  # noqa: B018  the routes are in the table once the addresses are read
        text = json_text(document()) + "\n"
        if options["write"]:
            Path(settings.ROOT, "docs", "openapi.json").write_text(text)
        else:
            self.stdout.write(text, ending="")
