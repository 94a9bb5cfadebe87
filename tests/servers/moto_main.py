"""Run moto's S3 server in the foreground: `python moto_main.py PORT`."""

import sys
import threading
from datetime import UTC, datetime
from typing import Any

from moto.s3 import models, responses
from moto.server import ThreadedMotoServer


def tell_when_uploads_began() -> None:
    """moto says 2010 of every upload; S3 says when it began."""
    began: dict[str, str] = {}
    plain_begin, plain_answer = models.FakeMultipart.__init__, responses.S3Response.serialized

    def begin(upload: Any, *arguments: Any, **named: Any) -> None:
        plain_begin(upload, *arguments, **named)
        began[upload.id] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def answer(response: Any, result: Any) -> Any:
        if isinstance(result.result, dict):
            for row in result.result.get("Uploads", ()):
                row["Initiated"] = began[row["UploadId"]]
        return plain_answer(response, result)

    models.FakeMultipart.__init__ = begin  # type: ignore[assignment]
    responses.S3Response.serialized = answer  # type: ignore[assignment]


def main() -> None:
    """Serve until killed."""
    tell_when_uploads_began()
    ThreadedMotoServer("127.0.0.1", int(sys.argv[1]), verbose=False).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
