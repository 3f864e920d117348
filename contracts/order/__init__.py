"""The order in which the faults of one request are told (behaviour.md, point 9): faults, and pairs of them, as data."""
