"""Phase 6: deployment."""
