from django.apps import AppConfig


class OAuthConfig(AppConfig):
    name = "oauth"

    def ready(self) -> None:
        from oauth import verbs  # noqa: F401, PLC0415
