"""A fleet: many targets that run as one plan, in one job or in many, within limits for each and for all of them together."""
