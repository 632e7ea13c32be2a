from django.apps import AppConfig


class ObjectsConfig(AppConfig):
    name = "objects"

    def ready(self) -> None:
        from objects import readers, verbs  # noqa: F401, PLC0415
