"""Run moto's S3 server in the foreground: `python moto_main.py PORT`."""

import sys
import threading

from moto.server import ThreadedMotoServer


def main() -> None:
    """Serve until killed."""
    ThreadedMotoServer("127.0.0.1", int(sys.argv[1]), verbose=False).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
