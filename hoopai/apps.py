from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.contrib.staticfiles.apps import StaticFilesConfig


class HoopaiConfig(AppConfig):
    name = "hoopai"

    def ready(self) -> None:
        from hoopai import celery, checks  # noqa: F401, PLC0415


class StaticFiles(StaticFilesConfig):
    """Leaves out what third-party packages ship beside the one file we serve; some of it refers to files it lacks."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "ext", "*.amd.js", "*.cjs.js", "*.d.ts", "*.gz"]


class OperatorAdmin(admin.AdminConfig):
    default = False
    default_site = "accounts.operators.OperatorSite"
