"""Speed beside plain SQL: `python -m tests.bench`. Ratios in one run, because the machine is shared and noisy."""
