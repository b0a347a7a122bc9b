from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    """The rulebook and the case file: facts, procedures, limits, record, and the reading side."""

    name = "workflows"
    label = "workflows"
