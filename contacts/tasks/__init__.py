"""Celery tasks of contacts: thin, each names a process."""

from contacts.tasks import bulk, companies, duplicates, exports, imports, recurring, scores, trash  # noqa: F401
