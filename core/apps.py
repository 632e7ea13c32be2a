from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core import fields  # noqa: F401, PLC0415  registers the look-ups
