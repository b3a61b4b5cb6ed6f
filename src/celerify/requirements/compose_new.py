"""A compose file for a project that has none: the broker, and what its services share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celerify.edits.env_example import with_variables
from celerify.edits.gitignore import with_patterns
from celerify.edits.yaml_text import Alias, block, quoted
from celerify.requirements.compose_needs import engines_of
from celerify.requirements.compose_urls import Servers, new_servers, wanted
from celerify.requirements.docker_image import with_image
from celerify.requirements.example_variables import COMMENT, NAMES
from celerify.requirements.server_urls import OWN

if TYPE_CHECKING:
    from celerify.project import Project

FILE = "compose.yaml"
_HEAD = "# The passwords and everything else that the settings read go into .env; .env.example names them.\n"
_SHARED = "# What every service of the project shares.\n"
_SQLITE = "# SQLite is one file: every service and whatever runs outside of compose must see the same one.\n"
_WITHOUT_WEB = (
    "# The web server needs the same environment. As a service it starts like this:\n"
    "#   web:\n#     <<: *app\n#     command: gunicorn {wsgi}:application --bind 0.0.0.0:8000\n"
)


def started(project: Project) -> Project:
    """Return the project with a compose file that starts the broker and migrates the database.

    It builds the project's Dockerfile, or a new one. Celery's services are added to it like to any other.

    Raises:
        CannotWriteError: how its image is built cannot be told, or the broker is none to set up.
    """
    project, build = with_image(project)
    lacking = tuple(option for option in OWN if wanted(project, option))
    servers = new_servers(project, lacking, (), FILE) if lacking else Servers({})
    raw = _text(project, build, servers).encode()
    return _with_example(project.write(FILE, raw), servers)


def _text(project: Project, build: object, servers: Servers) -> str:
    shared: dict[str, Any] = {
        "build": build,
        "env_file": [{"path": ".env", "required": False}],
        "environment": {"DJANGO_SETTINGS_MODULE": _settings(project), **servers.variables},
    }
    sqlite = engines_of(project) == frozenset({"sqlite"})
    if sqlite:
        shared["volumes"] = [".:/app"]
    migrate = {
        "<<": Alias("*app"),
        "command": f"python {_manage(project, build)} migrate --noinput",
        "restart": quoted("no"),
    }
    services: dict[str, Any] = {**servers.service, "migrate": migrate}
    if _served(project):
        services["web"] = _web(project, servers)
    parts = [_HEAD, "\n", _SHARED, _SQLITE if sqlite else "", "x-app: &app\n", _indented(block(shared)), "\n"]
    parts += ["services:\n", "\n".join(_service(name, body) for name, body in services.items())]
    parts += [] if _served(project) else ["\n", _indented(_WITHOUT_WEB.format(wsgi=_wsgi(project)))]
    named = "".join(f"  {name}:\n" for name in servers.volumes)
    volumes = f"\nvolumes:\n{named}" if named else ""
    return "".join([*parts, volumes])


def _service(name: str, body: dict[str, Any]) -> str:
    return _indented(f"{name}:\n{_indented(block(body))}")


def _indented(text: str) -> str:
    return "".join(f"  {line}" if line.strip() else line for line in text.splitlines(keepends=True))


def _web(project: Project, servers: Servers) -> dict[str, Any]:
    waits = {name: {"condition": "service_healthy"} for name in servers.waits}
    return {
        "<<": Alias("*app"),
        "command": f"gunicorn {_wsgi(project)}:application --bind 0.0.0.0:8000",
        "ports": ["127.0.0.1:8000:8000"],
        "depends_on": {**waits, "migrate": {"condition": "service_completed_successfully"}},
        "init": True,
        "restart": "unless-stopped",
    }


def _served(project: Project) -> bool:
    return bool(project.dependencies.named("gunicorn")) and bool(project.layout.package)


def _wsgi(project: Project) -> str:
    return f"{project.layout.package}.wsgi" if project.layout.package else "PROJECT.wsgi"


def _manage(project: Project, build: object) -> str:
    """Return how a container calls manage.py; our own Dockerfile works in its folder."""
    return project.layout.manage if isinstance(build, dict) else "manage.py"


def _settings(project: Project) -> str:
    named = (chain.entry.module for chain in project.deployed if chain.entry.module)
    return next(named, "config.settings")


def _with_example(project: Project, servers: Servers) -> Project:
    """Return the project with the passwords in its example of the environment, a new one without any."""
    secrets = {
        name: "change-me"
        for name in ("REDIS_PASSWORD", "RABBITMQ_PASSWORD")
        if any(name in url for url in servers.variables.values())
    }
    if not secrets:
        return project
    path = next((name for name in NAMES if project.tree.exists(name)), NAMES[0])
    raw = project.tree.read(path) if project.tree.exists(path) else b""
    project = project.write(path, with_variables(raw, secrets, COMMENT, path))
    ignored = project.tree.read(".gitignore") if project.tree.exists(".gitignore") else b""
    after = with_patterns(ignored, [".env"], "passwords", ".gitignore")
    return project if after == ignored else project.write(".gitignore", after)
