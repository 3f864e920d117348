"""What the suite can see, measured: a clean sandbox with one defect at a time, and whether the suite says so."""
