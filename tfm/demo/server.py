"""The process of the demo's server: `serve(socket, pipe, directory)`.

The listening socket comes from the program, which may therefore connect at once: the kernel keeps
its connections until the samples are in place. The pipe ends when the program ends, however it
ends, and then this process removes the demo's directory and goes.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

from tfm.demo.samples import VERSIONED, buckets

ACCOUNT = "123456789012"
REGION = "us-east-1"


def end_with(pipe: int, directory: str) -> None:
    """End this process when the other end of the pipe is closed."""

    def wait() -> None:
        while os.read(pipe, 1):
            pass
        shutil.rmtree(directory, ignore_errors=True)
        os._exit(0)

    threading.Thread(target=wait, daemon=True, name="leash").start()


def seed() -> None:
    """Put the samples straight into the server's memory: no HTTP, no signatures."""
    from moto.s3.models import s3_backends

    backend = s3_backends[ACCOUNT]["aws"]
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    for bucket, samples in buckets().items():
        made = backend.create_bucket(bucket, REGION)
        made.creation_date = now - timedelta(seconds=max(sample.age for sample in samples))
        if bucket == VERSIONED:
            backend.put_bucket_versioning(bucket, "Enabled")
        for sample in samples:
            if sample.deleted:
                backend.delete_object(bucket, sample.name)
            else:
                backend.put_object(bucket, sample.name, sample.data, sample.tier or None)
            newest = made.keys.getlist(sample.name)[-1]
            newest.last_modified = now - timedelta(seconds=sample.age)


def serve(listening: int, pipe: int, directory: str) -> None:
    """Serve until the pipe ends."""
    end_with(pipe, directory)
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    seed()
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server(
        "127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler, fd=listening
    )
    server.serve_forever()


def main() -> None:
    """The arguments are two descriptors and the directory that vanishes at the end."""
    started = time.monotonic()
    listening, pipe, directory = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    try:
        serve(listening, pipe, directory)
    finally:
        sys.stderr.write(f"the server ended after {time.monotonic() - started:.0f} s\n")


if __name__ == "__main__":
    main()
