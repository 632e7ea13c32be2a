from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import readers, standing, verbs  # noqa: F401, PLC0415
        from core import access  # noqa: PLC0415

        access.learn_from(standing.of_company)
        user_logged_in.disconnect(dispatch_uid="update_last_login")  # signing_in.sign_in notes it, beside its entry
