"""Tasks and the beat table. The rows in PostgreSQL are the truth; a task is only a nudge."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mesproject.settings")

app = Celery("mesproject")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "deliver mail": {
        "task": "mesproject.accounts.tasks.deliver_mail",
        "schedule": 10,
        "options": {"expires": 10},
    },
    "call webhooks": {
        "task": "mesproject.accounts.tasks.call_webhooks",
        "schedule": 5,
        "options": {"expires": 5},
    },
    "forget messages": {"task": "mesproject.accounts.tasks.forget_messages", "schedule": 86_400},
    "tell people": {
        "task": "mesproject.outgoing.tasks.tell_people",
        "schedule": 10,
        "options": {"expires": 10},
    },
    "tell webhooks": {
        "task": "mesproject.outgoing.tasks.tell_webhooks",
        "schedule": 5,
        "options": {"expires": 5},
    },
    "tell yesterday": {
        "task": "mesproject.outgoing.tasks.tell_yesterday",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "work out reports": {
        "task": "mesproject.analysis.builder.tasks.work_out_reports",
        "schedule": 2,
        "options": {"expires": 2},
    },
    "mail reports": {
        "task": "mesproject.analysis.builder.tasks.mail_reports",
        "schedule": 30,
        "options": {"expires": 30},
    },
    "forget reports": {"task": "mesproject.analysis.builder.tasks.forget_reports", "schedule": 86_400},
    "forget notices": {"task": "mesproject.outgoing.tasks.forget_notices", "schedule": 86_400},
    "write plans": {
        "task": "scheduling.tasks.write_plans",
        "schedule": 10,
        "options": {"expires": 10},
    },
    "refresh facts": {
        "task": "mesproject.reports.tasks.refresh_facts",
        "schedule": 20,
        "options": {"expires": 20},
    },
    "expect ends": {
        "task": "mesproject.schedule.tasks.expect_ends",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "turn over runs": {
        "task": "mesproject.schedule.tasks.turn_over",
        "schedule": 5,
        "options": {"expires": 5},
    },
    "note life": {"task": "mesproject.accounts.tasks.note_life", "schedule": 10, "options": {"expires": 10}},
    "take job files": {
        "task": "production.tasks.take_job_files",
        "schedule": 5,
        "options": {"expires": 5},
    },
    "forget job files": {"task": "production.tasks.forget_job_files", "schedule": 86_400},
    "prepare partitions": {"task": "production.tasks.prepare_partitions", "schedule": 86_400},
    "forget receipts": {"task": "production.tasks.forget_receipts", "schedule": 86_400},
    "forget quarantine": {"task": "production.tasks.forget_quarantine", "schedule": 3_600},
    "forget sessions": {"task": "mesproject.accounts.tasks.forget_sessions", "schedule": 86_400},
}
