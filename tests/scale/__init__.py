"""What many targets cost: a benchmark that measures it, and a model that reckons with the figures. `python -m tests.scale`."""
