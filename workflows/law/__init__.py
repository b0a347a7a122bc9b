"""The law of the desk: statutory limits, the calendar, thresholds and who must pay. Pure functions over rows."""
