"""Users: who may sign in. What somebody may do follows from the officer a user points to, never from here."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """An account of one person; ours from the first migration, because a user model can't be swapped later."""

    officer = models.OneToOneField("workflows.Officer", models.PROTECT, null=True, blank=True, related_name="+")
