"""The report of a fleet: the runs of many targets in one results.json, one page, one junit.xml and one summary."""
