"""What `verify` runs inside the project's own Python: copied to a temporary folder, never into the project.

A package of its own, named `celerify_inside` there: it imports Celery, Django and the standard library only,
and nothing of celerify. What it is to do comes from the JSON file named by CELERIFY_RUN.
"""
