"""A model of the API: what exists and what hangs on what, so that it knows which error every step must raise."""
