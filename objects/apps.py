from django.apps import AppConfig


class ObjectsConfig(AppConfig):
    name = "objects"

    def ready(self) -> None:
        from objects import custom_types, meters, readers, types, verbs  # noqa: F401, PLC0415

        types.register_source(custom_types.found)
