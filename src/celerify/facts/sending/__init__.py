"""Where tasks are sent, from within what, and with what; `facts/calls.py` puts it together."""
