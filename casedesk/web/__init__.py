"""The web of the desk."""
