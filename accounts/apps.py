from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import readers, verbs  # noqa: F401, PLC0415

        user_logged_in.disconnect(dispatch_uid="update_last_login")  # signing_in.sign_in notes it, beside its entry
