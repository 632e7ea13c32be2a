from django.apps import AppConfig


class OpportunitiesConfig(AppConfig):
    name = "opportunities"

    def ready(self) -> None:
        from opportunities import (  # noqa: PLC0415
            conditions,
            contact_bulk,
            meters,  # noqa: F401
            readers,  # noqa: F401
            record_types,
            verbs,  # noqa: F401
        )

        record_types.register()
        conditions.register()
        contact_bulk.register()
