"""READ: text to typed facts with locations; no judgement, no writing."""
