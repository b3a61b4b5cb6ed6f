"""The running system: what `celerify verify` starts, asks and records; the only layer that runs the project."""
