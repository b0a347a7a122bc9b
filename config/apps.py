from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The wiring; an app only so that its commands (embedded, demo) are found."""

    name = "config"
