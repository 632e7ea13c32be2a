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
}
