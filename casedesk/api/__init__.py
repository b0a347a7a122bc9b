"""The api of the desk."""
