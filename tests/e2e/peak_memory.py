"""Run a command and write its peak resident size in KiB: `python -I -S peak_memory.py FILE COMMAND ARG...`.

A process begins its count with that of whoever started it; this one is small, the test process is not.
"""

import os
import sys


def main() -> int:
    """The exit status of the command."""
    pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
    _, status, usage = os.wait4(pid, 0)
    scale = 1024 if sys.platform == "darwin" else 1
    with open(sys.argv[1], "w", encoding="ascii") as file:  # noqa: PTH123 - imports little
        file.write(str(usage.ru_maxrss // scale))
    return os.waitstatus_to_exitcode(status) & 0xFF


if __name__ == "__main__":
    sys.exit(main())
