"""The Celery app and, in one table, everything that happens by the clock."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hoopai.settings")

app = Celery("hoopai")
app.set_default()  # for every thread of the web server, not only the one that imports this
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "wake imports that gave no sign of life": {"task": "contacts.wake_imports", "schedule": 60.0},
    "forget the files of old imports": {"task": "contacts.forget_imports", "schedule": crontab(hour=3, minute=20)},
    "hand over what a crash left waiting": {"task": "journal.hand_over", "schedule": 60.0},
    "take up bulk actions that stand still": {"task": "contacts.tasks.bulk.resume", "schedule": 60.0},
    "forget bulk actions after twelve months": {
        "task": "contacts.tasks.bulk.forget",
        "schedule": crontab(minute=20, hour=3),
    },
    "discard export files after thirty days": {
        "task": "contacts.tasks.exports.discard",
        "schedule": crontab(minute=40),
    },
    "empty the trash after thirty days": {"task": "contacts.tasks.trash.empty", "schedule": crontab(minute=50)},
    "forget expired sessions": {"task": "accounts.tasks.clear_sessions", "schedule": crontab(minute=35, hour=3)},
    "forget expired tokens": {"task": "oauth.tasks.forget_expired", "schedule": crontab(minute=30, hour=3)},
}
