"""Phase 1: installation and setup."""
