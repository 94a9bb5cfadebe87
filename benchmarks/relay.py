"""A slow line for every connection: `python -m benchmarks.relay PORT UPSTREAM_PORT BYTES_A_SECOND`.

Each connection gets that rate in each direction, as a far server gives it; so several at once bring
more than one. It runs in a process of its own, so that it takes no time from what is measured.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time

_BLOCK = 2**16
_AHEAD_SECONDS = 0.02


def carry(source: socket.socket, target: socket.socket, rate: int) -> None:
    """Copy until the source ends, never faster than `rate` bytes a second."""
    due = time.monotonic()
    with contextlib.suppress(OSError):
        while block := source.recv(_BLOCK):
            now = time.monotonic()
            due = max(due, now - _AHEAD_SECONDS) + len(block) / rate
            if due > now + _AHEAD_SECONDS:
                time.sleep(due - now)
            target.sendall(block)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def serve(client: socket.socket, upstream: int, rate: int) -> None:
    """Both directions of one connection."""
    with client, socket.create_connection(("127.0.0.1", upstream)) as server:
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = threading.Thread(target=carry, args=(server, client, rate), daemon=True)
        back.start()
        carry(client, server, rate)
        back.join()


def main() -> None:
    """Accept until the process is ended."""
    port, upstream, rate = (int(word) for word in sys.argv[1:4])
    with socket.create_server(("127.0.0.1", port)) as listener:
        while True:
            client, _ = listener.accept()
            threading.Thread(target=serve, args=(client, upstream, rate), daemon=True).start()


if __name__ == "__main__":
    main()
