from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasedeskConfig(AppConfig):
    """The desk: users and sign-in, screens, API, papers. The only package that speaks HTTP."""

    name = "casedesk"
    verbose_name = _("办案平台")
