"""`make faults`: the real processes killed under load, every promise counted afterwards (F1, F2 of the fault plan)."""
