"""Hostile input for every reader of the pictures room; ``python -m fuzz.run`` makes it without end."""
