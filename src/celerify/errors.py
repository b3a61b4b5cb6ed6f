"""What can go wrong, said to the user: what happened, where, and what to do next."""


class CelerifyError(Exception):
    """A fault that ends the command with one clear message and no traceback.

    Args:
        what: one sentence: what happened and where.
        advice: the next command or edit, or None where there is nothing to advise.
    """

    exit_code = 3

    def __init__(self, what: str, advice: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice


class UsageError(CelerifyError):
    """The call, the configuration or the choice of project is wrong (exit 2)."""

    exit_code = 2


class NotUnderstoodError(CelerifyError):
    """The project cannot be understood well enough to judge or to edit it (exit 3)."""

    exit_code = 3


class RefusedError(CelerifyError):
    """Nothing was written, to protect what is there (exit 4)."""

    exit_code = 4


class ProofFailedError(CelerifyError):
    """What was applied failed its own proof and was taken back (exit 5)."""

    exit_code = 5


class CannotWriteError(CelerifyError):
    """One slot cannot be filled safely; a person must, with the snippet that goes with it.

    Raised by editors and by a requirement's `fix`; the engine turns it into a manual step.

    Args:
        what: why it cannot be written.
        snippet: the exact text that a person would add.
        path: the file it belongs in, relative to the root, where that is known.
    """

    def __init__(self, what: str, snippet: str = "", path: str | None = None) -> None:
        super().__init__(what)
        self.snippet = snippet
        self.path = path
