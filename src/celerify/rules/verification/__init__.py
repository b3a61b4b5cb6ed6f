"""Phase 7 of the checklist: verification."""
