"""A copy from one connection to another is a stream, and takes along what belongs to the object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, EditHeaders
from tests.servers.server import Server
from tests.storage.s3.conftest import MIB
from tfm.model.location import Location, parse
from tfm.ops.age import MEDIA_TYPE, Age
from tfm.ops.context import OpContext
from tfm.ops.copy import FileItem, copy_file
from tfm.storage.base import Written
from tfm.storage.vfs import Vfs

EXPIRES = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def ctx(
    proxy: Proxy, ministack_server: Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OpContext]:
    for name, value in ministack_server.environment().items():
        monkeypatch.setenv(name, value)
    connection: dict[str, object] = {
        "endpoint_url": proxy.endpoint_url,
        "access_key_id_from": "AWS_ACCESS_KEY_ID",
        "secret_access_key_from": "AWS_SECRET_ACCESS_KEY",
        "session_token_from": "AWS_SESSION_TOKEN",
        "max_retries": 1,
        "retry_delay": 0.01,
    }
    opened = OpContext(Vfs({"s3": {"connections": {"one": connection, "two": connection}}}))
    yield opened
    opened.vfs.close()


@pytest.fixture
def other(ministack_server: Server, new_bucket: Callable[[Server], str]) -> str:
    return new_bucket(ministack_server)


def places(box: str, other: str) -> tuple[Location, Location]:
    return parse(f"s3://one@{box}/a.txt"), parse(f"s3://two@{other}/b")


def copied(ctx: OpContext, source: Location, target: Location) -> Written:
    entry = ctx.vfs.stat(source, fresh=True)
    return copy_file(ctx, FileItem(source, entry, target), alone=True)


def store(server: Server, bucket: str, **more: Any) -> None:
    server.client().put_object(Bucket=bucket, Key="a.txt", **{"Body": b"hello", **more})


@pytest.mark.parametrize("size", [5, 9 * MIB], ids=["one request", "in parts"])
def test_headers_metadata_and_tags_come_along(
    ctx: OpContext, ministack_server: Server, box: str, other: str, size: int
) -> None:
    store(
        ministack_server,
        box,
        Body=b"x" * size,
        ContentType="image/x-map",
        ContentEncoding="gzip",
        CacheControl="max-age=60",
        ContentDisposition='attachment; filename="a b"',
        ContentLanguage="de",
        Expires=EXPIRES,
        Metadata={"colour": "green", "mode": "100640"},
        Tagging="team=maps&note=a%20b",
    )
    source, target = places(box, other)
    written = copied(ctx, source, target)
    client = ministack_server.client()
    head = client.head_object(Bucket=other, Key="b")
    assert head["ContentLength"] == size
    assert (head["ContentType"], head["ContentEncoding"]) == ("image/x-map", "gzip")
    assert (head["CacheControl"], head["ContentLanguage"]) == ("max-age=60", "de")
    assert head["ContentDisposition"] == 'attachment; filename="a b"'
    assert head["Expires"] == EXPIRES
    metadata = head["Metadata"]
    assert (metadata["colour"], metadata["mode"]) == ("green", "100640")
    tags = client.get_object_tagging(Bucket=other, Key="b")["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "maps", "note": "a b"}
    assert written.notes == ()


def test_what_is_encrypted_on_the_way_keeps_what_does_not_tell_of_its_bytes(
    ctx: OpContext, ministack_server: Server, box: str, other: str, tmp_path: Path
) -> None:
    """And gets it back, with the type of its name, when it is decrypted."""
    pair = pyrage.x25519.Identity.generate()
    store(
        ministack_server,
        box,
        ContentType="image/png",
        ContentEncoding="gzip",
        CacheControl="max-age=60",
        Metadata={"colour": "green"},
        Tagging="team=maps",
    )
    client = ministack_server.client()
    source, sealed = places(box, other)
    encrypt = replace(ctx, cipher=Age("encrypt", (str(pair.to_public()),)).cipher())
    assert copied(encrypt, source, sealed).notes == ("encrypted for 1 key",)
    head = client.head_object(Bucket=other, Key="b")
    assert (head["ContentType"], head.get("ContentEncoding")) == (MEDIA_TYPE, None)

    (key := tmp_path / "key.txt").write_text(f"{pair}\n")
    decrypt = replace(ctx, cipher=Age("decrypt", (str(key),)).cipher())
    copied(decrypt, sealed, source.parent.child("c.png"))
    opened = client.get_object(Bucket=box, Key="c.png")
    assert (opened["Body"].read(), opened["ContentType"]) == (b"hello", "image/png")
    for bucket, name, there in ((other, "b", head), (box, "c.png", opened)):
        assert (there["CacheControl"], there["Metadata"]["colour"]) == ("max-age=60", "green")
        tags = client.get_object_tagging(Bucket=bucket, Key=name)["TagSet"]
        assert tags == [{"Key": "team", "Value": "maps"}]


def test_what_says_nothing_is_guessed_anew(
    ctx: OpContext, ministack_server: Server, box: str, other: str
) -> None:
    store(ministack_server, box, ContentType="binary/octet-stream")
    source, target = places(box, other)
    copied(ctx, source, target.parent.child("c.png"))
    head = ministack_server.client().head_object(Bucket=other, Key="c.png")
    assert head["ContentType"] == "image/png"


@pytest.mark.parametrize("op", ["GetObjectTagging", "PutObjectTagging"])
def test_tags_that_stay_behind_are_named(
    ctx: OpContext, proxy: Proxy, ministack_server: Server, box: str, other: str, op: str
) -> None:
    store(ministack_server, box, Tagging="team=maps")
    proxy.rule(op, Answer(403, "AccessDenied"))
    [note] = copied(ctx, *places(box, other)).notes
    assert note.startswith("Its tags were not copied. ")


def test_an_expiry_that_is_no_date_is_named(
    ctx: OpContext, proxy: Proxy, ministack_server: Server, box: str, other: str
) -> None:
    store(ministack_server, box)
    proxy.rule("GetObject", EditHeaders(response={"expires": "never"}))
    [note] = copied(ctx, *places(box, other)).notes
    assert note == "Expires was not kept: never is no date that can be sent."


def test_of_tags_that_a_server_does_not_know_nothing_is_said(
    ctx: OpContext, proxy: Proxy, ministack_server: Server, box: str, other: str
) -> None:
    store(ministack_server, box)
    proxy.rule("GetObjectTagging", Answer(405, "MethodNotAllowed"))
    assert copied(ctx, *places(box, other)).notes == ()
