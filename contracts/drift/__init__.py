"""The published page of errors, held against the catalogue: what was added, removed or reworded, and what to write."""
