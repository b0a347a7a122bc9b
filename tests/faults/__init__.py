"""`make faults`: the real processes killed under load, and every promise counted afterwards (F1 and F2 of the fault plan)."""
