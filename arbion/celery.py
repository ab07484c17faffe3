"""The Celery application: background work and the schedule."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arbion.settings")

app = Celery("arbion")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["arbion.lib", "accounts", "marketdata", "trading"])
