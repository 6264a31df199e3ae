"""One TOML file per license; each term cites its clause by a phrase of the text."""
