"""What runs against a target: one module for each resource of the API."""
