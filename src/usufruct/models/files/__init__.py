"""Model files, one module per format: what a file says of itself."""
