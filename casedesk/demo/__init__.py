"""The demo county: invented people, employers and cases, built by walking real acts through business time."""
