"""Celery tasks of contacts: thin, each names a process."""

from contacts.tasks import bulk, exports, imports, trash  # noqa: F401
