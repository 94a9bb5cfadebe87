"""Run a command for which closed doors are closed, also as root: `python -I -S plain_rights.py COMMAND ARG...`.

Root keeps its files, but gives up the right to pass over their permissions.
"""

import os
import sys

PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


def main() -> None:
    """Becomes the command."""
    if sys.platform == "linux" and os.geteuid() == 0:
        import ctypes

        prctl = ctypes.CDLL(None).prctl
        for right in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            assert prctl(PR_CAPBSET_DROP, right, 0, 0, 0) == 0
    os.execv(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
