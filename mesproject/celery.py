"""Tasks and the beat table. The rows in PostgreSQL are the truth; a task is only a nudge."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mesproject.settings")

app = Celery("mesproject")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
