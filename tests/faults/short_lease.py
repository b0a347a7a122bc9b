"""The product's Celery app, with a lease and a first wait as long as this run says, and its peer on this machine.

A short run is to see a lease run out, and must not spend its minute waiting for the peer's second chance.
"""

import os
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402

from config.celery import app  # noqa: E402
from notifications import outbox  # noqa: E402

__all__ = ["app"]

outbox.LEASE_SECONDS = int(os.environ["FAULTS_LEASE"])
outbox.FIRST_DELAY = timedelta(seconds=float(os.environ["FAULTS_FIRST_DELAY"]))
outbox.LONGEST_DELAY = 16 * outbox.FIRST_DELAY
settings.NOTIFICATIONS_LOOPBACK = True
