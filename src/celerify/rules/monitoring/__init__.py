"""Phase 5 of the checklist: monitoring."""
