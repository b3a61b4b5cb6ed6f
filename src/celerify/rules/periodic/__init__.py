"""Phase 3 of the checklist: periodic tasks."""
