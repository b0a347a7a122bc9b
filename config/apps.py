from django.apps import AppConfig

from config import celery  # noqa: F401 - every process that Django sets up knows our Celery app, the web server too


class ConfigConfig(AppConfig):
    """The wiring; an app only so that its commands (embedded, demo) are found."""

    name = "config"
