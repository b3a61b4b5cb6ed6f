"""What the project's tests set up, run, replace and assert, as far as celerify's rules ask."""
