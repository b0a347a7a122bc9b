"""Users: who may sign in. What somebody may do follows from the officer a user points to, never from here."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """An account of one person; ours from the first migration, because a user model can't be swapped later."""
