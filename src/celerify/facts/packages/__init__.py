"""What each kind of file declares and locks; `facts/dependencies.py` puts it together."""
