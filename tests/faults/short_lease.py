"""The product's Celery app, with a lease as long as this run says, so that a short run sees one run out."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from config.celery import app  # noqa: E402
from notifications import outbox  # noqa: E402

__all__ = ["app"]

outbox.LEASE_SECONDS = int(os.environ["FAULTS_LEASE"])
