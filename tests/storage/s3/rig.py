"""S3, on three servers: one that is close to AWS, the one of `--demo`, and a crude one.

MiniStack stands behind the checking proxy, which judges what it lets pass: conditions of CopyObject
and digests. What the others get wrong stands in `deviations.py`.

With `TFM_TEST_S3=s3://bucket/prefix` there is a fourth: an account of one's own, reached by the
environment as every program reaches it. Everything happens, and is removed again, below the prefix.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.contract.rig import FREE, KEEPS_TIME, Bench, Ground, Opener, Rig
from tests.fakes.proxy import Proxy
from tests.servers.server import Server, open_uploads
from tests.storage.s3 import deviations
from tfm.model.location import S3, Location, Root, parse
from tfm.storage.base import Storage
from tfm.storage.object_locks import Lock, Retention
from tfm.storage.s3.storage import S3Storage


class BucketGround(Ground):
    """Looks with a plain boto3 client."""

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def write(self, name: str, data: bytes) -> None:
        self._client.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=data)

    def read(self, name: str) -> bytes:
        key = self._prefix + name
        body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
        with body:
            content: bytes = body.read()
        return content

    def remove(self, name: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=self._prefix + name)

    def make_directory(self, name: str) -> None:
        self.write(name, b"")

    def names(self) -> dict[str, int]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix
        )
        return {
            row["Key"].removeprefix(self._prefix): row["Size"]
            for page in pages
            for row in page.get("Contents", ())
        }

    def own_container(self) -> bool:
        return not self._prefix

    def keep_versions(self) -> bool:
        if self._prefix:
            return False  # the bucket is somebody's
        try:
            self._client.put_bucket_versioning(
                Bucket=self._bucket, VersioningConfiguration={"Status": "Enabled"}
            )
        except ClientError:
            return False
        return True

    def begin_upload(self, name: str, *parts: bytes) -> str:
        named = {"Bucket": self._bucket, "Key": self._prefix + name}
        named["UploadId"] = self._client.create_multipart_upload(**named)["UploadId"]
        for number, data in enumerate(parts, 1):
            self._client.upload_part(**named, PartNumber=number, Body=data)
        return named["UploadId"]

    def open_uploads(self) -> set[tuple[str, str]]:
        found = open_uploads(self._client, self._bucket, self._prefix)
        return {(key.removeprefix(self._prefix), name) for key, name in found}

    def lockable_file(self) -> Location | None:
        if self._prefix:
            return None  # the account is somebody's
        bucket = f"locks-{uuid4().hex}"
        try:
            self._client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
            told = self._client.get_object_lock_configuration(Bucket=bucket)
        except ClientError:
            return None
        if "ObjectLockConfiguration" not in told:
            return None
        self._client.put_object(Bucket=bucket, Key="d/a", Body=b"kept")
        return Location(S3, f"{bucket}/d/a")

    def lock_of(self, place: Location) -> Lock:
        head = self._client.head_object(Bucket=place.container, Key=place.inner_key)
        mode, hold = head.get("ObjectLockMode", ""), head.get("ObjectLockLegalHoldStatus") == "ON"
        if not mode:
            return Lock(hold=hold)
        until = int(head["ObjectLockRetainUntilDate"].timestamp())
        return Lock(Retention(mode, until * 10**9), hold)

    def debris(self) -> list[str]:
        return [key for key, _upload in open_uploads(self._client, self._bucket, self._prefix)]

    def write_many(self, names: Iterable[str], data: bytes) -> None:
        with ThreadPoolExecutor(8) as pool:
            for _done in pool.map(lambda name: self.write(name, data), names):
                pass


def _new_storage(request: pytest.FixtureRequest, server: Server) -> Storage:
    endpoint = server.endpoint_url
    if server.name == "ministack":
        proxy: Proxy = request.getfixturevalue("ministack_proxy")
        endpoint = proxy.endpoint_url
    return S3Storage(
        Root("s3"),
        {
            "endpoint_url": endpoint,
            "addressing_style": "path",
            "retry_delay": 0.01,
            "outage_wait": 0.0,
        },
    )


@contextmanager
def _storage(request: pytest.FixtureRequest, server: Server) -> Iterator[Storage]:
    """A storage of its own if the test ends it, else one that serves all tests: clients are costly."""
    if request.node.get_closest_marker("fresh_storage"):
        storage = _new_storage(request, server)
        yield storage
        storage.close()
        return
    # what one suite teaches a storage about its server must not change what another one sees
    name = f"{server.name} {request.node.path.name}"
    kept: dict[str, Storage] = request.getfixturevalue("kept_storages")
    if name not in kept:
        kept[name] = _new_storage(request, server)
    yield kept[name]


def _opener(name: str) -> Opener:
    @contextmanager
    def open_bucket(request: pytest.FixtureRequest) -> Iterator[Bench]:
        server: Server = request.getfixturevalue(f"{name}_server")
        bucket = server.new_bucket()
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in server.environment().items():
                patch.setenv(variable, value)
            with _storage(request, server) as storage:
                top = Location(storage.root, f"{bucket}/")
                yield Bench(storage, top, BucketGround(server.client(), bucket))
        server.discard(bucket)

    return open_bucket


FACETS = frozenset(
    {
        "abilities",
        "acceleration",
        "access",
        "beginnings",
        "containers",
        "counts",
        "costs",
        "outside",
        "payment",
        "presign",
        "delete_many",
        "describe",
        "fingerprint",
        "identity",
        "keys",
        "locks",
        "login",
        "measures",
        "retention",
        "rewrite",
        "server_copy",
        "tags",
        "tiers",
        "transfer",
        "unfinished",
        "settings",
        "uploads",
        "versions",
        "walk",
    }
)


def _rig(name: str, known: Mapping[str, str]) -> Rig:
    return Rig(
        f"s3_{name}",
        "s3",
        _opener(name),
        facts=frozenset({FREE, KEEPS_TIME}),
        facets=FACETS,
        deviations=known,
        answers=(ClientError,),
        one_name=name == "rclone",
        steps=12,
        examples=8,
    )


@contextmanager
def _open_own(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A prefix of the test's own below `TFM_TEST_S3`; the home that tests hide is looked at again."""
    place = parse(OWN_PLACE)
    bucket, prefix = place.container, f"{place.as_directory().inner_key}tfm-{uuid4().hex}/"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_EC2_METADATA_DISABLED", raising=False)
        for name, value in OWN_ENVIRONMENT.items():
            patch.setenv(name, value)
        client = boto3.session.Session().client("s3")
        kept: dict[str, Storage] = request.getfixturevalue("kept_storages")
        alone = request.node.get_closest_marker("fresh_storage") is not None
        storage = kept.get("own")
        if storage is None or alone:
            storage = S3Storage(Root("s3"), {"retry_delay": 0.01, "outage_wait": 0.0})
        if not alone:
            kept["own"] = storage
        ground = BucketGround(client, bucket, prefix)
        try:
            yield Bench(storage, Location(storage.root, f"{bucket}/{prefix}"), ground)
        finally:
            for name in ground.names():
                ground.remove(name)
            if alone:
                storage.close()
            client.close()


OWN_PLACE: Final = os.environ.get("TFM_TEST_S3", "")
OWN_ENVIRONMENT: Final = {
    name: value for name, value in os.environ.items() if name == "HOME" or name.startswith("AWS_")
}
"""As it was when the tests were collected: fixtures hide it from all others."""

RIGS: tuple[Rig, ...] = (
    _rig("ministack", {}),
    _rig("moto", deviations.MOTO),
    _rig("rclone", deviations.RCLONE),
)
if OWN_PLACE:
    RIGS += (replace(_rig("own", deviations.OWN), open=_open_own),)
