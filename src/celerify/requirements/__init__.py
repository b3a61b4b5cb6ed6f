"""The kinds of desired state: one file per kind, one fact reader plus one editor."""
