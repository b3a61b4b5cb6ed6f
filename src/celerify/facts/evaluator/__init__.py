"""What a settings module comes to, read statement by statement without running it; `evaluate` is the door."""
