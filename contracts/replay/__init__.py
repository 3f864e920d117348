"""A case of a run sent again, from its evidence, and what comes compared with what came then."""
