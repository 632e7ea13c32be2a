from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from domains import lifecycle
from domains.models import Domain


class Command(BaseCommand):
    help = "Prints the connected names that need a certificate, one a line, for operators who get them elsewhere."

    def handle(self, *args: Any, **options: Any) -> None:
        rows = Domain.objects.everywhere(reason="the front server serves all tenants")
        for host in (
            rows.filter(state__in=lifecycle.VERIFIED).order_by("host").values_list("host", flat=True).iterator()
        ):
            self.stdout.write(host)
