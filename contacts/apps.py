from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "contacts"

    def ready(self) -> None:
        from contacts import bulk_contacts, meters, readers, record_types, verbs  # noqa: F401, PLC0415

        record_types.register()
        bulk_contacts.register()
