from django.apps import AppConfig
from django.core.checks import register
from django.utils.module_loading import import_string


class WorkflowsConfig(AppConfig):
    """The rulebook and the case file: facts, procedures, limits, record, and the reading side."""

    name = "workflows"
    label = "workflows"

    def ready(self) -> None:
        """Register the checks of the rulebook: they read the procedures, which stand once the models are loaded."""
        register(import_string("workflows.checks.findings"), "rulebook")
