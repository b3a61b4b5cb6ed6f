"""`celerify` and `python -m celerify`."""

from __future__ import annotations

import sys

from celerify import __version__


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:] == ["--version"]:  # answered before anything heavy is imported
        sys.stdout.write(f"celerify {__version__}\n")
        return
    from celerify.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
