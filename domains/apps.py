from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DomainsConfig(AppConfig):
    name = "domains"

    def ready(self) -> None:
        from domains import checks, guards, meters, verbs  # noqa: F401, PLC0415

        post_migrate.connect(guards.install, sender=self)
