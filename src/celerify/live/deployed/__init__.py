"""A look at workers that run elsewhere: `celerify verify --against deployed`."""
