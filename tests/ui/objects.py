"""Two panes on a bucket of a real server, for the screens that only objects have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.servers.server import Server
from tests.ui.rig import Rig
from tfm.model.location import parse
from tfm.storage.vfs import Vfs


class OnS3:
    """The rig, and a plain client that looks behind it."""

    def __init__(self, rig: Rig, client: Any, bucket: str) -> None:
        self.rig, self.client, self.bucket = rig, client, bucket

    def head(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.head_object(Bucket=self.bucket, Key=key)
        return found

    def tags(self, key: str) -> dict[str, str]:
        found = self.client.get_object_tagging(Bucket=self.bucket, Key=key)["TagSet"]
        return {tag["Key"]: tag["Value"] for tag in found}

    def tag(self, key: str, tags: dict[str, str]) -> None:
        rows = [{"Key": name, "Value": value} for name, value in tags.items()]
        self.client.put_object_tagging(Bucket=self.bucket, Key=key, Tagging={"TagSet": rows})


@pytest.fixture
def on_s3(
    moto_server: Server,
    new_bucket: Callable[[Server], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[OnS3]:
    """The left pane shows `d/` with a.txt and b.txt."""
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    bucket, client = new_bucket(moto_server), moto_server.client()
    for key, body in (("d/a.txt", b"alpha"), ("d/b.txt", b"beta")):
        client.put_object(
            Bucket=bucket,
            Key=key,
            Body=body,
            ContentType="text/plain",
            CacheControl="no-cache",
            Metadata={"colour": "green"},
            Tagging="team=maps",
        )
    vfs = Vfs({"s3": {"endpoint_url": moto_server.endpoint_url}})
    rig = Rig(parse(f"s3://{bucket}/d/"), parse(f"s3://{bucket}/"), vfs=vfs)
    yield OnS3(rig, client, bucket)
