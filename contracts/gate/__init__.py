"""Which failures fail a run: known deviations with an end, a baseline, and what the gate makes of them."""
