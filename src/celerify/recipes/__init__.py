"""One new task, schedule or queue as a list of requirements, a module each."""
