"""`celerify` and `python -m celerify`."""

from __future__ import annotations

import gc
import sys

from celerify import __version__


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:] == ["--version"]:  # answered before anything heavy is imported
        sys.stdout.write(f"celerify {__version__}\n")
        return
    gc.disable()  # a syntax tree holds no cycles, and looking for them takes a quarter of an audit
    from celerify.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
