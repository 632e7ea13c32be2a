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
    "bill companies whose time has come": {"task": "billing.turning.turn_all", "schedule": 60.0},
    "send mails about billing that were left waiting": {"task": "billing.notices.send_waiting", "schedule": 300.0},
    "let the sandbox gateway tell what nobody heard": {
        "task": "billing.gateways.sandbox.tell_waiting",
        "schedule": 300.0,
    },
    "look after wallets": {"task": "billing.wallet.tasks.look_around", "schedule": 60.0},
    "compare wallets with their postings": {
        "task": "billing.wallet.tasks.verify",
        "schedule": crontab(minute=10, hour=4),
    },
    "compare meters with what they count": {"task": "billing.tasks.recount", "schedule": crontab(minute=5, hour=4)},
    "wake imports that gave no sign of life": {"task": "contacts.wake_imports", "schedule": 60.0},
    "forget the files of old imports": {"task": "contacts.forget_imports", "schedule": crontab(hour=3, minute=20)},
    "wake scans for duplicates that gave no sign of life": {"task": "contacts.wake_scans", "schedule": 60.0},
    "forget what old merges kept": {"task": "contacts.forget_merges", "schedule": crontab(minute=55)},
    "hand over what a crash left waiting": {"task": "journal.hand_over", "schedule": 60.0},
    "start bulk actions that are due or stand still": {"task": "contacts.tasks.bulk.resume", "schedule": 15.0},
    "forget bulk actions after twelve months": {
        "task": "contacts.tasks.bulk.forget",
        "schedule": crontab(minute=20, hour=3),
    },
    "discard export files after thirty days": {
        "task": "contacts.tasks.exports.discard",
        "schedule": crontab(minute=40),
    },
    "let scores expire and fade": {"task": "contacts.age_scores", "schedule": crontab(minute=15, hour=2)},
    "make repeating tasks": {"task": "contacts.make_recurring", "schedule": 60.0},
    "tell of tasks that become due": {"task": "contacts.tell_of_due", "schedule": 60.0},
    "empty the trash of documents": {"task": "contacts.empty_documents", "schedule": crontab(minute=35)},
    "forget files of cleared fields": {"task": "contacts.forget_cleared_files", "schedule": crontab(hour=3, minute=40)},
    "empty the trash after thirty days": {"task": "contacts.tasks.trash.empty", "schedule": crontab(minute=50)},
    "empty the trash of opportunities": {"task": "opportunities.tasks.empty", "schedule": crontab(minute=55)},
    "forget fields, objects and records deleted thirty days ago": {
        "task": "objects.tasks.purge",
        "schedule": crontab(minute=55),
    },
    "empty the trash of companies after thirty days": {
        "task": "contacts.tasks.companies.empty",
        "schedule": crontab(minute=45),
    },
    "delete accounts whose time has come": {
        "task": "privacy.tasks.purge_due",
        "schedule": crontab(minute="*/10", hour="0-5"),
    },
    "delete locations whose week is over": {"task": "privacy.tasks.empty_due", "schedule": crontab(minute=20)},
    "warn of privacy requests": {"task": "privacy.tasks.warn_of_requests", "schedule": crontab(minute=15)},
    "go on with erasures of people": {"task": "privacy.tasks.look_after_erasures", "schedule": 600.0},
    "look after exports of data": {"task": "privacy.tasks.look_after_exports", "schedule": 600.0},
    "tell of changes among the sub-processors": {
        "task": "onboarding.tasks.tell_of_subprocessors",
        "schedule": crontab(minute=5, hour=7),
    },
    "look after support tickets": {"task": "support.tasks.look", "schedule": 60.0},
    "forget what was kept of accounts for seven years": {
        "task": "privacy.tasks.forget_remains",
        "schedule": crontab(minute=45, hour=4),
    },
    "forget old entries of the audit log": {"task": "hoopai.prune_audit", "schedule": crontab(minute=25, hour=3)},
    "forget expired sessions": {"task": "accounts.tasks.clear_sessions", "schedule": crontab(minute=35, hour=3)},
    "sign out whoever lacks the second step": {
        "task": "accounts.tasks.end_without_second_step",
        "schedule": crontab(minute=10),
    },
    "forget expired tokens": {"task": "oauth.tasks.forget_expired", "schedule": crontab(minute=30, hour=3)},
    "send webhooks that are due": {"task": "webhooks.tasks.send_due", "schedule": 5.0, "options": {"expires": 5}},
    "look at domains whose turn it is": {"task": "domains.tasks.look", "schedule": 60.0},
    "send what channels are told": {
        "task": "integrations.tasks.send_due",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "renew accesses that end within the hour": {"task": "integrations.tasks.renew_due", "schedule": 60.0},
    "revoke accesses that were let go": {"task": "integrations.tasks.revoke_due", "schedule": 60.0},
    "give up on connecting after ten minutes": {"task": "integrations.tasks.give_up", "schedule": 60.0},
    "forget the log of integrations after thirty days": {
        "task": "integrations.tasks.forget",
        "schedule": crontab(minute=50, hour=3),
    },
    "mail notifications that are due": {"task": "notifications.tasks.mail_due", "schedule": 60.0},
    "forget notifications after ninety days": {
        "task": "notifications.tasks.forget",
        "schedule": crontab(minute=25, hour=3),
    },
    "forget webhook deliveries after thirty days": {
        "task": "webhooks.tasks.forget",
        "schedule": crontab(minute=10, hour=3),
    },
}
