"""The command that installs what a project lacks, by the tool that the project uses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from celerify.facts.packages.install_commands import install_command, sync_command

if TYPE_CHECKING:
    from celerify.facts.dependencies import Dependencies

_MODULE = re.compile(
    r"No module named '?([\w.]+)'?|(?:install|requires) the '?([\w-]+)'? library|Missing (\w+) library"
    r"|Error loading (?:psycopg2 or )?(\w+) module"  # Django's, of the client of a database
    r"|^KeyError: '(yaml|msgpack)'$"  # a serializer that nobody has registered
)

_PACKAGES = {
    "gevent": ("celery", "gevent"), "eventlet": ("celery", "eventlet"),
    "packaging": ("celery", "redis"), "redis": ("celery", "redis"), "sqlalchemy": ("celery", "sqlalchemy"),
    "pymemcache": ("celery", "memcache"), "pylibmc": ("celery", "memcache"), "boto3": ("celery", "sqs"),
    "botocore": ("celery", "sqs"), "pymongo": ("celery", "mongodb"),
    "django_celery_beat": ("django-celery-beat", ""), "django_celery_results": ("django-celery-results", ""),
    "environ": ("django-environ", ""), "decouple": ("python-decouple", ""), "dotenv": ("python-dotenv", ""),
    "psycopg": ("psycopg", "binary"), "psycopg2": ("psycopg2-binary", ""), "MySQLdb": ("mysqlclient", ""),
    "rest_framework": ("djangorestframework", ""), "corsheaders": ("django-cors-headers", ""),
    "yaml": ("celery", "yaml"), "msgpack-python": ("celery", "msgpack"), "msgpack": ("celery", "msgpack"),
    "PIL": ("pillow", ""),
}  # fmt: skip
"""The package of a module whose name differs, and the extra of Celery that brings it."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not installed: a package, and the extra of it that is needed."""

    package: str
    extra: str = ""

    @property
    def written(self) -> str:
        """As a requirement names it: `celery[redis]`."""
        return f"{self.package}[{self.extra}]" if self.extra else self.package


def missing_in(message: str) -> Missing | None:
    """Return the package that the text of an exception names as not there; None where it names none."""
    module = module_in(message)
    if module is None:
        return None
    top = module.partition(".")[0]
    return Missing(*_PACKAGES.get(top, (top.replace("_", "-"), "")))


def module_in(message: str) -> str | None:
    """Return the module that the text of an exception names as not there; None where it names none."""
    found = _MODULE.search(message)
    return str(found[found.lastindex or 1]) if found else None


def is_guessed(module: str) -> bool:
    """Tell whether the package of a module is only taken to have its name."""
    return module.partition(".")[0] not in _PACKAGES


@dataclass(frozen=True, slots=True)
class Installing:
    """How packages get into the project's Python.

    Attributes:
        dependencies: what the project declares.
        python: the executable, as it is shown; "" where none was found yet.
    """

    dependencies: Dependencies
    python: str = ""

    @property
    def command(self) -> str:
        """What installs everything that the project declares, to be run at the root of the repository."""
        found = sync_command(self.dependencies) or "pip install 'celery[redis]' django"
        return self._with_python(found)

    def advice(self, *missing: Missing) -> str:
        """Return what to do about packages that are missing: declare them where nobody has, and install."""
        undeclared = [one.written for one in missing if not self.declares(one)]
        if not undeclared:
            names = " and ".join(one.written for one in missing)
            return f"install {names}: `{self.command}`"
        names = " ".join(f"'{name}'" if "[" in name else name for name in undeclared)
        home = self.dependencies.home
        if home is None:
            return f"install it: `{self._with_python(f'pip install {names}')}`"
        after = self._with_python(install_command(self.dependencies) or "")
        return f"declare {' and '.join(undeclared)} in {home.path}, then run `{after}`"

    def declares(self, missing: Missing) -> bool:
        """Tell whether a file of the project names the package, with its extra."""
        found = self.dependencies.named(missing.package)
        return any(not missing.extra or missing.extra in one.extras for one in found)

    def _with_python(self, command: str) -> str:
        """Return a command of pip's as one of the project's own Python, which may not be active."""
        python = self.python or "python"
        return re.sub(r"(^|&& )pip install ", rf"\g<1>{python} -m pip install ", command)


def shown_python(path: str, root: Path) -> str:
    """Return how a person types an executable: below the root as it is there, else `python`."""
    found = Path(path)
    return found.relative_to(root).as_posix() if found.is_relative_to(root) else "python"
