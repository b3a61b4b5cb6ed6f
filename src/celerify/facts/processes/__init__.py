"""What each kind of deployment file runs; `facts/services.py` puts it together."""
