"""One running S3 server as a test sees it, and how it is started, awaited and ended.

with start(MOTO) as server:                 # tests/servers/kinds.py; or the fixtures of conftest.py
    bucket = server.new_bucket()            # fresh name, created
    server.client().put_object(...)         # plain boto3: the ground truth beside the code under test
    server.discard(bucket)                  # empty and remove it; never raises for what is gone
"""

import contextlib
import http.client
import itertools
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.servers.keys import ACCESS_KEY, SECRET_KEY, SESSION_TOKEN

LEASH: Final = Path(__file__).with_name("leash.py")
START_SECONDS: Final = 60.0
"""How long a server may take to answer; long, because two cores may run other tests meanwhile."""
ATTEMPTS: Final = 3

_numbers = itertools.count(1)


class ServerFailed(RuntimeError):
    """A server did not come up; the message carries what it printed."""


@dataclass(frozen=True)
class Kind:
    """How to run one make of server. `command(port, dir)` is its argv, `environment(port, dir)` is added."""

    name: str
    command: Callable[[int, Path], list[str]]
    environment: Callable[[int, Path], Mapping[str, str]] = lambda port, directory: {}
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    region: str = "us-east-1"


@dataclass(frozen=True)
class Server:
    """A running server. `process_id` is that of its leash: kill it and the server is gone."""

    name: str
    endpoint_url: str
    access_key: str
    secret_key: str
    directory: Path
    region: str = "us-east-1"
    process_id: int = 0
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def client(self, endpoint_url: str | None = None) -> Any:
        """A plain boto3 S3 client (path style, own keys, few retries); pass the URL of a proxy to go through it."""
        url = endpoint_url or self.endpoint_url
        if url not in self._clients:
            session = boto3.session.Session(
                aws_access_key_id=self.access_key,
                aws_secret_access_key=self.secret_key,
                region_name=self.region,
            )
            config = Config(
                s3={"addressing_style": "path"},
                retries={"mode": "standard", "total_max_attempts": 2},
                connect_timeout=5,
                read_timeout=60,
                max_pool_connections=16,
                parameter_validation=False,
                # over TLS the SDK sends checksums behind the body, which many servers do not take
                request_checksum_calculation="when_required" if url.startswith("https") else None,
            )
            self._clients[url] = session.client("s3", endpoint_url=url, config=config)
        return self._clients[url]

    def environment(self) -> dict[str, str]:
        """Variables that let a program under test reach this server."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_SESSION_TOKEN": SESSION_TOKEN,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.endpoint_url,
        }

    def new_bucket(self, prefix: str = "bucket") -> str:
        """Create a bucket whose name no other test uses; all are of one length, so that lines break alike."""
        name = f"{prefix}-{os.getpid() % 100_000:05}-{next(_numbers):04}"
        self.client().create_bucket(Bucket=name)
        return name

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """Every key, asked from the server itself, in its order."""
        pages = (
            self.client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        )
        return [row["Key"] for page in pages for row in page.get("Contents", ())]

    def uploads(self, bucket: str) -> list[tuple[str, str]]:
        """Unfinished multipart uploads as (key, upload id)."""
        return open_uploads(self.client(), bucket)

    def discard(self, bucket: str) -> None:
        """Empty and remove a bucket, so that large objects do not pile up in a server's memory."""
        with contextlib.suppress(ClientError, BotoCoreError):
            keys = self.keys(bucket)
            for at in range(0, len(keys), 1000):
                batch = {"Objects": [{"Key": key} for key in keys[at : at + 1000]], "Quiet": True}
                with contextlib.suppress(ClientError):
                    self.client().delete_objects(Bucket=bucket, Delete=batch)
            for key in self.keys(bucket):  # a control character in one key fails its whole batch
                self.client().delete_object(Bucket=bucket, Key=key)
            if self.client().get_bucket_versioning(Bucket=bucket).get("Status"):
                self._forget_versions(bucket)
            self.client().delete_bucket(Bucket=bucket)

    def _forget_versions(self, bucket: str) -> None:
        pages = self.client().get_paginator("list_object_versions").paginate(Bucket=bucket)
        for page in pages:
            for row in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
                self.client().delete_object(
                    Bucket=bucket, Key=row["Key"], VersionId=row["VersionId"]
                )

    def close(self) -> None:
        """Close the clients' connections."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()


def open_uploads(client: Any, bucket: str, prefix: str = "") -> list[tuple[str, str]]:
    """Unfinished multipart uploads as (key, upload id)."""
    try:
        answer = client.list_multipart_uploads(Bucket=bucket, Prefix=prefix)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchUpload":  # how rclone says "none"
            return []
        raise
    return [(row["Key"], row["UploadId"]) for row in answer.get("Uploads", ())]


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def bare_environment(directory: Path) -> dict[str, str]:
    """What a server inherits: nothing of the user's but PATH; its home is `directory`."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(directory),
        "XDG_CONFIG_HOME": str(directory),
        "TMPDIR": str(directory),
        "LANG": "C.UTF-8",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@contextlib.contextmanager
def leashed(
    command: list[str], environment: Mapping[str, str], stderr: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command that ends with the block, and also when this process is killed."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(LEASH), *command],
        stdin=subprocess.PIPE,
        stdout=stderr,
        stderr=stderr,
        env=dict(environment),
        start_new_session=True,  # Ctrl-C in the terminal is for pytest alone
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()  # the kernel takes the server along
            process.wait()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _await_ready(process: subprocess.Popen[bytes], port: int, deadline: float) -> bool:
    """True when the port answers HTTP, False when the process ended or time is up."""
    while time.monotonic() < deadline:
        if _answers(port):
            return True
        try:
            process.wait(0.05)  # the pause between two looks
        except subprocess.TimeoutExpired:
            continue
        return False
    return False


def _launch(
    kind: Kind, directory: Path, stack: contextlib.ExitStack, seconds: float, attempts: int
) -> tuple[int, int]:
    """Start the process; its port and the id of its leash."""
    port = free_port()
    log = directory / "server.log"
    environment = bare_environment(directory) | dict(kind.environment(port, directory))
    run = stack.enter_context(contextlib.ExitStack())
    with log.open("wb") as output:
        command = kind.command(port, directory)
        process = run.enter_context(leashed(command, environment, output.fileno()))
    if _await_ready(process, port, time.monotonic() + seconds):
        return port, process.pid
    run.close()
    printed = log.read_text("utf-8", "replace").strip() or "(nothing)"
    if attempts > 1 and "in use" in printed:
        # Somebody else took the free port before the server did.
        return _launch(kind, directory, stack, seconds, attempts - 1)
    raise ServerFailed(f"{kind.name} did not answer on port {port}. It printed:\n{printed}")


@contextlib.contextmanager
def start(kind: Kind, seconds: float = START_SECONDS) -> Iterator[Server]:
    """Run a server of this kind for the length of the block. Raises ServerFailed with its output."""
    with contextlib.ExitStack() as stack:
        directory = Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix=f"tfm-{kind.name}-", ignore_cleanup_errors=True)
            )
        )
        port, process_id = _launch(kind, directory, stack, seconds, ATTEMPTS)
        server = Server(
            name=kind.name,
            endpoint_url=f"http://127.0.0.1:{port}",
            access_key=kind.access_key,
            secret_key=kind.secret_key,
            directory=directory,
            region=kind.region,
            process_id=process_id,
        )
        stack.callback(server.close)
        yield server
