"""`python -m tfm` and the `tfm` command."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; the exit status (0 done, 1 error, 2 usage, 3 partly, 4 answered no, 128+n)."""
    from tfm.cli.start import run

    return run(list(sys.argv[1:] if argv is None else argv))


if __name__ == "__main__":
    sys.exit(main())
