"""Phase 4 of the checklist: testing."""
