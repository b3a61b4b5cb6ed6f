"""WRITE: text to text, every other byte kept."""
