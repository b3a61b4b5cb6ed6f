"""Another copier template than celerify's own: a folder, or a repository of a company's own flavour."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from celerify.errors import UsageError
from celerify.facts.generated import ANSWERS_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping


def copied(source: str, given: Mapping[str, object]) -> dict[str, bytes]:
    """Return the files that copier makes of a template for these answers, by path; none lands in the project.

    Args:
        source: a folder, or an address that copier knows, as `gh:org/repo`; `@tag` may follow that.
        given: the answers.

    Raises:
        UsageError: copier cannot use it; a template that runs programs is one that it does not.
    """
    import copier

    place, tag = source, ""
    if not Path(source).exists() and "@" in source.rpartition("/")[2]:
        place, _, tag = source.rpartition("@")
    with TemporaryDirectory(prefix="celerify-") as folder:
        try:
            copier.run_copy(
                place,
                folder,
                dict(given),
                vcs_ref=tag or None,
                answers_file=ANSWERS_FILE,
                defaults=True,
                quiet=True,
            )
        except Exception as error:  # whatever git, YAML and Jinja raise comes through
            said = " ".join(str(error).split())
            raise UsageError(
                f"copier cannot use the template `{source}`: {said}", "name a folder, or gh:ORG/REPO@TAG"
            ) from error
        paths = (path for path in Path(folder).rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
