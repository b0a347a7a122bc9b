"""The Django app of the mailroom."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    label = "notifications"
    verbose_name = "收发室"
    default_auto_field = "django.db.models.BigAutoField"
