"""What others say of a model: one module per source."""
