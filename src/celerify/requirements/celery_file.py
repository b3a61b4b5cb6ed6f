"""Where the module that makes the Celery application is, or goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.imports import folder_of, joined, resolve

if TYPE_CHECKING:
    from celerify.project import Project


def celery_file(project: Project) -> str:
    """Return the file of the application in use, else where a new one goes.

    That is celery.py of the project package, or celery_app.py where the name would hide the library.
    """
    app = project.celery_app
    if app is not None:
        return app.path
    folder = package_folder(project)
    if folder is None:
        return joined(project.layout.base, "celery_app.py")
    taken = any(project.tree.exists(f"{folder}/{name}") for name in ("celery.py", "celery/__init__.py"))
    name = "celery_app.py" if taken or folder in project.layout.roots else "celery.py"
    return f"{folder}/{name}"


def package_folder(project: Project) -> str | None:
    """Return the folder of the project package, or None in a flat layout."""
    layout = project.layout
    if layout.package is None:
        return None
    init = resolve(project.tree, layout.roots, layout.package)
    if init is not None and init.endswith("__init__.py"):
        return folder_of(init)
    below = layout.package.replace(".", "/")
    folders = (joined(root, below) for root in layout.roots)
    return next((folder for folder in folders if folder in project.tree.folders), None)
