"""Phase 2: task development."""
