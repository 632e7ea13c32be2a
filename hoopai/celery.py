"""The Celery app and, in one table, everything that happens by the clock."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hoopai.settings")

app = Celery("hoopai")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "hand over what a crash left waiting": {"task": "journal.hand_over", "schedule": 60.0},
    "take up bulk actions that stand still": {"task": "contacts.tasks.bulk.resume", "schedule": 60.0},
    "forget bulk actions after twelve months": {"task": "contacts.tasks.bulk.forget", "schedule": crontab(minute=20, hour=3)},
    "discard export files after thirty days": {"task": "contacts.tasks.exports.discard", "schedule": crontab(minute=40)},
    "empty the trash after thirty days": {"task": "contacts.tasks.trash.empty", "schedule": crontab(minute=50)},
}
