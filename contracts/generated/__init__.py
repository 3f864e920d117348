"""Generated requests: schemathesis reads the description and makes them, the suite's client sends them, the oracle judges."""
