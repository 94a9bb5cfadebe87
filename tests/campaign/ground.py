"""The world of a campaign: a bucket behind a proxy, a directory, and the engine between them.

`Ground.world()` is the ground truth: everything that lies on both sides, by name, with the digest of its
bytes; asked from the server itself and from the disk, past proxy and engine.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config

from tests.fakes.proxy import Proxy
from tests.servers.server import Server
from tfm.jobs.job import JobEvent
from tfm.jobs.manager import JobManager, Run
from tfm.model.conflict import Answer, Decision
from tfm.model.errors import StorageError
from tfm.model.location import S3, Location, local
from tfm.ops.context import ItemResult, Report
from tfm.storage.facets import ServerCopy
from tfm.storage.s3.copy import Copier
from tfm.storage.s3.options import MIB, S3Options
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs

World = dict[str, str]
"""MD5 of the bytes of everything there is, by the text of its place."""

EMPTY: Final = hashlib.md5(b"").hexdigest()
THRESHOLD: Final = 64 * 1024
"""Bytes above which the engine uses parts and ranges: small, so that many items go that way."""
PART: Final = 5 * MIB
"""Bytes of a part: the least that S3 takes."""
HANDS: Final = 6
JOB_SECONDS: Final = 600.0


@contextlib.contextmanager
def environment(server: Server, home: Path) -> Iterator[None]:
    """The keys of a server, and nothing of the user's; as it was afterwards."""
    wanted = server.environment() | {
        "AWS_CONFIG_FILE": str(home / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "no-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    before = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    for name in before:
        del os.environ[name]
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name in wanted:
            os.environ.pop(name, None)
        os.environ.update(before)


def options(endpoint_url: str, threshold: int) -> dict[str, object]:
    """Of an S3 storage that pauses no longer than it must."""
    short: dict[str, object] = {"retry_delay": 0.002}
    known = {field.name for field in fields(S3Options)}
    return {
        "endpoint_url": endpoint_url,
        "addressing_style": "path",
        "multipart_threshold": threshold,
        "part_size": PART,
        "bulk_read_timeout": 30.0,
    } | {name: value for name, value in short.items() if name in known}


def without_checksums(server: Server) -> Any:
    """A client as old programs are: what it stores has an ETag and no other digest."""
    session = boto3.session.Session(server.access_key, server.secret_key)
    return session.client(
        "s3",
        region_name=server.region,
        endpoint_url=server.endpoint_url,
        config=Config(
            s3={"addressing_style": "path"}, request_checksum_calculation="when_required"
        ),
    )


@dataclass(frozen=True)
class Ended:
    """How a job ended: its rows, and why it failed as a whole, if it did."""

    rows: Sequence[ItemResult]
    error: str

    def by_source(self) -> dict[str, ItemResult]:
        """The rows by the text of their source."""
        return {str(row.source): row for row in self.rows}


class Ground:
    """A bucket, a directory and a `JobManager` on a real `Vfs`; close it.

    `amazon` makes the engine take the server for Amazon's: CRC-32 instead of Content-MD5, conditions
    on deletes, objects with checksums. Server copies of more than 4 MiB go in parts.
    """

    def __init__(
        self,
        proxy: Proxy,
        here: Path,
        *,
        amazon: bool = False,
        threshold: int = THRESHOLD,
        hands: int = HANDS,
    ) -> None:
        self.proxy = proxy
        self.server = proxy.server
        self.bucket = self.server.new_bucket("campaign")
        self._client = self.server.client() if amazon else without_checksums(self.server)
        self.here = here / self.bucket
        self.here.mkdir()
        storage = S3Storage(S3, options(proxy.endpoint_url, threshold))
        if amazon:
            storage._calls.clients.aws = True  # the address of a server on loopback says otherwise
        copier: ServerCopy | None = storage.facets.server_copy
        assert isinstance(copier, Copier)
        copier.limit, copier.part = 4 * MIB, PART
        self.vfs = Vfs(storages={S3: storage})
        self.jobs = JobManager(self.vfs, parts=hands)
        self.jobs.subscribe(self._overwrite)
        self._digests: dict[str, str] = {}

    def _overwrite(self, job_id: int, event: JobEvent) -> None:
        """The user of a campaign answers every question alike."""
        if event is JobEvent.ASKING:
            self.jobs.answer(job_id, Decision(Answer.OVERWRITE, to_all=True))

    # -- places ----------------------------------------------------------------------------------

    def far(self, key: str) -> Location:
        """A place in the bucket."""
        return Location(S3, f"{self.bucket}/{key}")

    def near(self, name: str) -> Location:
        """A place in the directory."""
        return local(self.here / name)

    def write_to(self, place: Location, data: bytes) -> None:
        """Make a file, with the directories above it."""
        path = Path(str(place))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def put_to(self, place: Location, data: bytes) -> None:
        """Make an object, past proxy and engine."""
        self._client.put_object(Bucket=self.bucket, Key=place.inner_key, Body=data)

    def put_in_parts(self, place: Location, data: bytes, sizes: Sequence[int]) -> str:
        """Make an object by an upload in parts of these sizes, past proxy and engine; its ETag."""
        client = self._client
        named = {"Bucket": self.bucket, "Key": place.inner_key}
        named["UploadId"] = client.create_multipart_upload(**named)["UploadId"]
        parts, at = [], 0
        for number, size in enumerate(sizes, 1):
            body = data[at : at + size]
            etag = client.upload_part(**named, PartNumber=number, Body=body)["ETag"]
            parts.append({"PartNumber": number, "ETag": etag})
            at += size
        assert at == len(data)
        return str(
            client.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})["ETag"]
        )

    def clear(self) -> None:
        """Empty both sides, past proxy and engine."""
        keys = self.server.keys(self.bucket)
        for start in range(0, len(keys), 1000):
            rows = [{"Key": key} for key in keys[start : start + 1000]]
            self.server.client().delete_objects(Bucket=self.bucket, Delete={"Objects": rows})
        for path in self.here.iterdir():
            shutil.rmtree(path)
        self._digests.clear()

    # -- acts ------------------------------------------------------------------------------------

    def do(self, title: str, run: Run) -> Ended:
        """Run one operation as a job, to its end."""
        job_id = self.jobs.submit(title, run)
        assert self.jobs.wait(job_id, JOB_SECONDS), f"{title} does not end"
        (picture,) = [one for one in self.jobs.snapshot() if one.id == job_id]
        self.jobs.clear_finished()
        report: Report | None = picture.report
        return Ended(tuple(report.items) if report else (), picture.error)

    # -- truth -----------------------------------------------------------------------------------

    def world(self) -> World:
        """Everything on both sides."""
        found: World = {}
        pages = self.server.client().get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        for page in pages:
            for row in page.get("Contents", ()):
                found[str(self.far(row["Key"]))] = self._digest(row["Key"], row["ETag"].strip('"'))
        for path in self.here.rglob("*"):
            if path.is_file():
                found[str(local(path))] = hashlib.md5(path.read_bytes()).hexdigest()
        return found

    def _digest(self, key: str, etag: str) -> str:
        """These servers make ETags of the bytes they hold; one of parts says little, so it is read."""
        if "-" not in etag:
            return etag
        if etag not in self._digests:
            body = self.server.client().get_object(Bucket=self.bucket, Key=key)["Body"]
            with body:
                self._digests[etag] = hashlib.md5(body.read()).hexdigest()
        return self._digests[etag]

    def left_open(self) -> list[str]:
        """Uploads that nobody completed or aborted."""
        return [f"{key} ({upload})" for key, upload in self.server.uploads(self.bucket)]

    def close(self) -> None:
        """End the engine and empty the bucket."""
        self.jobs.shutdown(5.0)
        for storage in self.vfs.opened():
            with contextlib.suppress(StorageError):
                storage.close()
        self.server.discard(self.bucket)
        if self._client is not self.server.client():
            self._client.close()
