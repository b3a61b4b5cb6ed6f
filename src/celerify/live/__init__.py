"""The running system: what `celerify verify` starts, asks and records; no other layer runs the project."""
