from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

OTHERWISE = ("app_label", "fake", "fake_initial", "plan", "check_unapplied", "prune", "stepwise")


class Command(migrate.Command):
    """Django's, but an empty database gets its tables from the models in one go.

    Django draws all models anew for every index and foreign key of every migration, which takes the better part of a
    minute with as many as ours. The result is the same: `hoopai/launch/smoke.py` compares them.
    """

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--stepwise", action="store_true", help="apply each migration in turn, to an empty database as well"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        asked_otherwise = any(options.get(name) for name in OTHERWISE)
        if not asked_otherwise and not connection.introspection.table_names():
            build(connection)
        super().handle(*args, **options)


def build(connection: BaseDatabaseWrapper) -> None:
    """Create every table as its model says and note all migrations as applied, in one transaction."""
    migrations = MigrationLoader(None).disk_migrations
    nothing = ProjectState()
    with transaction.atomic(using=connection.alias):
        with connection.schema_editor() as editor:
            for app, name in sorted(migrations):
                if app == "core":  # it has no tables, only what tables are made of: extensions and functions
                    for operation in migrations[app, name].operations:
                        operation.database_forwards(app, editor, nothing, nothing)
            for model in apps.get_models():
                if model._meta.can_migrate(connection):  # type: ignore[attr-defined]
                    editor.create_model(model)
        recorder = MigrationRecorder(connection)
        recorder.ensure_schema()
        recorder.migration_qs.bulk_create(recorder.Migration(app=app, name=name) for app, name in migrations)
