"""Which models made this picture."""
