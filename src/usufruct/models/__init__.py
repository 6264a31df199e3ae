"""Which model this is."""
