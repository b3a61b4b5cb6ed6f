"""Drawings of the way of every message."""
