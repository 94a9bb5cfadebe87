"""Make standard input the controlling terminal, then become the program: `python -I -S this.py COMMAND ARG...`.

A program of its own, because code between fork and exec is unsafe in a process with threads.
"""

import fcntl
import os
import signal
import sys
import termios

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    if sys.platform == "linux":
        import ctypes

        # Nothing stays behind when the test run is killed, not even what ignores SIGHUP.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    try:
        os.execvp(sys.argv[1], sys.argv[1:])
    except OSError as error:
        sys.exit(f"cannot run {sys.argv[1]}: {error}")
