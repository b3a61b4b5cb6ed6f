"""How schedules are read: entries in settings and code, rows that code writes, times and periods."""
