"""A run: its options and processes, and cases as pytest items."""
