"""The mailroom: delivers finished words to a post or a person, and proves it. It knows no cases and no users."""
