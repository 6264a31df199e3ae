"""The errands at a terminal."""
